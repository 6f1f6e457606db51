using System.Globalization;
using Simper.Ledgers;
using Simper.Text.Preferences;

namespace Simper.Cli.Demo;

/// <summary>What a demo's ledger calls likely mislabelled, against the labels that are wrong.</summary>
/// <param name="Pairs">Training pairs.</param>
/// <param name="Wrong">Those that are labelled wrongly.</param>
/// <param name="Suspected">Those that the ledger suspects.</param>
/// <param name="Found">Those that are both.</param>
internal sealed record DemoSuspects(int Pairs, int Wrong, int Suspected, int Found)
{
    /// <summary>The share of suspects that are wrong; NaN if there is none.</summary>
    public double Precision => (double)Found / Suspected;

    /// <summary>The share of wrong ones that are suspected; NaN if there is none.</summary>
    public double Recall => (double)Found / Wrong;

    /// <summary>The precision of a random pick, and the recall of as many random picks as there are suspects.</summary>
    public (double Precision, double Recall) Random => ((double)Wrong / Pairs, (double)Suspected / Pairs);

    /// <summary>In a sentence.</summary>
    public string Words =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"The ledger of the run suspects {Suspected} of {Pairs:N0} training pairs of wrong labels. {Found} of them have one, "
        )
        + $"of {Wrong} that were planted: precision {Shown.Percent(Precision)}, recall {Shown.Percent(Recall)}; as many random picks would have "
        + $"{Shown.Percent(Random.Precision)} and {Shown.Percent(Random.Recall)}.";

    /// <summary>Of a finished demo.</summary>
    /// <param name="run">Its folder.</param>
    /// <param name="dataset">Its training pairs.</param>
    public static DemoSuspects Of(string run, string dataset)
    {
        bool[] isWrong = [.. PreferenceDataset.Open(dataset).Select(DemoPairs.IsWrong)];
        PairCourse[] suspects = [.. PairCourses.Of(Ledger.Open(run)).Answers(LedgerQuestion.Mislabelled, LedgerSplit.Train)];
        return new DemoSuspects(
            isWrong.Length,
            isWrong.Count(w => w),
            suspects.Length,
            suspects.Count(s => isWrong[s.Pair.Row - 1])
        );
    }
}
