using Simper.Text.Preferences;

namespace Simper.Runs;

/// <summary>
/// Data as LLaMA-Factory and ms-swift name it: a local file, or a name in LLaMA-Factory's <c>dataset_info.json</c>.
/// </summary>
internal static class ForeignDataNames
{
    /// <summary>Translates a key that names data into one of ours.</summary>
    public static void Read(ForeignRecipe recipe, string theirs, string ours)
    {
        if (recipe.Take(theirs) is not { } entry)
            return;
        if (recipe.Has(ours))
            recipe.Idle(entry, $"{ours} is given");
        else if (entry.Value.Contains(',', StringComparison.Ordinal) && !Path.Exists(entry.Value))
            recipe.Stop(
                $"{entry.Subject} is \"{entry.Value}\", which names several; put the rows to train on into one file or "
                    + $"folder, and give it as {ours}."
            );
        else if (entry.Value.LastIndexOf('#') is > 0 and int at && !Path.Exists(entry.Value))
            recipe.Stop(
                $"{entry.Subject} is \"{entry.Value}\", which takes {entry.Value[(at + 1)..]} rows of "
                    + $"{entry.Value[..at]}; cut the file (head -n), and give it as {ours}."
            );
        else
            recipe.Read(entry, ours, InList(recipe, entry) ?? entry.Value);
    }

    // The file behind a name, if the list that defines the name exists here; its columns come with it.
    private static string? InList(ForeignRecipe recipe, RecipeEntry entry)
    {
        if (Path.Exists(entry.Value))
            return null;
        LlamaFactoryData? data = null;
        recipe.Try(() => data = LlamaFactoryData.Find(recipe.Find("dataset_dir")?.Value ?? "data", entry.Value));
        if (data is { Columns.IsEmpty: false } && !recipe.Has(ColumnMap.Key))
            recipe.Read(entry, ColumnMap.Key, data.Columns.ToString());
        return data?.File;
    }
}
