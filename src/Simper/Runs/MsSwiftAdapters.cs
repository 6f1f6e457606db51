namespace Simper.Runs;

/// <summary>LoRA in ms-swift's recipes; its defaults are those of its TunerArguments and QuantizeArguments.</summary>
internal static class MsSwiftAdapters
{
    // of a new adapter alone
    private static readonly string[] Settings =
    [
        "lora_rank",
        "lora_alpha",
        "lora_dropout",
        "target_modules",
        "target_regex",
        "modules_to_save",
        "lora_bias",
        "use_rslora",
        "use_dora",
        "init_weights",
    ];

    public static void Read(ForeignRecipe recipe, RecipeEntry? type, string tool)
    {
        string key = recipe.Has("train_type") ? "train_type" : "tuner_type";
        RecipeEntry? origin = ForeignAdapters.Begin(recipe, key, ["lora"], type); // tuner_type: lora
        RecipeEntry? trained = recipe.Take("adapters");
        RecipeEntry? reference = recipe.Take("ref_adapters");
        if (reference is not null && reference.Value != trained?.Value)
            recipe.Stop(
                $"{reference.Subject}: the reference is the model, or the adapter, before the first step; unset the key."
            );
        if (origin is null)
        {
            if (trained is not null)
                recipe.Stop($"{trained.Subject}: merge the adapter into the model first (simper merge), and unset the key.");
            if (recipe.Take("quant_method") is { } unused)
                recipe.Stop($"{unused.Subject}: weights that train are not quantized; unset the key.");
            recipe.IdleAll(
                [.. Settings, "lorap_lr_ratio", "lorap_emb_lr", "quant_bits", "bnb_4bit_use_double_quant"],
                ForeignAdapters.AllWeights
            );
            return;
        }
        recipe.Imply(origin, "learning_rate", "1e-4"); // of all tuners but full
        Quantise(recipe);
        if (trained is not null)
            ForeignAdapters.Continue(
                recipe,
                trained,
                "model",
                Settings,
                reference is null && type is not null ? $"{tool}'s, without ref_adapters, is the model without an adapter" : null
            );
        else
            New(recipe, origin, tool);
    }

    private static void New(ForeignRecipe recipe, RecipeEntry origin, string tool)
    {
        recipe.Rename("lora_rank", "lora_r");
        recipe.Imply(origin, "lora_r", "8");
        recipe.Imply(origin, "lora_alpha", "32");
        RecipeEntry? names = recipe.Take("target_modules");
        if (recipe.Take("target_regex") is { } pattern)
        {
            recipe.Read(pattern, "lora_target_modules", pattern.Value);
            recipe.Idle(names, "target_regex is given");
        }
        else if (names is not null)
            ForeignAdapters.Targets(recipe, names, "all-linear");
        else
            recipe.Imply(origin, "lora_target_modules", "all-linear");
        if (recipe.Take("modules_to_save") is { } whole)
            ForeignAdapters.Listed(recipe, whole, "lora_modules_to_save");
        // TRL's trainers are under it, with their default of disable_dropout
        ForeignAdapters.Dropout(recipe, origin, "0.05", isOff: true, tool);
    }

    private static void Quantise(ForeignRecipe recipe)
    {
        RecipeEntry? bits = recipe.Take("quant_bits");
        RecipeEntry? method = recipe.Take("quant_method");
        if (method is null)
        {
            recipe.Idle(bits, "quant_method is not given, without which nothing is quantized");
            bits = null;
        }
        else if (method.Value != "bnb")
        {
            recipe.Stop($"{method.Subject} is \"{method.Value}\"; of ms-swift's methods there is bnb here.");
        }
        else if (bits is null)
        {
            recipe.Stop($"{method.Subject}: quant_bits is missing; give 4 or 8.");
        }
        ForeignAdapters.Quantise(recipe, bits, "bnb_4bit_use_double_quant", "bnb_4bit_quant_type");
    }
}
