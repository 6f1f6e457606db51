using System.Globalization;
using Simper.Training;

namespace Simper.Runs.Receipts;

/// <summary>The steps of a run made again in memory, and compared with its receipt.</summary>
internal sealed class RunReplay(RunReceipt receipt, RunSetup setup)
{
    /// <summary>Whether numbers may differ within <see cref="ReplayTolerance"/>.</summary>
    public bool MayRound { get; init; }

    /// <summary>Makes steps again from the start.</summary>
    /// <param name="steps">How many.</param>
    /// <param name="toEnd">Whether these are all of the run's, so that the last weights are compared.</param>
    /// <param name="cancel">Stops it.</param>
    public IEnumerable<ReceiptFinding> Findings(int steps, bool toEnd, CancellationToken cancel)
    {
        setup.HoldToPasses(receipt.Passes.TokensPerScoringPass);
        setup.MakeReference(cancel);
        Trainer trainer = setup.MakeTrainer(receipt.Passes.In(setup.PlanMemory()));
        Dictionary<int, TracedStep> traced = receipt.Trace.ToDictionary(s => s.Step);
        int made = 0;
        foreach (StepReport report in trainer.Steps(cancel))
        {
            made++;
            if (traced.TryGetValue(report.Number, out TracedStep? then))
                yield return Compared(then, TracedStep.Of(report, setup));
            if (made == steps)
                break;
        }
        cancel.ThrowIfCancellationRequested();
        if (!toEnd)
            yield break;
        string last = ReceiptModel.Hex(setup.Policy.StateHash());
        string what = string.Create(CultureInfo.InvariantCulture, $"weights after step {made}");
        yield return last == receipt.Result!.Weights
            ? new ReceiptFinding(what, ReceiptVerdict.Same)
            : new ReceiptFinding(
                what,
                ReceiptVerdict.Differs,
                $"{receipt.Result.Weights} then, {last} now"
                    + (MayRound ? "; they are the same only where program, processor and threads are" : "")
            );
    }

    private ReceiptFinding Compared(TracedStep then, TracedStep now)
    {
        string what = string.Create(CultureInfo.InvariantCulture, $"step {then.Step}");
        if (!then.Rows.SequenceEqual(now.Rows))
            return new ReceiptFinding(what, ReceiptVerdict.Differs, $"rows {Some(then.Rows)} then, {Some(now.Rows)} now");
        (string Name, double Then, double Now)[] numbers =
        [
            ("learning rate", then.LearningRate, now.LearningRate),
            ("loss", then.Loss, now.Loss),
            ("gradient norm", then.GradientNorm, now.GradientNorm),
        ];
        string[] other = [.. numbers.Where(n => !SameBits(n.Then, n.Now)).Select(n => Shown(n.Name, n.Then, n.Now))];
        if (other.Length == 0 && then.Weights == now.Weights)
            return new ReceiptFinding(what, ReceiptVerdict.Same);
        if (other.Length == 0)
            other = [$"weights after it {then.Weights} then, {now.Weights} now"];
        double tolerance = ReplayTolerance.Of(setup.Policy.Precision);
        bool isNear = MayRound && numbers.All(n => ReplayTolerance.AreNear(n.Then, n.Now, tolerance));
        return new ReceiptFinding(
            what,
            isNear ? ReceiptVerdict.Near : ReceiptVerdict.Differs,
            string.Join(", ", other)
                + (
                    !MayRound ? ""
                    : isNear ? string.Create(CultureInfo.InvariantCulture, $"; within {tolerance} of one another, relatively")
                    : string.Create(CultureInfo.InvariantCulture, $"; more than {tolerance} apart, relatively")
                )
        );
    }

    private static bool SameBits(double a, double b) => BitConverter.DoubleToInt64Bits(a) == BitConverter.DoubleToInt64Bits(b);

    private static string Shown(string name, double then, double now) =>
        string.Create(CultureInfo.InvariantCulture, $"{name} {then:R} then, {now:R} now");

    private static string Some(IReadOnlyList<int> rows) => string.Join(", ", rows.Take(8)) + (rows.Count > 8 ? ", ..." : "");
}
