using Simper.Checkpoints;
using Simper.Text.Preferences;

namespace Simper.Runs;

/// <summary>Model and data of a recipe that are not on this machine, all in one answer.</summary>
public static class RecipePaths
{
    /// <summary>Refuses a recipe whose model or data are not there.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="file">Its file, whose comments may say how to get them; or null.</param>
    /// <exception cref="SimperException">Something is missing.</exception>
    public static void Expect(Recipe recipe, string? file)
    {
        var reading = new RecipeReading();
        Check(recipe, reading);
        if (reading.HasProblems && file is not null && Commands(file) is { Length: > 0 } commands)
            reading.Stop(
                $"{file} says how to get what it names: {string.Join("; ", commands)} (or give what you have, "
                    + "--model_name_or_path FOLDER --dataset_name FILE)."
            );
        reading.Finish(file, notes: null);
    }

    /// <summary>Adds what is missing to the problems of a reading.</summary>
    internal static void Check(Recipe recipe, RecipeReading reading)
    {
        if (recipe.ModelNameOrPath.Length > 0 && !Path.Exists(recipe.ModelNameOrPath))
            reading.Try(() => Checkpoint.Open(recipe.ModelNameOrPath).Dispose());
        foreach (string data in (string[])[recipe.DatasetName, recipe.EvalDatasetName ?? ""])
        {
            if (data.Length > 0 && !Path.Exists(data))
                reading.Try(() => PreferenceDataset.Open(data));
        }
    }

    private static string[] Commands(string file)
    {
        try
        {
            return
            [
                .. File.ReadLines(file)
                    .Where(l =>
                        l.StartsWith("# hf download ", StringComparison.Ordinal)
                        || l.StartsWith("# curl ", StringComparison.Ordinal)
                    )
                    .Select(l => l[2..].Trim()),
            ];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
