using System.Text.Json.Nodes;
using Simper.Text.Preferences;

namespace Simper.Runs;

/// <summary>
/// The columns of a data set as axolotl's recipes name them: <c>field_messages</c>, <c>field_chosen</c> and their like, beside
/// the path or inside <c>type</c>.
/// </summary>
internal static class AxolotlFields
{
    private const string Prefix = "field_";

    /// <summary>The columns by the names of layouts; fields that are no column of a layout are left out.</summary>
    /// <param name="dataset">The data set's map.</param>
    /// <param name="subject">What it is, for messages.</param>
    /// <exception cref="SimperException">The type writes texts in a form of its own.</exception>
    public static ColumnMap Of(JsonObject dataset, string subject)
    {
        var map = new JsonObject();
        foreach ((string key, JsonNode? value) in dataset.Concat(dataset["type"] as JsonObject ?? []))
        {
            if (key.EndsWith("_format", StringComparison.Ordinal) && !IsPlain(value))
                throw new SimperException(
                    $"{subject}: {key} is {value!.ToJsonString()}, a form of its own; Simper writes texts by the chat "
                        + "template, so put the form into the rows, and remove the key."
                );
            string name = key.StartsWith(Prefix, StringComparison.Ordinal) ? key[Prefix.Length..] : "";
            if (ColumnMap.IsName(name) && value?.ToString() is { Length: > 0 } source && source != name)
                map[name] = source;
        }
        return map.Count > 0 ? ColumnMap.Parse(map.ToJsonString(), subject) : ColumnMap.None;
    }

    // "{prompt}" adds nothing to the text.
    private static bool IsPlain(JsonNode? format) =>
        format?.ToString() is not { Length: > 0 } text
        || (text.StartsWith('{') && text.EndsWith('}') && text.IndexOf('}', StringComparison.Ordinal) == text.Length - 1);
}
