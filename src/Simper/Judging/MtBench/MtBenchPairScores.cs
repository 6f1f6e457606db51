using System.Text.Json.Nodes;

namespace Simper.Judging.MtBench;

/// <summary>How two models compare over all questions and turns: a win is one in both orders, all else is a tie.</summary>
/// <param name="First">A model.</param>
/// <param name="Second">The other.</param>
/// <param name="Judge">Who judged.</param>
/// <param name="Wins">Of the second.</param>
/// <param name="Losses">Of the second.</param>
/// <param name="Ties">Those on which the judge did not decide, or decided by the order.</param>
/// <param name="Errors">Those without a verdict in one of the orders; they are left out.</param>
public sealed record MtBenchPairScores(string First, string Second, string Judge, int Wins, int Losses, int Ties, int Errors)
{
    /// <summary>(wins + ties / 2) / all of the second; NaN where there are none.</summary>
    public double AdjustedWinRate => (Wins + Ties / 2.0) / (Wins + Losses + Ties);

    /// <summary>Reads FastChat's <c>JUDGE_pair.jsonl</c>.</summary>
    /// <exception cref="SimperException">A line is no judgment.</exception>
    public static IReadOnlyList<MtBenchPairScores> Read(string path) =>
        [
            .. JudgeFiles
                .Rows(path)
                .Select(r =>
                    (
                        First: JudgeFiles.Text(r.Row, "model_1", r.Place),
                        Second: JudgeFiles.Text(r.Row, "model_2", r.Place),
                        Judge: MtBenchJudgment.JudgeOf(r.Row),
                        Question: (MtBenchAnswer.IdOf(r.Row, r.Place), r.Row["turn"]?.ToString()),
                        Winner: Winner(r.Row, r.Place)
                    )
                )
                .GroupBy(r => (r.First, r.Second, r.Judge))
                .Select(g =>
                {
                    string[] winners = [.. g.GroupBy(r => r.Question).Select(q => q.Last().Winner)];
                    int Count(string winner) => winners.Count(w => w == winner);
                    return new MtBenchPairScores(
                        g.Key.First,
                        g.Key.Second,
                        g.Key.Judge,
                        Count("model_2"),
                        Count("model_1"),
                        Count("tie"),
                        Count("error")
                    );
                }),
        ];

    private static string Winner(JsonObject row, string place)
    {
        string first = JudgeFiles.Text(row, "g1_winner", place);
        string second = JudgeFiles.Text(row, "g2_winner", place);
        return first == "error" || second == "error" ? "error"
            : first == second ? first
            : "tie";
    }
}
