using System.Globalization;

namespace Simper.Runs;

/// <summary>LoRA in LLaMA-Factory's recipes; its defaults are those of its LoraArguments and QuantizationArguments.</summary>
internal static class LlamaFactoryAdapters
{
    // of a new adapter alone
    private static readonly string[] Settings =
    [
        "lora_rank",
        "lora_alpha",
        "lora_dropout",
        "lora_target",
        "additional_target",
        "use_rslora",
        "use_dora",
        "pissa_init",
        "pissa_iter",
        "pissa_convert",
        "create_new_adapter",
    ];

    /// <summary>Translates it.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="stage">The key that says what is trained on, already removed; null where it is missing.</param>
    /// <param name="isOfTexts">Whether that is texts, not preferences.</param>
    /// <param name="tool">The tool.</param>
    public static void Read(ForeignRecipe recipe, RecipeEntry? stage, bool isOfTexts, string tool)
    {
        RecipeEntry? usual = stage ?? recipe.Find("lora_target") ?? recipe.Find("lora_rank"); // finetuning_type: lora
        RecipeEntry? origin = ForeignAdapters.Begin(recipe, "finetuning_type", ["lora"], usual);
        RecipeEntry? adapter = recipe.Take("adapter_name_or_path");
        if (origin is null)
        {
            if (adapter is not null)
                recipe.Stop($"{adapter.Subject}: merge the adapter into the model first (simper merge), and unset the key.");
            if (recipe.Take("quantization_bit") is { } unused)
                recipe.Stop($"{unused.Subject}: weights that train are not quantized; unset the key.");
            recipe.IdleAll(
                [.. Settings, "quantization_method", "quantization_type", "double_quantization"],
                ForeignAdapters.AllWeights
            );
            return;
        }
        Quantise(recipe);
        if (recipe.TakeFlag("create_new_adapter") is ({ } anew, true) && adapter is not null)
            recipe.Stop($"{anew.Subject}: merge {adapter.Value} into the model first (simper merge), and unset both keys.");
        else if (adapter is not null)
            ForeignAdapters.Continue(
                recipe,
                adapter,
                "model_name_or_path",
                Settings,
                isOfTexts ? null : $"{tool}'s is the model without an adapter"
            );
        else
            New(recipe, origin, isOfTexts, tool);
    }

    private static void New(ForeignRecipe recipe, RecipeEntry origin, bool isOfTexts, string tool)
    {
        RecipeEntry? ranks = recipe.Find("lora_r") ?? recipe.Find("lora_rank"); // ours is the command line's
        recipe.Rename("lora_rank", "lora_r");
        recipe.Imply(origin, "lora_r", "8"); // LoraArguments.lora_rank
        if (
            long.TryParse(ranks?.Value ?? "8", NumberStyles.None, CultureInfo.InvariantCulture, out long rank)
            && rank < int.MaxValue
        )
            recipe.Imply(origin, "lora_alpha", (2 * rank).ToString(CultureInfo.InvariantCulture)); // where it is None
        if (recipe.Take("lora_target") is { } target)
            ForeignAdapters.Targets(recipe, target, "all");
        else
            recipe.Imply(origin, "lora_target_modules", "all-linear"); // lora_target: all
        // its trainers of preferences switch dropout off (CustomDPOTrainer, CustomKTOTrainer), that of texts does not
        ForeignAdapters.Dropout(recipe, origin, "0", !isOfTexts, tool);
        RecipeEntry? iterations = recipe.Take("pissa_iter");
        if (recipe.TakeFlag("pissa_init") is ({ } start, true))
            recipe.Read(
                start,
                "init_lora_weights",
                iterations is { Value: "-1" } ? "pissa" : $"pissa_niter_{iterations?.Value ?? "16"}" // LoraArguments.pissa_iter
            );
        else
            recipe.Idle(iterations, "pissa_init is not set");
        recipe.Idle(recipe.Take("pissa_convert"), "an adapter is stored over the model as published");
    }

    private static void Quantise(ForeignRecipe recipe)
    {
        RecipeEntry? bits = recipe.Take("quantization_bit");
        if (recipe.Take("quantization_method") is { } method && bits is not null && method.Value is not ("bnb" or "bitsandbytes"))
            recipe.Stop($"{method.Subject} is \"{method.Value}\"; of its methods there is bnb here.");
        ForeignAdapters.Quantise(recipe, bits, "double_quantization", "quantization_type");
    }
}
