namespace Simper.Judging.AlpacaEval;

/// <summary>A judged row, as far as the control for length needs it.</summary>
/// <param name="Preference">Between 1 (the baseline's answer) and 2; null if the judge gave none.</param>
/// <param name="BaselineLength">In code points.</param>
/// <param name="ModelLength">In code points.</param>
public readonly record struct JudgedRow(double? Preference, int BaselineLength, int ModelLength);

/// <summary>
/// The length-controlled win rate (Dubois et al. 2024): a logistic regression of preferences on the difference of lengths, the
/// difficulty of the instruction and a constant, read off where the lengths are equal.
/// </summary>
/// <param name="Variant">Which of the three.</param>
/// <param name="Rate">In percent; as the original's solver leaves it, which stops early.</param>
/// <param name="ExactRate">In percent, at the exact minimum for the same C.</param>
/// <param name="StandardError">Of the rate, in percent.</param>
/// <param name="Coefficients">In the order of <see cref="LengthControlVariant.Columns"/>; empty for the baseline itself.</param>
/// <param name="C">The strength of the fit, chosen by folds; NaN for the baseline itself.</param>
/// <param name="FoldScores">The mean score of each C that was tried: larger is better.</param>
/// <param name="Preferences">Of each row, in [0, 1], at equal lengths.</param>
public sealed record LengthControl(
    LengthControlVariant Variant,
    double Rate,
    double ExactRate,
    double StandardError,
    IReadOnlyList<double> Coefficients,
    double C,
    IReadOnlyList<double> FoldScores,
    IReadOnlyList<double> Preferences
)
{
    private const int Folds = 5;
    private const double GamedWeight = 0.1; // 0.2 shared by two answers to each instruction
    private const double Clip = 1e-15;

    /// <summary>The values of C among which folds choose: ten from 1e-4 to 1e4.</summary>
    public static IReadOnlyList<double> Strengths { get; } =
    [.. Enumerable.Range(0, 10).Select(i => Math.Pow(10, -4 + i * (8.0 / 9)))];

    /// <summary>Of the baseline against itself: one half, whatever the judge said.</summary>
    public static LengthControl OfBaseline(LengthControlVariant variant, int rows) =>
        new(variant, 50, 50, 0, [], double.NaN, [], [.. Enumerable.Repeat(0.5, rows)]);

    /// <summary>Fits and predicts.</summary>
    /// <param name="rows">All of a model, in the order of the instructions.</param>
    /// <param name="instructions">Difficulties and the baseline's answers of other lengths; null for the minimal variant.</param>
    /// <param name="variant">Which.</param>
    /// <exception cref="SimperException">The rows are too few, or all answers are as long as the baseline's.</exception>
    public static LengthControl Of(IReadOnlyList<JudgedRow> rows, GamedBaselines? instructions, LengthControlVariant variant)
    {
        IReadOnlyList<SparseLogistic.Row> fitted = Fitted(rows, instructions, variant);
        if (fitted.Count < Folds)
            throw new SimperException(
                $"{fitted.Count} judged rows are too few for a length-controlled win rate, which needs at least {Folds}."
            );
        IReadOnlyList<int> folds = GroupFolds.Of(fitted.Count, Folds);
        double[] scores = new double[Strengths.Count];
        for (int c = 0; c < scores.Length; c++)
            scores[c] = Enumerable.Range(0, Folds).Average(f => FoldScore(fitted, folds, f, c));
        double best = Strengths[Array.IndexOf(scores, scores.Max())];
        double[] w = EarlyStoppedLogistic.Fit(fitted, best, 0);
        double[] predicted = Predicted(rows.Count, instructions, variant, w);
        double exact = Predicted(rows.Count, instructions, variant, SparseLogistic.Fit(fitted, best)).Average();
        return new LengthControl(
            variant,
            100 * predicted.Average(),
            100 * exact,
            100 * WinRate.StandardErrorOf(predicted),
            w,
            best,
            scores,
            predicted
        );
    }

    /// <summary>Whether the control moves the win rate so far that the fit may have failed.</summary>
    public bool IsExtreme(double winRate) =>
        Rate < Math.Min(winRate - winRate / 4, winRate - 10) || Rate > Math.Max(winRate + (100 - winRate) / 4, winRate + 10);

    /// <summary>The rows of the regression: the baseline's of other lengths first, then those with a preference.</summary>
    internal static IReadOnlyList<SparseLogistic.Row> Fitted(
        IReadOnlyList<JudgedRow> rows,
        GamedBaselines? instructions,
        LengthControlVariant variant
    )
    {
        double[] differences = [.. rows.Select(r => (double)r.BaselineLength - r.ModelLength)];
        double mean = differences.Length == 0 ? 0 : differences.Average();
        double deviation = Math.Sqrt(differences.Sum(d => (d - mean) * (d - mean)) / (differences.Length - 1));
        if (rows.Count < 2 || (deviation == 0 && differences.Contains(0)))
            throw new SimperException(
                rows.Count < 2
                    ? "A length-controlled win rate needs at least two rows; one has no spread of lengths."
                    : "All answers are as long as the baseline's, so that a length-controlled win rate is not defined."
            );
        var fitted = new List<SparseLogistic.Row>();
        if (variant.IsRegularised)
            fitted.AddRange(
                instructions!.Rows.Select(g => new SparseLogistic.Row(
                    variant.Features(g.Length, g.Difficulty, 0),
                    g.Preference,
                    GamedWeight
                ))
            );
        for (int i = 0; i < rows.Count; i++)
        {
            if (rows[i].Preference is not { } preference)
                continue;
            double length = Math.Tanh(differences[i] / deviation); // ±1 for one difference everywhere
            double label = (preference == 0 ? 1.5 : preference) - 1;
            fitted.Add(new SparseLogistic.Row(variant.Features(length, Difficulty(instructions, variant, i), 1), label, 1));
        }
        return fitted;
    }

    /// <summary>The prediction for each row at equal lengths.</summary>
    internal static double[] Predicted(int rows, GamedBaselines? instructions, LengthControlVariant variant, double[] w) =>
        [
            .. Enumerable
                .Range(0, rows)
                .Select(i =>
                    SparseLogistic.Probability(
                        SparseLogistic.Score(w, variant.Features(0, Difficulty(instructions, variant, i), 1))
                    )
                ),
        ];

    // By position: a file that lacks rows has the difficulties of the first ones, as the published figures do.
    private static double Difficulty(GamedBaselines? instructions, LengthControlVariant variant, int row)
    {
        if (!variant.HasDifficulty)
            return 0;
        return row < instructions!.Difficulties.Count
            ? instructions.Difficulties[row]
            : throw new SimperException(
                $"There are more judged rows than instructions with a difficulty ({instructions.Difficulties.Count})."
            );
    }

    private static double FoldScore(IReadOnlyList<SparseLogistic.Row> rows, IReadOnlyList<int> folds, int fold, int strength)
    {
        double[] w = EarlyStoppedLogistic.Fit([.. rows.Where((_, i) => folds[i] != fold)], Strengths[strength], strength);
        double sum = 0;
        int count = 0;
        foreach (SparseLogistic.Row row in rows.Where((_, i) => folds[i] == fold))
        {
            double p = Math.Clamp(SparseLogistic.Probability(SparseLogistic.Score(w, row.X)), Clip, 1 - Clip);
            sum += row.Weight * (row.Y * Math.Log(p) + (1 - row.Y) * Math.Log(1 - p));
            count++;
        }
        return sum / count;
    }
}
