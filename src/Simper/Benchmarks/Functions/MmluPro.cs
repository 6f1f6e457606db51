using System.Text;
using System.Text.Json.Nodes;

namespace Simper.Benchmarks.Functions;

/// <summary>MMLU-Pro: up to ten lettered options, as many as the row has.</summary>
internal static class MmluPro
{
    /// <summary>The prompt.</summary>
    public static string Question(JsonObject row)
    {
        var text = new StringBuilder().Append(row["question"]).Append('\n');
        JsonArray options = row["options"]!.AsArray();
        for (int i = 0; i < options.Count; i++)
            text.Append((char)('A' + i)).Append(". ").Append(options[i]).Append('\n');
        return text.Append("Answer:").ToString();
    }

    /// <summary>The letters.</summary>
    public static JsonArray Letters(JsonObject row) =>
        new([.. row["options"]!.AsArray().Select((_, i) => JsonValue.Create(((char)('A' + i)).ToString()))]);
}
