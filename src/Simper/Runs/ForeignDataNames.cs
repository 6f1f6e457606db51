using System.Globalization;
using System.Text.Json.Nodes;
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
        else if (!Path.Exists(entry.Value) && entry.Value.AsSpan().ContainsAny(',', '#'))
            recipe.Read(entry, Mixers[ours], Mixture(recipe, entry), RecipeEntryShape.Map);
        else
            recipe.Read(entry, ours, Whole(recipe, entry));
    }

    private static readonly Dictionary<string, string> Mixers = new()
    {
        ["dataset_name"] = "dataset_mixer",
        ["eval_dataset_name"] = "eval_dataset_mixer",
    };

    // Several, separated by commas, each perhaps with a number of rows behind it.
    private static string Mixture(ForeignRecipe recipe, RecipeEntry entry)
    {
        var shares = new JsonArray();
        foreach (string part in entry.Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            int at = part.LastIndexOf('#');
            int count = 0;
            bool isCounted =
                at > 0 && int.TryParse(part.AsSpan(at + 1), NumberStyles.None, CultureInfo.InvariantCulture, out count);
            string name = isCounted ? part[..at] : part;
            LlamaFactoryData? data = InList(recipe, name);
            var share = new JsonObject { ["path"] = data?.File ?? name, ["fraction"] = isCounted ? count : 1 };
            if (data is { Columns.IsEmpty: false })
                share[ColumnMap.Key] = data.Columns.ToJson();
            shares.Add(share);
        }
        return shares.ToJsonString();
    }

    // The file behind a name, whose columns come with it.
    private static string Whole(ForeignRecipe recipe, RecipeEntry entry)
    {
        LlamaFactoryData? data = InList(recipe, entry.Value);
        if (data is { Columns.IsEmpty: false } && !recipe.Has(ColumnMap.Key))
            recipe.Read(entry, ColumnMap.Key, data.Columns.ToString());
        return data?.File ?? entry.Value;
    }

    // What the list that defines the name says, if it exists here.
    private static LlamaFactoryData? InList(ForeignRecipe recipe, string name)
    {
        LlamaFactoryData? data = null;
        if (!Path.Exists(name))
            recipe.Try(() => data = LlamaFactoryData.Find(recipe.Find("dataset_dir")?.Value ?? "data", name));
        return data;
    }
}
