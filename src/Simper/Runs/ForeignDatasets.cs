using System.Text.Json.Nodes;
using Simper.Text.Preferences;

namespace Simper.Runs;

/// <summary>
/// The data of TRL's <c>datasets</c> and of the alignment handbook's <c>dataset_mixture</c>, which are our dataset_mixer; and a
/// dataset_mixer of one whole file or folder, which is our dataset_name.
/// </summary>
internal static class ForeignDatasets
{
    private const string Mixer = "dataset_mixer";
    private const string EvalMixer = "eval_dataset_mixer";

    /// <summary>The keys.</summary>
    public static readonly string[] Names = ["datasets", "dataset_mixture"];

    /// <summary>Whether the key names data that have to be settled after all other keys are read.</summary>
    public static bool Owns(string name) => name is Mixer or EvalMixer || Names.Contains(name);

    /// <summary>The recipe with the data of the entry, unless it has data of its own.</summary>
    /// <param name="entry">A map or a list of maps, as JSON.</param>
    /// <param name="given">The keys set in the recipe.</param>
    /// <param name="reading">Receives what is used, and what has no effect.</param>
    /// <param name="recipe">The recipe with all our keys.</param>
    public static Recipe Read(RecipeEntry entry, ICollection<string> given, RecipeReading reading, Recipe recipe)
    {
        if (entry.Value.Length == 0)
            return recipe;
        if (entry.Name == EvalMixer)
            return Held(recipe, entry, reading);
        string? other =
            recipe.DatasetName.Length > 0 ? "dataset_name"
            : entry.Name != Mixer && !recipe.DatasetMixer.IsEmpty ? Mixer
            : null;
        if (other is not null)
        {
            reading.Idle(entry, $"{other} is given");
            return entry.Name == Mixer ? recipe with { DatasetMixer = RecipeMixture.None } : recipe;
        }
        if (entry.Name != Mixer)
            recipe = WithTheirs(recipe, entry, given);
        if (!reading.Try(() => recipe.DatasetMixer.ExpectThere(entry)))
            return recipe with { DatasetMixer = RecipeMixture.None };
        if (recipe.DatasetMixer.Shares is [{ Amount: 1 } only])
        {
            ColumnMap columns = recipe.DatasetColumns.IsEmpty ? only.Columns : recipe.DatasetColumns;
            reading.Note(
                $"{entry.Subject} is read as dataset_name: {only.Path}"
                    + $"{(columns.IsEmpty ? "" : $", with {ColumnMap.Key} {columns}")}."
            );
            return recipe with { DatasetMixer = RecipeMixture.None, DatasetName = only.Path, DatasetColumns = columns };
        }
        if (entry.Name != Mixer)
            reading.Note($"{entry.Subject} is read as {Mixer}: {ReadableJson.OneLine(recipe.DatasetMixer.ToJson())}.");
        return recipe;
    }

    private static Recipe WithTheirs(Recipe recipe, RecipeEntry entry, ICollection<string> given)
    {
        JsonNode? value = RecipeMixture.Json(entry);
        if (entry.Name == "dataset_mixture" && value is JsonObject mixture)
        {
            foreach ((string key, JsonNode? part) in mixture)
            {
                if (key == "test_split_size" && part is not null && !given.Contains(key))
                    recipe = recipe with
                    {
                        TestSplitSize = new RecipeValue(
                            new RecipeEntry($"{entry.Name}.{key}", part.ToString(), entry.Place)
                        ).Number(0, 1e9),
                    };
                else if (key is not ("datasets" or "seed" or "test_split_size"))
                    throw RecipeMixture.Refused(entry, $"{entry.Name}.{key} is unknown");
            }
            value = mixture["datasets"];
        }
        if (value is not JsonArray)
            throw RecipeMixture.Refused(entry, $"is \"{entry.Value}\"");
        return recipe with { DatasetMixer = RecipeMixture.Of(value, entry) };
    }

    private static Recipe Held(Recipe recipe, RecipeEntry entry, RecipeReading reading)
    {
        bool isNamed = recipe.EvalDatasetName is not null;
        if (isNamed)
            reading.Idle(entry, "eval_dataset_name is given");
        if (isNamed || !reading.Try(() => recipe.EvalDatasetMixer.ExpectThere(entry)))
            return recipe with { EvalDatasetMixer = RecipeMixture.None };
        return recipe.EvalDatasetMixer.Shares is [{ IsWhole: true } only]
            ? recipe with
            {
                EvalDatasetMixer = RecipeMixture.None,
                EvalDatasetName = only.Path,
            }
            : recipe;
    }
}
