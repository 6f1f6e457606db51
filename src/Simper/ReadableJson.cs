using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Simper;

/// <summary>JSON as all files of Simper have it: keys as they come, text unescaped where JSON allows.</summary>
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

    /// <summary>One line, without its end.</summary>
    public static string OneLine(JsonNode node) => node.ToJsonString(Line);

    /// <summary>A file: indented by two, with a line's end behind it.</summary>
    public static string Indented(JsonNode node) => node.ToJsonString(Page) + "\n";

    /// <summary>The same in UTF-8.</summary>
    public static byte[] IndentedBytes(JsonNode node) => [.. JsonSerializer.SerializeToUtf8Bytes(node, Page), (byte)'\n'];
}
