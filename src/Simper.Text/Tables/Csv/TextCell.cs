using System.Text;
using System.Text.Json;

namespace Simper.Text.Tables.Csv;

/// <summary>Cells that are more than a text.</summary>
internal static class TextCell
{
    private const int Deepest = 900;

    private static readonly string[] Missing = ["nan", "na", "null", "none"];

    /// <summary>Writes a cell as what it is besides a text; false where it is a text.</summary>
    /// <param name="to">Where to.</param>
    /// <param name="cell">The cell, not empty, in valid UTF-8.</param>
    /// <param name="kind">What it may be.</param>
    /// <param name="column">Its column, for messages.</param>
    /// <exception cref="TableRefusal">It is a list as Python prints it.</exception>
    public static bool TryWrite(Utf8JsonWriter to, ReadOnlySpan<byte> cell, CellKind kind, string column)
    {
        ReadOnlySpan<byte> text = cell.Trim(" \t\r\n"u8);
        if (text.StartsWith("["u8) || text.StartsWith("{"u8))
            return TryWriteJson(to, text, kind, column);
        if (kind != CellKind.Value)
            return false;
        if (Ascii.EqualsIgnoreCase(text, "true"u8))
            to.WriteBooleanValue(true);
        else if (Ascii.EqualsIgnoreCase(text, "false"u8))
            to.WriteBooleanValue(false);
        else if (IsMissing(text))
            to.WriteNullValue();
        else if (!text.IsEmpty && text[0] is (byte)'-' or (>= (byte)'0' and <= (byte)'9') && IsJson(text, out _))
            to.WriteRawValue(text, skipInputValidation: true);
        else
            return false;
        return true;
    }

    private static bool TryWriteJson(Utf8JsonWriter to, ReadOnlySpan<byte> text, CellKind kind, string column)
    {
        if (IsPrinted(text))
            throw new TableRefusal(
                $"has in its column {column} a list as Python prints it; write it with json.dumps, or the table as Parquet"
            );
        if (!IsJson(text, out bool areTurns) || (kind == CellKind.Text && !areTurns))
            return false;
        to.WriteRawValue(text, skipInputValidation: true);
        return true;
    }

    private static bool IsMissing(ReadOnlySpan<byte> text)
    {
        foreach (string word in Missing)
        {
            if (Ascii.EqualsIgnoreCase(text, word))
                return true;
        }
        return false;
    }

    // [{'role': 'user', ...}]: what becomes of messages in pandas' to_csv.
    private static bool IsPrinted(ReadOnlySpan<byte> text) =>
        text.EndsWith("}]"u8)
        && (
            text.StartsWith("[{'role': "u8)
            || text.StartsWith("[{'content': "u8)
            || text.StartsWith("[{'from': "u8)
            || text.StartsWith("[{'value': "u8)
        );

    private static bool IsJson(ReadOnlySpan<byte> text, out bool areTurns)
    {
        areTurns = false;
        try
        {
            var reader = new Utf8JsonReader(text, new JsonReaderOptions { MaxDepth = Deepest });
            if (!JsonDocument.TryParseValue(ref reader, out JsonDocument? document))
                return false;
            using (document)
            {
                JsonElement root = document.RootElement;
                areTurns =
                    root.ValueKind == JsonValueKind.Array && root.GetArrayLength() > 0 && root.EnumerateArray().All(IsTurn);
            }
            return !reader.Read();
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static bool IsTurn(JsonElement item) =>
        item.ValueKind == JsonValueKind.Object
        && (item.TryGetProperty("role", out _) || (item.TryGetProperty("from", out _) && item.TryGetProperty("value", out _)));
}
