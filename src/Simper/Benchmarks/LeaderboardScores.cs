using System.Text.Json.Nodes;

namespace Simper.Benchmarks;

/// <summary>
/// Scores of the Open LLM Leaderboard 2: of each subtask 100 * (raw - floor) / (1 - floor), not below 0, where guessing reaches
/// the floor; the plain mean of a benchmark's subtasks; and the mean of the six benchmarks, if all are there.
/// </summary>
/// <param name="Scores">The benchmarks that were run, by name.</param>
/// <param name="Average">The mean of all six; null if one is missing.</param>
public sealed record LeaderboardScores(IReadOnlyList<KeyValuePair<string, double>> Scores, double? Average)
{
    private const string Prefix = "leaderboard_";

    private static readonly (string Name, string Tasks, int Count)[] Benchmarks =
    [
        ("ifeval", "leaderboard_ifeval", 1),
        ("bbh", "leaderboard_bbh_", 24),
        ("math", "leaderboard_math_", 7),
        ("gpqa", "leaderboard_gpqa_", 3),
        ("musr", "leaderboard_musr_", 3),
        ("mmlu_pro", "leaderboard_mmlu_pro", 1),
    ];

    /// <summary>A normalised score.</summary>
    /// <param name="raw">From 0 to 1.</param>
    /// <param name="floor">What guessing reaches.</param>
    public static double Normalised(double raw, double floor) => 100 * Math.Max(0, (raw - floor) / (1 - floor));

    /// <summary>The scores of results; null if there is no complete benchmark of the leaderboard among them.</summary>
    public static LeaderboardScores? Of(IReadOnlyList<TaskResult> results)
    {
        var scores = new List<KeyValuePair<string, double>>();
        foreach ((string name, string tasks, int count) in Benchmarks)
        {
            TaskResult[] own = [.. results.Where(r => r.Task.Config.Name.StartsWith(tasks, StringComparison.Ordinal))];
            if (own.Length == count)
                scores.Add(KeyValuePair.Create(name, own.Average(Score)));
        }
        return scores.Count == 0
            ? null
            : new LeaderboardScores(scores, scores.Count == Benchmarks.Length ? scores.Average(s => s.Value) : null);
    }

    /// <summary>As JSON.</summary>
    public JsonObject ToJson()
    {
        var json = new JsonObject();
        foreach ((string name, double score) in Scores)
            json[name] = score;
        json["average"] = Average;
        return json;
    }

    private static double Score(TaskResult result)
    {
        string name = result.Task.Config.Name[Prefix.Length..];
        double Raw(string metric) => result.Figures.First(f => f.Metric == metric).Value;
        return name switch
        {
            "ifeval" => Normalised((Raw("prompt_level_strict_acc") + Raw("inst_level_strict_acc")) / 2, 0),
            "mmlu_pro" => Normalised(Raw("acc"), 0.1),
            "musr_murder_mysteries" => Normalised(Raw("acc_norm"), 1 / 2.0),
            "musr_object_placements" => Normalised(Raw("acc_norm"), 1 / 5.0),
            "musr_team_allocation" => Normalised(Raw("acc_norm"), 1 / 3.0),
            _ when name.StartsWith("math", StringComparison.Ordinal) => Normalised(Raw("exact_match"), 0),
            _ => Normalised(Raw("acc_norm"), 1.0 / result.Task.Choices(result.Task.Rows[0])!.Count),
        };
    }
}
