using System.Text.Json;
using System.Text.Json.Nodes;

namespace Simper.Text.Preferences;

/// <summary>
/// A JSON file that is not JSON lines: an array of rows, one or several objects printed over many lines, or an object that wraps
/// the array (<c>{"data": [...]}</c>).
/// </summary>
internal static class JsonFile
{
    /// <summary>The rows of a file.</summary>
    /// <exception cref="SimperException">It is not JSON, or has several lists of rows.</exception>
    public static IEnumerable<byte[]> Rows(byte[] whole, string file)
    {
        if (whole.AsSpan().TrimStart(" \t\r\n"u8).StartsWith("["u8))
            return RowJson.Items(whole, file);
        List<byte[]> values = Values(whole, file);
        return values.Count == 1 && Wrapped(values[0], file) is { } inner ? RowJson.Items(inner, file) : values;
    }

    /// <summary>Whether a line is an object around rows, instead of a row itself.</summary>
    public static bool IsWrapper(byte[] line)
    {
        try
        {
            return RowJson.ParseValue(System.Text.Encoding.UTF8.GetString(line)) is JsonObject value
                && (IsColumns(value) || (!IsRow(value) && Lists(value).Count > 0));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    private static List<byte[]> Values(byte[] whole, string file)
    {
        byte[] plain = RowJson.Plain(whole).ToArray();
        var values = new List<byte[]>();
        var reader = new Utf8JsonReader(plain, RowJson.Sequence);
        try
        {
            while (reader.Read())
            {
                int start = (int)reader.TokenStartIndex;
                reader.Skip();
                values.Add(plain[start..(int)reader.BytesConsumed]);
            }
        }
        catch (JsonException e)
        {
            // JSON lines whose first line is broken are JSON lines all the same.
            int end = whole.AsSpan().IndexOf((byte)'\n');
            ReadOnlySpan<byte> next = end < 0 ? [] : whole.AsSpan(end).Trim(" \t\r\n"u8);
            bool areLines = next.StartsWith("{\""u8) || next.IsEmpty;
            throw new SimperException(
                $"{file}, line {(areLines ? 1 : e.LineNumber + 1)}: "
                    + $"{RowJson.Reason(e, areLines && end >= 0 ? whole.AsSpan(0, end) : whole)}",
                e
            );
        }
        return values;
    }

    private static byte[]? Wrapped(byte[] utf8, string file)
    {
        JsonObject value = RowJson.Parse(utf8, file);
        if (IsColumns(value))
            throw Columns(file);
        if (IsRow(value))
            return null;
        List<string> lists = Lists(value);
        if (lists.Count > 1)
            throw new SimperException(
                $"{file} holds several lists of rows ({string.Join(", ", lists)}); write the one that is meant as a file "
                    + "of its own."
            );
        return lists.Count == 1 ? System.Text.Encoding.UTF8.GetBytes(value[lists[0]]!.ToJsonString()) : null;
    }

    // Of preference data, or a prompt with its tools.
    private static bool IsRow(JsonObject value) => RowLayouts.IsKnown(value) || PromptRow.IsLike(value);

    // Lists that may hold rows; messages are not rows.
    private static List<string> Lists(JsonObject value) =>
        [
            .. value
                .Where(k =>
                    k.Value is JsonArray { Count: > 0 } list
                    && list.All(i => i is JsonObject row && !row.ContainsKey("role") && !row.ContainsKey("from"))
                )
                .Select(k => k.Key),
        ];

    // pandas' default output: {"prompt": {"0": ..., "1": ...}, ...}, or lists in their place.
    private static bool IsColumns(JsonObject value) =>
        value.Count > 1
        && (
            value.All(k => k.Value is JsonObject column && column.ContainsKey("0"))
            || (
                value.All(k => k.Value is JsonArray { Count: > 0 } column && column.All(i => i is not (JsonObject or JsonArray)))
                && value.Select(k => k.Value!.AsArray().Count).Distinct().Count() == 1
            )
        );

    private static SimperException Columns(string file) =>
        new($"{file} holds columns, not rows; write an object a row, with pandas: to_json(..., orient='records', lines=True).");
}
