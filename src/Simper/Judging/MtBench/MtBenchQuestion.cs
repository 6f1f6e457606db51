using System.Text.Json;
using System.Text.Json.Nodes;

namespace Simper.Judging.MtBench;

/// <summary>A question of MT-Bench: two turns, the second one about the first answer.</summary>
/// <param name="Id"><c>question_id</c>.</param>
/// <param name="Category">One of eight.</param>
/// <param name="Turns">What the user says.</param>
public sealed record MtBenchQuestion(int Id, string Category, IReadOnlyList<string> Turns)
{
    /// <summary>The categories, in the benchmark's order.</summary>
    public static IReadOnlyList<string> Categories { get; } =
    ["writing", "roleplay", "reasoning", "math", "coding", "extraction", "stem", "humanities"];

    /// <summary>Whether the judge is shown a reference answer.</summary>
    public bool NeedsReference => Category is "math" or "reasoning" or "coding";

    /// <summary>The temperature of answers to it.</summary>
    public double Temperature =>
        Category switch
        {
            "writing" or "roleplay" => 0.7,
            "stem" or "humanities" => 0.1,
            "extraction" or "math" or "coding" or "reasoning" => 0,
            _ => 0.7, // what FastChat takes for other categories
        };

    /// <summary>Reads <c>question.jsonl</c>.</summary>
    /// <exception cref="SimperException">A line is no question.</exception>
    public static IReadOnlyList<MtBenchQuestion> Read(string path)
    {
        MtBenchQuestion[] questions =
        [
            .. JudgeFiles
                .Rows(path)
                .Select(r => new MtBenchQuestion(
                    MtBenchAnswer.IdOf(r.Row, r.Place),
                    JudgeFiles.Text(r.Row, "category", r.Place),
                    MtBenchAnswer.Texts(r.Row["turns"], $"{r.Place}: \"turns\"")
                )),
        ];
        return questions.Length > 0 ? questions : throw new SimperException($"{path} has no questions.");
    }
}
