using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Simper.Benchmarks.Functions;

/// <summary>HellaSwag: an activity's beginning and four endings, without the marks of the articles that they come from.</summary>
internal static partial class HellaSwag
{
    /// <summary>The rows with query, choices and gold.</summary>
    public static IReadOnlyList<JsonObject> Rows(IReadOnlyList<JsonObject> rows) => [.. rows.Select(Row)];

    /// <summary>Removes "[title]", "[step]" and the like.</summary>
    public static string Cleaned(string text)
    {
        text = PythonCharacters.Strip(text).Replace(" [title]", ". ", StringComparison.Ordinal);
        return Brackets().Replace(text, "").Replace("  ", " ", StringComparison.Ordinal);
    }

    private static JsonObject Row(JsonObject row)
    {
        var whole = row.DeepClone().AsObject();
        string context = row["ctx_a"] + " " + PythonText.Capitalize(row["ctx_b"]!.ToString());
        whole["query"] = Cleaned(row["activity_label"] + ": " + context);
        whole["choices"] = new JsonArray([.. row["endings"]!.AsArray().Select(e => JsonValue.Create(Cleaned(e!.ToString())))]);
        whole["gold"] = PythonText.Int(row["label"]!.ToString());
        return whole;
    }

    [GeneratedRegex(@"\[.*?\]")]
    private static partial Regex Brackets();
}
