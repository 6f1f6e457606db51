using System.Globalization;

namespace Simper.Runs;

/// <summary>Adapters (LoRA) in recipes of other tools: what their translations share.</summary>
internal static class ForeignAdapters
{
    /// <summary>Why a key of adapters has no effect.</summary>
    public const string AllWeights = "all weights are trained";

    // Modules that are no linear layers of the body: all linear layers and one of these cannot be said at once.
    private static readonly string[] NotLinear = ["lm_head", "embed_tokens", "embed_out", "embed_in", "wte", "output"];

    /// <summary>Whether a recipe trains an adapter; then <c>use_peft</c> is read.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="key">The key that says so, which is removed.</param>
    /// <param name="lora">Its words for LoRA; that for all weights is full.</param>
    /// <param name="usual">What is named where the key is missing, and the tool trains LoRA by default; null for all weights.
    /// </param>
    /// <returns>The key that says so, or stands for it; null if all weights train.</returns>
    public static RecipeEntry? Begin(ForeignRecipe recipe, string key, string[] lora, RecipeEntry? usual)
    {
        if (recipe.Take(key) is not { } type)
        {
            if (usual is not null)
                recipe.Imply(usual, "use_peft", "true");
            return usual;
        }
        string word = type.Value.ToLowerInvariant();
        if (lora.Contains(word))
        {
            recipe.Read(type, "use_peft", "true");
            return type;
        }
        if (word != "full")
            recipe.Stop(
                $"{type.Subject} is \"{type.Value}\"; here there is {string.Join(" or ", lora)}, and "
                    + $"{(key == "adapter" ? "null" : "full")} to train all weights."
            );
        return null;
    }

    /// <summary>
    /// The dropout of adapters under a trainer that switches all dropout off (TRL's <c>disable_dropout</c>, true by default): 0,
    /// unless the recipe or the command line says otherwise.
    /// </summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="origin">The key that implies the tool's default.</param>
    /// <param name="usual">The tool's <c>lora_dropout</c>.</param>
    /// <param name="isOff">Whether the trainer switches it off.</param>
    /// <param name="tool">The tool.</param>
    public static void Dropout(ForeignRecipe recipe, RecipeEntry origin, string usual, bool isOff, string tool)
    {
        if (recipe.Find("disable_dropout") is { } key)
            isOff = key.Value.Equals("true", StringComparison.OrdinalIgnoreCase);
        if (!isOff)
        {
            if (usual != "0")
                recipe.Imply(origin, "lora_dropout", usual);
        }
        else if (recipe.Find("lora_dropout") is { IsOverride: false } dropout && !IsZero(dropout))
        {
            recipe.Replace(dropout, "0", RecipeEntryShape.Value);
            recipe.Note(
                $"{dropout.Subject} {dropout.Value} counts as 0: {tool}'s trainer switches dropout off, adapters' as well; "
                    + "--lora_dropout on the command line counts."
            );
        }
    }

    /// <summary>Our <c>lora_target_modules</c> of a key of names, of which one may stand for all linear layers.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="targets">The key, with its names.</param>
    /// <param name="all">The tool's word for all linear layers.</param>
    public static void Targets(ForeignRecipe recipe, RecipeEntry targets, string all)
    {
        string[] names = Names(targets);
        if (!names.Contains(all))
            Listed(recipe, targets, "lora_target_modules");
        else if (names.Length == 1)
            recipe.Read(targets, "lora_target_modules", "all-linear");
        else
            AllLinear(recipe, targets, [.. names.Where(n => n != all)]);
    }

    /// <summary>Our list of a key of names.</summary>
    public static void Listed(ForeignRecipe recipe, RecipeEntry names, string ours)
    {
        string[] list = Names(names);
        recipe.Read(names, ours, string.Join(',', list), list.Length > 1 ? RecipeEntryShape.List : RecipeEntryShape.Value);
    }

    /// <summary>All linear layers, and those of a list, which may name only such.</summary>
    public static void AllLinear(ForeignRecipe recipe, RecipeEntry origin, IReadOnlyList<string> others)
    {
        if (
            others.FirstOrDefault(n => NotLinear.Contains(n.Split('.')[^1]) || n.StartsWith("all-", StringComparison.Ordinal)) is
            { } more
        )
            recipe.Stop(
                $"{origin.Subject}: all linear layers and {more} cannot be said at once; give lora_target_modules as a list of "
                    + "all of their names."
            );
        else
            recipe.Read(origin, "lora_target_modules", "all-linear");
    }

    /// <summary>The names of a list, or of words separated by commas or spaces.</summary>
    public static string[] Names(RecipeEntry entry) =>
        entry.Value.Split([',', ' '], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    /// <summary>An adapter that is trained on: it becomes the recipe's model, and the model its base.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="adapter">The adapter's path, removed from the recipe.</param>
    /// <param name="model">The tool's key of the model.</param>
    /// <param name="settings">The tool's keys of new adapters.</param>
    /// <param name="reference">What the tool's reference is, where it is another than ours; else null.</param>
    public static void Continue(ForeignRecipe recipe, RecipeEntry adapter, string model, string[] settings, string? reference)
    {
        if (Names(adapter).Length > 1 && !Path.Exists(adapter.Value))
        {
            recipe.Stop(
                $"{adapter.Subject} names several adapters; merge all but the last into the model first (simper merge), and give "
                    + "that one alone."
            );
            return;
        }
        RecipeEntry? basis = recipe.Take(model) ?? recipe.Take("model_name_or_path");
        recipe.Read(adapter, "model_name_or_path", adapter.Value);
        if (basis is not null)
            recipe.Read(basis, "base_model_name_or_path", basis.Value);
        recipe.IdleAll(settings, "an adapter that is trained on has settings of its own");
        if (reference is not null)
            recipe.Note($"{adapter.Subject}: the reference is the adapter before its first step; {reference}.");
    }

    /// <summary>The bits to which the frozen model is quantised while it is loaded.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="bits">4 or 8; null for none.</param>
    /// <param name="nested">The tool's key for quantising magnitudes again, true by default.</param>
    /// <param name="type">The tool's key for nf4 or fp4.</param>
    public static void Quantise(ForeignRecipe recipe, RecipeEntry? bits, string nested, string type)
    {
        if (bits is not { Value: "4" })
            recipe.IdleAll([nested, type], bits is null ? "nothing is quantized" : "it is of 4 bits");
        if (bits is null)
            return;
        if (bits.Value is not ("4" or "8"))
        {
            recipe.Stop($"{bits.Subject} is \"{bits.Value}\"; a frozen model is quantised to 4 or 8 bits here.");
            return;
        }
        recipe.Read(bits, $"load_in_{bits.Value}bit", "true");
        if (bits.Value is not "4")
            return;
        if (!recipe.Has(nested))
            recipe.Imply(bits, "use_bnb_nested_quant", "true");
        recipe.Rename(nested, "use_bnb_nested_quant");
        recipe.Rename(type, "bnb_4bit_quant_type");
    }

    private static bool IsZero(RecipeEntry entry) =>
        double.TryParse(entry.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && value == 0;
}
