using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Simper;

/// <summary>JSON as Simper writes all its files: keys in insertion order, text unescaped where JSON allows.</summary>
public static class ReadableJson
{
    private static readonly JsonSerializerOptions Line = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        MaxDepth = 128,
    };
    private static readonly JsonSerializerOptions Page = new(Line)
    {
        WriteIndented = true,
        IndentSize = 2,
        NewLine = "\n",
    };

    /// <summary>One line, without a newline.</summary>
    public static string OneLine(JsonNode node) => node.ToJsonString(Line);

    /// <summary>A file: indented by two, with a final newline.</summary>
    public static string Indented(JsonNode node) => node.ToJsonString(Page) + "\n";

    /// <summary>The same in UTF-8.</summary>
    public static byte[] IndentedBytes(JsonNode node) => [.. JsonSerializer.SerializeToUtf8Bytes(node, Page), (byte)'\n'];
}
