namespace Simper.Judging.AlpacaEval;

/// <summary>The score of a model from its annotations.</summary>
/// <param name="Model">Its name.</param>
/// <param name="Baseline">The baseline's name.</param>
/// <param name="Annotator">Who judged.</param>
/// <param name="WinRate">The raw rate.</param>
/// <param name="Controlled">The length-controlled one; null where it is not defined.</param>
/// <param name="AverageLength">Of the model's answers, in code points.</param>
/// <param name="Rows">Annotations.</param>
/// <param name="Missing">Those without a preference.</param>
/// <param name="Note">Why there is no length-controlled rate, or what is doubtful about it; null if nothing is.</param>
public sealed record AlpacaScore(
    string Model,
    string Baseline,
    string Annotator,
    WinRate WinRate,
    LengthControl? Controlled,
    double AverageLength,
    int Rows,
    int Missing,
    string? Note
)
{
    /// <summary>Whether the judge is the leaderboard's, so that the figure may be called AlpacaEval 2.</summary>
    public bool IsOfficial => Annotator == AlpacaAnnotation.OfficialAnnotator;

    /// <summary>What to call it: another judge's figure carries the judge's name.</summary>
    public string Title => IsOfficial ? "AlpacaEval 2" : $"AlpacaEval, judged by {Annotator}";

    /// <summary>Scores annotations of one model.</summary>
    /// <param name="annotations">In the order of the instructions.</param>
    /// <param name="instructions">Difficulties and the baseline's answers of other lengths; null for neither.</param>
    /// <exception cref="SimperException">They are of several models or judges.</exception>
    public static AlpacaScore Of(IReadOnlyList<AlpacaAnnotation> annotations, GamedBaselines? instructions)
    {
        string Only(string what, Func<AlpacaAnnotation, string> of) =>
            annotations.Select(of).Distinct(StringComparer.Ordinal).ToArray() is [var one]
                ? one
                : throw new SimperException(
                    $"The annotations are of several {what} ({string.Join(", ", annotations.Select(of).Distinct().Take(3))}); "
                        + "score each by itself."
                );
        string model = Only("models", a => a.ModelName);
        string baseline = Only("baselines", a => a.BaselineName);
        string annotator = Only("judges", a => a.Annotator);
        JudgedRow[] rows =
        [
            .. annotations.Select(a => new JudgedRow(
                a.Preference,
                PythonCharacters.Length(a.Baseline),
                PythonCharacters.Length(a.Model)
            )),
        ];
        WinRate winRate = WinRate.Of(rows.Select(r => r.Preference));
        LengthControlVariant variant =
            instructions is null ? LengthControlVariant.Minimal
            : instructions.Rows.Count == 0 ? LengthControlVariant.Unregularised
            : LengthControlVariant.Official;
        LengthControl? controlled = null;
        string? note = null;
        try
        {
            controlled =
                model == baseline
                    ? LengthControl.OfBaseline(variant, rows.Length)
                    : LengthControl.Of(rows, instructions, variant);
            if (controlled.IsExtreme(winRate.Rate))
                note = "The length-controlled rate is far from the raw one, which may be a failure of its fit.";
        }
        catch (SimperException e)
        {
            note = e.Message;
        }
        return new AlpacaScore(
            model,
            baseline,
            annotator,
            winRate,
            controlled,
            rows.Average(r => r.ModelLength),
            rows.Length,
            rows.Count(r => r.Preference is null),
            note
        );
    }
}
