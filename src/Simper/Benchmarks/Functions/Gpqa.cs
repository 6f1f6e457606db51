using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Simper.Benchmarks.Functions;

/// <summary>
/// GPQA: four choices in shuffled order. The harness shuffles with Python's global generator, whose state depends on what ran
/// before; here it begins with seed 0 at a task's first row.
/// </summary>
internal static partial class Gpqa
{
    private const int Seed = 0;

    /// <summary>The rows with choice1 to choice4 and the letter of the right one.</summary>
    public static IReadOnlyList<JsonObject> Rows(IReadOnlyList<JsonObject> rows)
    {
        var random = new PythonRandom(Seed);
        return [.. rows.Select(row => Row(row, random))];
    }

    private static JsonObject Row(JsonObject row, PythonRandom random)
    {
        string right = Cleaned(row["Correct Answer"]);
        string[] choices = [.. Enumerable.Range(1, 3).Select(i => Cleaned(row[$"Incorrect Answer {i}"])), right];
        random.Shuffle(choices);
        var whole = row.DeepClone().AsObject();
        for (int i = 0; i < choices.Length; i++)
            whole[$"choice{i + 1}"] = choices[i];
        whole["answer"] = $"({(char)('A' + Array.IndexOf(choices, right))})";
        return whole;
    }

    private static string Cleaned(JsonNode? text)
    {
        if (text is null)
            return " ";
        string clean = PythonCharacters.Strip(text.ToString()).Replace(" [title]", ". ", StringComparison.Ordinal);
        return Brackets().Replace(clean, "").Replace("  ", " ", StringComparison.Ordinal);
    }

    [GeneratedRegex(@"\[.*?\]")]
    private static partial Regex Brackets();
}
