using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Simper.Text.Preferences;

/// <summary>
/// JSON as found in data files. Python's NaN, which tables write for missing cells, is read as null, and its Infinity as a
/// non-finite number, so unread columns may contain them. Invalid JSON is refused with a message in terms of the file.
/// </summary>
internal static class RowJson
{
    private const int Deepest = 1000;

    private static readonly JsonDocumentOptions Options = new() { MaxDepth = Deepest, AllowDuplicateProperties = false };

    /// <summary>How a sequence of concatenated values is read.</summary>
    public static JsonReaderOptions Sequence { get; } = new() { MaxDepth = Deepest, AllowMultipleValues = true };

    /// <summary>A row's object.</summary>
    /// <exception cref="SimperException">It is not an object.</exception>
    public static JsonObject Parse(byte[] utf8, string place)
    {
        if (FirstInvalid(utf8) is >= 0 and var at)
        {
            throw new SimperException(
                $"{place}: byte {at + 1} (0x{utf8[at]:X2}) is not valid UTF-8; write the file in UTF-8, "
                    + "with iconv -f ENCODING -t UTF-8 where ENCODING is the one that it has (LATIN1, GB18030, ...)."
            );
        }
        try
        {
            return JsonNode.Parse(Plain(utf8), documentOptions: Options) as JsonObject
                ?? throw new SimperException($"{place}: a row has to be a JSON object {{...}}.");
        }
        catch (JsonException e)
        {
            throw new SimperException($"{place}: {Reason(e, utf8)}", e);
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            throw new SimperException($"{place}: the name of a column is not valid Unicode.", e);
        }
    }

    /// <summary>JSON inside a string.</summary>
    /// <exception cref="JsonException">It is not JSON.</exception>
    public static JsonNode? ParseValue(string json) =>
        JsonNode.Parse(Plain(Encoding.UTF8.GetBytes(json)), documentOptions: Options);

    /// <summary>A list inside a string; null if it is none, such as a text in brackets.</summary>
    public static JsonArray? ParseList(string json)
    {
        ReadOnlySpan<char> trimmed = json.AsSpan().Trim();
        if (!trimmed.StartsWith("[") || !trimmed.EndsWith("]"))
            return null;
        try
        {
            return ParseValue(json) as JsonArray;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The items of an array.</summary>
    /// <exception cref="SimperException">The array is not JSON.</exception>
    public static IEnumerable<byte[]> Items(byte[] utf8, string place)
    {
        using JsonDocument document = Document(utf8, place);
        foreach (JsonElement item in document.RootElement.EnumerateArray())
            yield return JsonMarshal.GetRawUtf8Value(item).ToArray();
    }

    /// <summary>What is wrong, as a sentence that follows the location.</summary>
    public static string Reason(JsonException e, ReadOnlySpan<byte> utf8)
    {
        string where = $"byte {e.BytePositionInLine}{(e.LineNumber > 0 ? $" of line {e.LineNumber + 1}" : "")}";
        string what = e.Message.Split(" LineNumber")[0];
        if (what.Contains("duplicate", StringComparison.OrdinalIgnoreCase))
            return "a key stands twice in one object.";
        if (what.Contains("maximum configured depth", StringComparison.Ordinal))
            return $"it is nested deeper than {Deepest} levels, which Simper does not read; take the column that is out.";
        if (IsIncomplete(utf8))
            return "it is not valid JSON, since it ends in the middle; the file may be cut off, so fetch or write it again, or "
                + "take this row out.";
        if (utf8.TrimStart(" \t\r\n"u8).StartsWith("{'"u8))
            return "it is not valid JSON but what Python prints; write rows with json.dumps.";
        string? plain =
            what.Contains("trailing comma", StringComparison.Ordinal) ? "a comma stands behind the last value; take it out."
            : what.Contains("after a single JSON value", StringComparison.Ordinal)
                ? "something stands behind the object; write one object a line."
            : what.Contains("'0x0A' is invalid within a JSON string", StringComparison.Ordinal)
            || what.Contains("'0x0D' is invalid within a JSON string", StringComparison.Ordinal)
                ? "a line ends within a text; write \\n in its place, as json.dumps does."
            : what.Contains("'/' is an invalid start", StringComparison.Ordinal) ? "JSON has no comments; take them out."
            : null;
        return $"it is not valid JSON ({where}): {plain ?? what}";
    }

    /// <summary>Whether this is the beginning of JSON, but incomplete.</summary>
    public static bool IsIncomplete(ReadOnlySpan<byte> utf8)
    {
        var reader = new Utf8JsonReader(Plain(utf8), isFinalBlock: false, new JsonReaderState(Sequence));
        try
        {
            bool any = false;
            while (reader.Read())
                any = true;
            return reader.CurrentDepth > 0 || !any || reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>The same with Python's numbers replaced by JSON's; the text itself if there are none.</summary>
    public static ReadOnlySpan<byte> Plain(ReadOnlySpan<byte> utf8)
    {
        if (utf8.IndexOf("NaN"u8) < 0 && utf8.IndexOf("Infinity"u8) < 0)
            return utf8;
        var plain = new List<byte>(utf8.Length + 16);
        bool inText = false;
        for (int i = 0; i < utf8.Length; i++)
        {
            ReadOnlySpan<byte> rest = utf8[i..];
            if (!inText && rest.StartsWith("NaN"u8))
            {
                plain.AddRange("null"u8);
                i += 2;
                continue;
            }
            if (!inText && rest.StartsWith("Infinity"u8))
            {
                plain.AddRange("1e999"u8);
                i += 7;
                continue;
            }
            if (inText && utf8[i] == '\\' && i + 1 < utf8.Length)
                plain.Add(utf8[i++]);
            else if (utf8[i] == '"')
                inText = !inText;
            plain.Add(utf8[i]);
        }
        return CollectionsMarshal.AsSpan(plain);
    }

    private static JsonDocument Document(byte[] utf8, string place)
    {
        try
        {
            ReadOnlySpan<byte> plain = Plain(utf8);
            return JsonDocument.Parse(plain.Length == utf8.Length && plain == utf8 ? utf8 : plain.ToArray(), Options);
        }
        catch (JsonException e)
        {
            throw new SimperException($"{place}: {Reason(e, utf8)}", e);
        }
    }

    private static int FirstInvalid(ReadOnlySpan<byte> utf8)
    {
        if (System.Text.Unicode.Utf8.IsValid(utf8))
            return -1;
        int at = 0;
        while (Rune.DecodeFromUtf8(utf8[at..], out _, out int length) == System.Buffers.OperationStatus.Done)
            at += length;
        return at;
    }
}
