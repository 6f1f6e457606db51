using System.Text.Json.Nodes;
using Simper.Evaluation;
using Simper.Reports;

namespace Simper.Experiments;

/// <summary>
/// An objective at the learning rate chosen on the validation pairs, and its results on the test pairs. Immutable.
/// </summary>
public sealed record ComparedObjective
{
    /// <summary>The objective and the rates that were tried.</summary>
    public required ObjectiveArms Objective { get; init; }

    /// <summary>The rates on the validation pairs, ascending.</summary>
    public required IReadOnlyList<ValidatedRate> Rates { get; init; }

    /// <summary>Completed arms at the chosen rate, one per seed; none where every rate diverged.</summary>
    public required IReadOnlyList<Trajectory> Arms { get; init; }

    /// <summary>Seeds that diverged at the chosen rate.</summary>
    public int Diverged { get; init; }

    /// <summary>Indices of the test pairs among the held-out ones.</summary>
    public required IReadOnlyList<int> Test { get; init; }

    /// <summary>Its label in tables.</summary>
    public string Name => Objective.Spec.Text;

    /// <summary>The chosen rate; null where every rate diverged.</summary>
    public Arm? Chosen => Arms.Count > 0 ? Arms[0].Arm : null;

    /// <summary>
    /// Whether the chosen rate is the smallest or largest of several, so that a better one may be outside the range.
    /// </summary>
    public bool IsAtEdge =>
        Chosen is { } chosen
        && Objective.Rates.Count > 1
        && (chosen.LearningRate == Objective.Rates[0] || chosen.LearningRate == Objective.Rates[^1]);

    /// <summary>The trajectory of the first seed on the test pairs.</summary>
    public IReadOnlyList<Measurement> Course => Arms[0].Of(PairSet.HeldOut, Test);

    /// <summary>Lengths of the first seed's greedy answers, in tokens.</summary>
    public Estimate? AnswerLength =>
        Arms.Count > 0 && Arms[0].Answers.Count > 0
            ? Estimate.OfMean([.. Arms[0].Answers.Select(a => (double)(a.Tokens ?? 0))])
            : null;

    /// <summary>A figure of every test pair, averaged over seeds.</summary>
    internal double[] PerPair(ComparedFigure figure)
    {
        double[][] seeds = [.. Arms.Select(a => Figures(a, figure))];
        return [.. Enumerable.Range(0, Test.Count).Select(i => seeds.Average(s => s[i]))];
    }

    /// <summary>A figure of every seed, averaged over test pairs.</summary>
    internal double[] PerSeed(ComparedFigure figure) => [.. Arms.Select(a => Figures(a, figure).Average())];

    /// <summary>
    /// A figure with its interval over test pairs: Wilson's for a proportion of one seed, else <see cref="Interval.OfMean"/>.
    /// </summary>
    public Estimate Of(ComparedFigure figure) =>
        figure.IsShare && Arms.Count == 1
            ? Estimate.OfShare([.. PerPair(figure).Select(v => v == 1)])
            : Estimate.OfMean(PerPair(figure));

    /// <summary>Perplexity of chosen answers: exp(-mean over pairs of the mean log-prob).</summary>
    public Estimate Perplexity() =>
        Of(ComparedFigure.Chosen) is var chosen
            ? new Estimate(Math.Exp(-chosen.Value), new Interval(Math.Exp(-chosen.Interval.High), Math.Exp(-chosen.Interval.Low)))
            : default;

    /// <summary>The figures against those of another objective, paired.</summary>
    public IReadOnlyList<Finding> Against(ComparedObjective baseline) =>
        [
            .. ComparedFigure.All.Select(f => new Finding(
                f.Name,
                baseline.Of(f),
                Of(f),
                PairedDifference.Of(baseline.PerPair(f), PerPair(f))
            )
            {
                HigherIsBetter = f.HigherIsBetter,
                IsShare = f.IsShare,
            }),
        ];

    /// <summary>The difference from another objective, paired by seed; null where fewer than two seeds have both.</summary>
    public SeedInterval? OverSeeds(ComparedObjective baseline, ComparedFigure figure)
    {
        Dictionary<long, double> theirs = baseline.Arms.ToDictionary(a => a.Arm.Seed, a => baseline.Figures(a, figure).Average());
        double[] differences =
        [
            .. Arms.Where(a => theirs.ContainsKey(a.Arm.Seed)).Select(a => Figures(a, figure).Average() - theirs[a.Arm.Seed]),
        ];
        return differences.Length < 2 ? null : SeedInterval.Of(differences);
    }

    /// <summary>As in files.</summary>
    internal JsonObject ToJson(ComparedObjective? baseline)
    {
        var json = new JsonObject
        {
            ["objective"] = Name,
            ["learning_rate"] = Chosen?.LearningRate,
            ["validation"] = new JsonArray([
                .. Rates.Select(r => new JsonObject
                {
                    ["learning_rate"] = r.Arm.LearningRate,
                    ["diverged"] = r.Validation is null,
                    ["loss"] = ExperimentJson.Number(r.Validation?.Loss ?? double.NaN),
                    ["accuracy by mean log-prob"] = ExperimentJson.Number(r.Validation?.MeanAccuracy ?? double.NaN),
                    ["accuracy by own reward"] = ExperimentJson.Number(r.Validation?.RewardAccuracy ?? double.NaN),
                }),
            ]),
            ["seeds"] = new JsonArray([.. Arms.Select(a => JsonValue.Create(a.Arm.Seed))]),
            ["seeds_diverged"] = Diverged,
        };
        if (Arms.Count == 0)
            return json;
        var test = new JsonObject();
        foreach (ComparedFigure figure in ComparedFigure.All)
            test[figure.Name] = Test(Of(figure), Arms.Count > 1 ? SeedInterval.Of(PerSeed(figure)) : null);
        test["perplexity of chosen"] = Test(Perplexity(), null);
        if (AnswerLength is { } length)
            test["length of greedy answers"] = Test(length, null);
        json["test"] = test;
        if (baseline is { Arms.Count: > 0 })
        {
            var against = new JsonObject();
            foreach ((Finding finding, ComparedFigure figure) in Against(baseline).Zip(ComparedFigure.All))
            {
                JsonObject difference = ExperimentJson.Of(finding.Difference);
                difference["over_seeds"] = OverSeeds(baseline, figure) is { } seeds ? ExperimentJson.Of(seeds) : null;
                against[finding.Name] = difference;
            }
            json["against_" + baseline.Name] = against;
        }
        return json;

        static JsonObject Test(Estimate estimate, SeedInterval? seeds) =>
            new()
            {
                ["value"] = ExperimentJson.Number(estimate.Value),
                ["interval"] = ExperimentJson.Of(estimate.Interval),
                ["over_seeds"] = seeds is null ? null : ExperimentJson.Of(seeds),
            };
    }

    private double[] Figures(Trajectory arm, ComparedFigure figure)
    {
        IReadOnlyList<Measurement> course = arm.Of(PairSet.HeldOut, Test);
        return [.. course[0].Pairs.Zip(course[^1].Pairs, figure.Of)];
    }
}
