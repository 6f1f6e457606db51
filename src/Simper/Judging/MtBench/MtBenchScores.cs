namespace Simper.Judging.MtBench;

/// <summary>A model's scores. Means are over the ratings that there are; NaN where there is none.</summary>
/// <param name="Model">Its name.</param>
/// <param name="Judge">Who judged.</param>
/// <param name="Average">Over all ratings, so not the mean of the two turns where one has fewer.</param>
/// <param name="Turns">By turn, from the first.</param>
/// <param name="Categories">By category, over both turns.</param>
/// <param name="Counts">Ratings by turn.</param>
/// <param name="Missing">Judgments without a rating; they are left out of all means.</param>
/// <param name="Repeated">Judgments of the same answer, of which the last counts.</param>
public sealed record MtBenchScores(
    string Model,
    string Judge,
    double Average,
    IReadOnlyList<double> Turns,
    IReadOnlyDictionary<string, double> Categories,
    IReadOnlyList<int> Counts,
    int Missing,
    int Repeated
)
{
    /// <summary>What to call them: another judge's figures carry the judge's name.</summary>
    public string Title => Judge == MtBenchJudgment.UsualJudge ? "MT-Bench" : $"MT-Bench questions, judged by {Judge}";

    /// <summary>The scores of all models in judgments, best first.</summary>
    /// <param name="judgments">Of one judge or several, whose figures are kept apart.</param>
    /// <param name="questions">For the categories.</param>
    public static IReadOnlyList<MtBenchScores> Of(
        IReadOnlyList<MtBenchJudgment> judgments,
        IReadOnlyList<MtBenchQuestion> questions
    )
    {
        Dictionary<int, string> categories = questions.ToDictionary(q => q.Id, q => q.Category);
        return
        [
            .. judgments
                .GroupBy(j => (j.Model, j.Judge))
                .Select(g => OfModel(g.Key.Model, g.Key.Judge, [.. g], categories))
                .OrderByDescending(s => double.IsNaN(s.Average) ? double.NegativeInfinity : s.Average)
                .ThenBy(s => s.Model, StringComparer.Ordinal),
        ];
    }

    private static MtBenchScores OfModel(
        string model,
        string judge,
        IReadOnlyList<MtBenchJudgment> all,
        Dictionary<int, string> categories
    )
    {
        MtBenchJudgment[] last = [.. all.GroupBy(j => (j.QuestionId, j.Turn)).Select(g => g.Last())];
        MtBenchJudgment[] rated = [.. last.Where(j => j.Score != MtBenchVerdict.NoRating)];
        int turns = last.Max(j => j.Turn);
        return new MtBenchScores(
            model,
            judge,
            Mean(rated),
            [.. Enumerable.Range(1, turns).Select(t => Mean(rated.Where(j => j.Turn == t)))],
            rated
                .GroupBy(j => categories.GetValueOrDefault(j.QuestionId, "other"))
                .ToDictionary(g => g.Key, g => Mean(g), StringComparer.Ordinal),
            [.. Enumerable.Range(1, turns).Select(t => rated.Count(j => j.Turn == t))],
            last.Length - rated.Length,
            all.Count - last.Length
        );
    }

    private static double Mean(IEnumerable<MtBenchJudgment> judgments)
    {
        double[] scores = [.. judgments.Select(j => j.Score)];
        return scores.Length == 0 ? double.NaN : scores.Average();
    }
}
