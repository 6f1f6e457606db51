using System.Text;
using System.Text.Json.Nodes;

namespace Simper.Benchmarks.Functions;

/// <summary>MuSR: a story, a question and numbered choices.</summary>
internal static class MuSr
{
    /// <summary>The prompt.</summary>
    public static string Question(JsonObject row)
    {
        var choices = new StringBuilder();
        int number = 1;
        foreach (JsonNode? choice in PythonLiteral.Parse(row["choices"]!.ToString())!.AsArray())
            choices.Append(number++).Append(" - ").Append(choice).Append('\n');
        return $"{row["narrative"]}\n\n{row["question"]}\n\n{choices}\nAnswer:";
    }
}
