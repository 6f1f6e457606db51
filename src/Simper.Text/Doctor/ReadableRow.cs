using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Simper.Text.Doctor;

/// <summary>Rows as JSON on one line, with text as it reads.</summary>
internal static class ReadableRow
{
    private static readonly JsonSerializerOptions Options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        MaxDepth = 1024,
    };

    /// <summary>The line; empty where a text is no valid Unicode.</summary>
    public static string OneLine(JsonNode node)
    {
        try
        {
            return node.ToJsonString(Options);
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            return "";
        }
    }
}
