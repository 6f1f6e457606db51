using Simper.Checkpoints;
using Simper.Text.Hub;
using Simper.Text.Preferences;

namespace Simper.Runs;

/// <summary>Reports all of a recipe's missing models and data in one message.</summary>
public static class RecipePaths
{
    /// <summary>Refuses a recipe whose model or data do not exist.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="file">Its file, whose comments may say how to get them; or null.</param>
    /// <exception cref="SimperException">Something is missing.</exception>
    public static void Expect(Recipe recipe, string? file)
    {
        var reading = new RecipeReading();
        Check(recipe, reading, file);
        reading.Finish(file, notes: null);
    }

    /// <summary>Adds what is missing to the problems of a reading.</summary>
    internal static void Check(Recipe recipe, RecipeReading reading, string? file)
    {
        string[] commands = file is null ? [] : Commands(file);
        bool isMissing = false;
        Find(HubKind.Model, recipe.ModelNameOrPath, path => Checkpoint.Open(path).Dispose());
        foreach (string data in recipe.DataPaths)
            Find(HubKind.Dataset, data, path => PreferenceDataset.Open(path));
        if (isMissing && commands.Length > 0)
            reading.Advise(
                $"{file} says how to get what it names: {string.Join("; ", commands)} (or give what you have, "
                    + "--model_name_or_path FOLDER --dataset_name FILE)."
            );

        void Find(HubKind kind, string path, Action<string> open)
        {
            bool isThere = path.Length == 0;
            bool IsThere() => kind == HubKind.Dataset ? DataFiles.Exist(path) : HubCache.Find(kind, path) is not null;
            if (!reading.Try(() => isThere |= IsThere()) || isThere)
                return;
            isMissing = true;
            // What the recipe's own commands download needs no other advice.
            string id = HubReference.Parse(kind, path) is { } name && HubName.Is(name.Id) ? name.Id : path;
            if (commands.Any(c => c.Contains(path, StringComparison.Ordinal) || c.Contains(id, StringComparison.Ordinal)))
                reading.Stop($"{path} does not exist.");
            else
                reading.Try(() => open(path));
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
                        l.StartsWith("# simper pull ", StringComparison.Ordinal)
                        || l.StartsWith("# hf download ", StringComparison.Ordinal)
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
