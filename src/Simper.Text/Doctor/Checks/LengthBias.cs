using System.Globalization;

namespace Simper.Text.Doctor.Checks;

/// <summary>Whether length alone tells which answers are preferred.</summary>
internal sealed class LengthBias : IFileCheck
{
    public static readonly Check Longer = new(
        "length-bias",
        Grade.Note,
        "length alone tells much about which answer is preferred",
        "The model learns to write longer (or shorter) answers before it learns anything else.",
        "Balance the lengths, take an objective that normalises by length (SimPER does), and watch completions/chosen_length."
    );

    /// <summary>All of them, in the order of reports.</summary>
    public static IReadOnlyList<Check> All { get; } = [Longer];

    private const int Fewest = 30; // pairs of different lengths
    private const double Noted = 0.65;
    private const double Warned = 0.8;
    private const int LongestCounted = 1 << 16; // tokens

    private readonly long[] _good = new long[LongestCounted + 1];
    private readonly long[] _bad = new long[LongestCounted + 1];
    private long _pairs;
    private long _longer;
    private long _shorter;
    private double _chosenTokens;
    private double _rejectedTokens;

    public void Add(ExaminedRow row, int index)
    {
        int[] lengths = row.Facts.Lengths;
        if (row.Tokens?.Group is null)
            return;
        if (row.Kind == AnswerKind.Judged)
            (row.Group!.Weights![0] > 0 ? _good : _bad)[Math.Min(lengths[0], LongestCounted)]++;
        if (row.Kind is not (AnswerKind.Pair or AnswerKind.Ranked) || lengths.Length < 2)
            return;
        _pairs++;
        _longer += lengths[0] > lengths[^1] ? 1 : 0;
        _shorter += lengths[0] < lengths[^1] ? 1 : 0;
        _chosenTokens += lengths[0];
        _rejectedTokens += lengths[^1];
    }

    public void End(FoundRows found)
    {
        long different = _longer + _shorter;
        long more = Math.Max(_longer, _shorter);
        if (different >= Fewest && SharePercent.Interval(more, different).Low is var low && low > Noted)
            found.Say(
                Longer,
                $"the {(_longer > _shorter ? "longer" : "shorter")} answer is the chosen one in "
                    + $"{SharePercent.Text(more, different)} of the pairs of different lengths",
                low > Warned ? Grade.Warning : Grade.Note
            );
        else if (Auc() is { } auc && Math.Max(auc, 1 - auc) > Noted)
            found.Say(
                Longer,
                $"length alone tells good from bad answers: a good one is "
                    + $"{(auc > 0.5 ? "longer" : "shorter")} than a bad one with a "
                    + string.Create(CultureInfo.InvariantCulture, $"chance of {100 * Math.Max(auc, 1 - auc):F1} %"),
                Math.Max(auc, 1 - auc) > Warned ? Grade.Warning : Grade.Note
            );
    }

    public IEnumerable<DoctorFigure> Figures()
    {
        if (_pairs > 0)
        {
            yield return new DoctorFigure(
                "chosen_longer",
                "pairs whose chosen answer is the longer one",
                (double)_longer / _pairs,
                SharePercent.Text(_longer, _pairs)
            );
            yield return new DoctorFigure(
                "length_accuracy",
                "pairs that length alone would decide rightly, ties as half",
                (Math.Max(_longer, _shorter) + (_pairs - _longer - _shorter) / 2.0) / _pairs,
                SharePercent.Text(Math.Max(_longer, _shorter) + (_pairs - _longer - _shorter) / 2, _pairs)
            );
            yield return Mean("chosen_tokens", "mean tokens of chosen answers", _chosenTokens / _pairs);
            yield return Mean("rejected_tokens", "mean tokens of rejected answers", _rejectedTokens / _pairs);
        }
        if (Auc() is { } auc)
            yield return new DoctorFigure(
                "length_auc",
                "chance that a good answer is longer than a bad one",
                auc,
                string.Create(CultureInfo.InvariantCulture, $"{100 * auc:F1} %")
            );
    }

    private static DoctorFigure Mean(string id, string what, double value) =>
        new(id, what, value, string.Create(CultureInfo.InvariantCulture, $"{value:F1}"));

    // The area under the curve of length as a test of the label: Mann and Whitney's statistic, exact, ties as half.
    private double? Auc()
    {
        (long good, long bad) = (_good.Sum(), _bad.Sum());
        if (good < Fewest || bad < Fewest)
            return null;
        double above = 0;
        long shorter = 0;
        for (int length = 0; length < _good.Length; length++)
        {
            above += _good[length] * (shorter + _bad[length] / 2.0);
            shorter += _bad[length];
        }
        return above / ((double)good * bad);
    }
}
