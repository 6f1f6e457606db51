using Simper.Models.Weights;
using Simper.Tensors;

namespace Simper.Runs;

/// <summary>How a run computed, from its recipe: answers in another precision may be other ones.</summary>
/// <param name="Dtype">Its dtypes; null where the recipe does not say.</param>
/// <param name="Quantisation">How its frozen matrices were quantised.</param>
internal sealed record RunModel(Precision? Dtype, FrozenQuantisation Quantisation)
{
    /// <summary>Of a run's folder; null for anything else.</summary>
    public static RunModel? Of(string path)
    {
        string file = Path.Combine(path, "recipe.yaml");
        if (RunFolder.ModelOf(path) == path || !File.Exists(file))
            return null;
        var recipe = new Recipe();
        foreach (RecipeEntry entry in RecipeFile.Read(file).Where(e => !e.IsUnset))
        {
            if (Keys.Contains(entry.Name) && RecipeKeys.Find(entry.Name, out BoundKey? key))
                recipe = key.Set(recipe, new RecipeValue(entry));
        }
        return new RunModel(recipe.Dtype, recipe.Quantisation);
    }

    private static readonly string[] Keys =
    [
        "dtype",
        "load_in_4bit",
        "load_in_8bit",
        "bnb_4bit_quant_type",
        "use_bnb_nested_quant",
    ];
}
