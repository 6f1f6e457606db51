using System.Text.Json.Nodes;
using Simper.Benchmarks.Mathematics;

namespace Simper.Benchmarks.Functions;

/// <summary>MATH at level 5, as the leaderboard has it.</summary>
internal static class LeaderboardMath
{
    /// <summary>The prompt.</summary>
    public static string Question(JsonObject row) => $"Problem:\n{row["problem"]}\n\nSolution:";

    /// <summary>The hardest problems, with the answer in the box of their solution.</summary>
    public static IReadOnlyList<JsonObject> Rows(IReadOnlyList<JsonObject> rows) =>
        [.. rows.Where(r => r["level"]?.ToString() == "Level 5").Select(Row)];

    /// <summary>Whether the answer is right, by its value and, as <c>exact_match_original</c>, by the older rules.</summary>
    public static RowFigures Figures(JsonObject row, TaskAnswers answers)
    {
        string solution = row["solution"]!.ToString();
        return new RowFigures
        {
            { "exact_match", MathVerdicts.VerifiedAsLeaderboard(answers.Text, solution) ? 1 : 0 },
            { "exact_match_original", MathVerdicts.Leaderboard(answers.Text, solution) ? 1 : 0 },
        };
    }

    private static JsonObject Row(JsonObject row)
    {
        JsonObject whole = row.DeepClone().AsObject();
        whole["answer"] = BoxedText.LastContent(row["solution"]!.ToString()) ?? FinalAnswer.Invalid;
        return whole;
    }
}
