using System.Text.Json;
using System.Text.Json.Nodes;
using Simper.Text.Doctor.Checks;
using Simper.Text.Preferences;

namespace Simper.Text.Doctor;

/// <summary>Mends the JSON of a row: its texts, keys of null, a start or end token that is there twice.</summary>
/// <param name="texts">How texts are mended.</param>
/// <param name="model">Which tokens begin and end a sequence.</param>
internal sealed class RowMending(TextMending texts, ModelText model)
{
    /// <summary>Mends a row.</summary>
    /// <param name="json">The row as it stands in the file; it is changed.</param>
    /// <param name="row">The same row, examined.</param>
    /// <param name="changes">Receives what was done; nothing where nothing is wrong.</param>
    public void Mend(JsonObject json, ExaminedRow row, List<RowChange> changes)
    {
        if (row.Faults.Any(f => f.Check == TemplateChecks.NullKeys))
        {
            string before = ReadableRow.OneLine(json);
            if (NullPadding.Remove(json))
                changes.Add(new RowChange(TemplateChecks.NullKeys, "", before, ReadableRow.OneLine(json)));
        }
        bool hasDoubleBos = row.Faults.Any(f => f.Check == TokenChecks.DoubleBos);
        bool hasDoubleEos = row.Faults.Any(f => f.Check == TokenChecks.DoubleEos);
        foreach (string column in json.Select(c => c.Key).ToArray())
        {
            if (!row.Unused.Contains(column))
                Set(json, column, Mended(json[column], column, hasDoubleBos, hasDoubleEos, changes));
        }
    }

    private JsonNode? Mended(JsonNode? node, string path, bool hasDoubleBos, bool hasDoubleEos, List<RowChange> changes)
    {
        switch (node)
        {
            case JsonObject map:
                foreach (string key in map.Select(e => e.Key).ToArray())
                    Set(map, key, Mended(map[key], $"{path}.{key}", hasDoubleBos, hasDoubleEos, changes));
                return map;
            case JsonArray list:
                for (int i = 0; i < list.Count; i++)
                {
                    JsonNode? item = list[i];
                    JsonNode? mended = Mended(item, $"{path}[{i}]", hasDoubleBos, hasDoubleEos, changes);
                    if (!ReferenceEquals(item, mended))
                        list[i] = mended;
                }
                return list;
            case JsonValue value when value.GetValueKind() == JsonValueKind.String:
                string text = (string)value!;
                string after = Mended(text, path, hasDoubleBos, hasDoubleEos, changes);
                return after == text ? node : JsonValue.Create(after);
            default:
                return node;
        }
    }

    private static void Set(JsonObject map, string key, JsonNode? value)
    {
        if (!ReferenceEquals(map[key], value))
            map[key] = value;
    }

    private string Mended(string text, string path, bool hasDoubleBos, bool hasDoubleEos, List<RowChange> changes)
    {
        var done = new List<(Check Check, string Before, string After)>();
        string mended = texts.Mend(text, done);
        if (hasDoubleBos && model.Bos is { Length: > 0 } bos && mended.StartsWith(bos, StringComparison.Ordinal))
            done.Add((TokenChecks.DoubleBos, mended, mended = mended[bos.Length..].TrimStart(' ')));
        if (hasDoubleEos && model.Eos is { Length: > 0 } eos && mended.EndsWith(eos, StringComparison.Ordinal))
            done.Add((TokenChecks.DoubleEos, mended, mended = mended[..^eos.Length]));
        foreach ((Check check, string before, string after) in done)
            changes.Add(new RowChange(check, path, before, after));
        return mended;
    }
}

/// <summary>What was done to a text of a row.</summary>
/// <param name="Check">For which fault.</param>
/// <param name="Path">The column, and the way in it; empty for the row as a whole.</param>
/// <param name="Before">What it was.</param>
/// <param name="After">What it is now.</param>
internal readonly record struct RowChange(Check Check, string Path, string Before, string After);
