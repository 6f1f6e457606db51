using System.Text.Json.Nodes;
using Simper.Testing;

namespace Simper.Server.Tests.Golden;

/// <summary>Exchanges that were recorded between clients and other servers.</summary>
internal static class Recorded
{
    /// <summary>The files of exchanges in a folder of golden files.</summary>
    public static TheoryData<string> Files(string folder) =>
        SharedFiles.Rows(() =>
            Directory
                .GetFiles(SharedFiles.Path("golden", folder), "*.jsonl")
                .Select(f => Path.GetFileName(f)!)
                .Order(StringComparer.Ordinal)
        );

    /// <summary>The exchanges of a file.</summary>
    public static List<JsonNode> Exchanges(string folder, string file) =>
        [.. File.ReadLines(SharedFiles.Path("golden", folder, file)).Where(l => l.Length > 0).Select(l => JsonNode.Parse(l)!)];

    /// <summary>SmolLM2-135M-Instruct, which answered the harness then.</summary>
    public static string SmolLm2 => SharedFiles.Path("models", "smollm2-135m-instruct");
}
