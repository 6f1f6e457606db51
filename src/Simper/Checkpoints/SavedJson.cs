using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Simper.Checkpoints;

/// <summary>JSON as a model's folder has it: indented by two, keys as they come, text unescaped where JSON allows.</summary>
internal static class SavedJson
{
    private static readonly JsonSerializerOptions Options = new()
    {
        WriteIndented = true,
        IndentSize = 2,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static byte[] Bytes(JsonNode node) => [.. JsonSerializer.SerializeToUtf8Bytes(node, Options), (byte)'\n'];
}
