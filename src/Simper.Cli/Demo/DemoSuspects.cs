using Simper.Ledgers;
using Simper.Text.Preferences;

namespace Simper.Cli.Demo;

/// <summary>Training pairs that a demo's ledger calls likely mislabelled, against the labels that are wrong.</summary>
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

    /// <summary>By the whole ledger of a finished demo, and by what its training steps alone recorded.</summary>
    /// <param name="run">Its folder.</param>
    /// <param name="dataset">Its training pairs.</param>
    public static (DemoSuspects All, DemoSuspects OfSteps) Of(string run, string dataset)
    {
        bool[] isWrong = [.. PreferenceDataset.Open(dataset).Select(DemoPairs.IsWrong)];
        Ledger ledger = Ledger.Open(run);
        return (
            Of(PairCourses.Of(ledger), isWrong),
            Of(PairCourses.Of(ledger.Rows().Where(r => r.Phase == LedgerPhase.Training), ledger.LastStep), isWrong)
        );
    }

    /// <summary>Both in sentences.</summary>
    public static IEnumerable<string> Lines(DemoSuspects all, DemoSuspects ofSteps)
    {
        yield return $"The run's ledger suspects {Shown.Count(all.Suspected)} of the {Shown.Count(all.Pairs)} training pairs "
            + $"of wrong labels: {Shown.Count(all.Found)} of the {Shown.Count(all.Wrong)} that have one, {all.Shares}. As many "
            + $"random picks would have {Shown.Percent(all.Random.Precision)} and {Shown.Percent(all.Random.Recall)}.";
        yield return "From the training steps alone, without scoring the pairs before and after: "
            + $"{Shown.Count(ofSteps.Suspected)} suspected, {ofSteps.Shares}.";
    }

    private string Shares => $"precision {Shown.Percent(Precision)}, recall {Shown.Percent(Recall)}";

    private static DemoSuspects Of(PairCourses courses, bool[] isWrong)
    {
        IReadOnlyList<PairCourse> suspects = courses.Answers(LedgerQuestion.Mislabelled, LedgerSplit.Train);
        return new DemoSuspects(
            isWrong.Length,
            isWrong.Count(w => w),
            suspects.Count,
            suspects.Count(s => isWrong[s.Pair.Row - 1])
        );
    }
}
