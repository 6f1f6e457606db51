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
    public static bool TryWrite(Utf8JsonWriter to, ReadOnlySpan<byte> cell, CellKind kind)
    {
        ReadOnlySpan<byte> text = cell.Trim(" \t\r\n"u8);
        if (kind == CellKind.Text || text.IsEmpty)
            return false;
        if (text[0] is (byte)'[' or (byte)'{')
            return TryWriteJson(to, text);
        if (kind != CellKind.Value)
            return false;
        if (Ascii.EqualsIgnoreCase(text, "true"u8))
            to.WriteBooleanValue(true);
        else if (Ascii.EqualsIgnoreCase(text, "false"u8))
            to.WriteBooleanValue(false);
        else if (IsMissing(text))
            to.WriteNullValue();
        else
            return text[0] is (byte)'-' or (>= (byte)'0' and <= (byte)'9') && TryWriteJson(to, text);
        return true;
    }

    // As it stands, so that numbers keep their digits.
    private static bool TryWriteJson(Utf8JsonWriter to, ReadOnlySpan<byte> text)
    {
        try
        {
            var reader = new Utf8JsonReader(text, new JsonReaderOptions { MaxDepth = Deepest });
            while (reader.Read()) { }
        }
        catch (JsonException)
        {
            return false;
        }
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
}
