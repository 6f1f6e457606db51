using System.Text.Json.Nodes;
using Simper.Benchmarks.Mathematics;
using Simper.Testing;

namespace Simper.Tests.Benchmarks.Mathematics;

/// <summary>Pairs of an answer and the right one, with what the harness's tasks make of them.</summary>
public class RecordedAnswersTests
{
    public static TheoryData<string> Files =>
        SharedFiles.Rows(() =>
            Directory.GetFiles(SharedFiles.Path("golden", "math"), "*.jsonl").Select(f => Path.GetFileName(f)!)
        );

    [Theory]
    [MemberData(nameof(Files))]
    public void Normal_forms_are_the_recorded_ones(string file)
    {
        foreach (JsonNode pair in Pairs(file))
        {
            string text = (string)pair["text"]!;
            string gold = (string)pair["gold"]!;
            JsonNode minerva = pair["minerva"]!;
            JsonNode hendrycks = pair["hendrycks"]!;
            JsonNode leaderboard = pair["leaderboard"]!;
            string id = $"{file}, {pair["id"]}: ";
            Assert.Equal(id + Text(pair["last_boxed"]), id + BoxedText.Last(text));
            Assert.Equal(id + Text(pair["remove_boxed"]), id + BoxedText.LastContent(text));
            Assert.Equal(id + minerva["unnormalized"], id + FinalAnswer.In(text));
            Assert.Equal(id + minerva["normalized"], id + FinalAnswer.Normalised(FinalAnswer.In(text)));
            Assert.Equal(id + minerva["gold_normalized"], id + FinalAnswer.Normalised(gold));
            Assert.Equal(id + leaderboard["last_boxed"], id + (BoxedText.Last(text) ?? FinalAnswer.Invalid));
            Assert.Equal(id + leaderboard["normalized"], id + FinalAnswer.NormalisedAsLeaderboard(FinalAnswer.In(text)));
            Assert.Equal(id + leaderboard["gold_normalized"], id + FinalAnswer.NormalisedAsLeaderboard(gold));
            Assert.Equal(id + hendrycks["extracted"], id + HendrycksAnswer.In(text));
            Assert.Equal(id + Text(hendrycks["stripped"]), id + HendrycksAnswer.Normalised(HendrycksAnswer.In(text)));
            Assert.Equal(id + Text(hendrycks["gold_stripped"]), id + HendrycksAnswer.Normalised(gold));
        }
    }

    // Verdicts that ask sympy or math_verify cannot be had in full by other means: as many as agree at least.
    [Theory]
    [MemberData(nameof(Files))]
    public void Verdicts_are_the_recorded_ones(string file)
    {
        var unlike = new List<string>();
        foreach (JsonNode pair in Pairs(file))
        {
            string text = (string)pair["text"]!;
            string solution = (string)pair["solution"]!;
            void Compare(string task, string metric, bool found)
            {
                if ((int)pair[task]!["results"]![metric]! != (found ? 1 : 0))
                    unlike.Add($"{pair["id"]} {task} {metric}: {text} | {pair["gold"]}");
            }
            Compare("hendrycks", "exact_match", MathVerdicts.Hendrycks(text, solution));
            Compare("minerva", "exact_match", MathVerdicts.Minerva(text, solution));
            Compare("minerva", "math_verify", MathVerdicts.Verified(text, solution));
            Compare("leaderboard", "exact_match", MathVerdicts.VerifiedAsLeaderboard(text, solution));
            Compare("leaderboard", "exact_match_original", MathVerdicts.Leaderboard(text, solution));
        }
        Assert.True(unlike.Count == 0, $"{unlike.Count}\n" + string.Join('\n', unlike.Select(u => u.ReplaceLineEndings("~"))));
    }

    private static IEnumerable<JsonNode> Pairs(string file) =>
        File.ReadLines(SharedFiles.Path("golden", "math", file)).Select(l => JsonNode.Parse(l)!);

    // Where the original fails, an object with its error is recorded.
    private static string? Text(JsonNode? node) => node is JsonValue ? (string?)node : null;
}
