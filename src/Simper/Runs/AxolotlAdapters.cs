namespace Simper.Runs;

/// <summary>LoRA in axolotl's recipes; its defaults are those of its schemas/peft.py and loaders.</summary>
internal static class AxolotlAdapters
{
    // of a new adapter alone
    private static readonly string[] Settings =
    [
        "lora_r",
        "lora_alpha",
        "lora_dropout",
        "lora_target_modules",
        "lora_target_linear",
        "lora_modules_to_save",
        "peft_use_dora",
        "peft_use_rslora",
        "peft_init_lora_weights",
        "peft_layers_to_transform",
        "peft_layers_pattern",
        "peft_ensure_weight_tying",
    ];

    public static void Read(ForeignRecipe recipe, RecipeEntry? type, string tool)
    {
        RecipeEntry? origin = ForeignAdapters.Begin(recipe, "adapter", ["lora", "qlora"], usual: null);
        RecipeEntry? trained = recipe.Take("lora_model_dir");
        if (origin is null)
        {
            if (trained is not null)
                recipe.Stop($"{trained.Subject}: merge the adapter into the model first (simper merge), and unset the key.");
            recipe.IdleAll(Settings, ForeignAdapters.AllWeights);
            return;
        }
        Quantise(recipe, origin);
        if (trained is not null)
            ForeignAdapters.Continue(
                recipe,
                trained,
                "base_model",
                Settings,
                type is null ? null : $"{tool}'s is the model without an adapter"
            );
        else
            New(recipe, origin, tool);
    }

    private static void New(ForeignRecipe recipe, RecipeEntry origin, string tool)
    {
        foreach (string name in (string[])["lora_r", "lora_alpha"])
        {
            if (!recipe.Has(name))
                recipe.Stop($"{origin.Subject}: {tool} has no default for {name}; give it."); // None, which PEFT refuses
        }
        if (recipe.TakeFlag("lora_target_linear") is ({ } linear, true))
            ForeignAdapters.AllLinear(
                recipe,
                linear,
                recipe.Take("lora_target_modules") is { } more ? ForeignAdapters.Names(more) : []
            );
        else if (!recipe.Has("lora_target_modules"))
            recipe.Stop(
                $"{origin.Subject}: {tool} has no default for lora_target_modules; give it, or lora_target_linear: true."
            );
        // TRL's trainers are under it, with their default of disable_dropout
        ForeignAdapters.Dropout(recipe, origin, "0", isOff: true, tool);
    }

    // Its qlora is nf4 with nested magnitudes (ModelLoader); transformers' own four bits, which its lora gets, are others.
    private static void Quantise(ForeignRecipe recipe, RecipeEntry origin)
    {
        bool isFour = IsTrue(recipe, "load_in_4bit");
        bool isQlora = origin.Value.Equals("qlora", StringComparison.OrdinalIgnoreCase);
        if (isQlora && !isFour)
            recipe.Stop($"{origin.Subject} is \"qlora\", which wants load_in_4bit: true; give it, or adapter: lora.");
        else if (isQlora)
            recipe.Imply(origin, "use_bnb_nested_quant", "true");
        else if (isFour)
            recipe.Stop($"{recipe.Find("load_in_4bit")!.Subject}: four bits are of adapter: qlora; give that, or load_in_8bit.");
    }

    private static bool IsTrue(ForeignRecipe recipe, string name) =>
        recipe.Find(name) is { } entry && entry.Value.Equals("true", StringComparison.OrdinalIgnoreCase);
}
