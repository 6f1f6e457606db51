using System.Globalization;
using Simper.Training;

namespace Simper.Runs.Receipts;

/// <summary>The steps of a run made again in memory, and compared with its receipt.</summary>
internal sealed class RunReplay(RunReceipt receipt, RunSetup setup)
{
    /// <summary>Whether numbers may differ within <see cref="ReplayTolerance"/>.</summary>
    public bool MayRound { get; init; }

    /// <summary>Makes the first steps again, and compares each that was traced.</summary>
    public IEnumerable<ReceiptFinding> First(int steps, CancellationToken cancel)
    {
        foreach (StepReport report in Steps(steps, cancel))
        {
            if (Traced(report) is { } finding)
                yield return finding;
        }
        cancel.ThrowIfCancellationRequested();
    }

    /// <summary>Makes all steps again, and compares what was traced and logged of them, and the last weights.</summary>
    /// <param name="run">The run's folder.</param>
    /// <param name="cancel">Stops it.</param>
    public IEnumerable<ReceiptFinding> All(string run, CancellationToken cancel)
    {
        ReceiptResult result = receipt.Result!;
        LoggedSteps logged = LoggedSteps.Read(run);
        string? other = null;
        foreach (StepReport report in Steps(result.Steps, cancel))
        {
            if (Traced(report) is { } finding)
                yield return finding;
            other ??= logged.Compare(report);
        }
        cancel.ThrowIfCancellationRequested();
        if (!MayRound)
            yield return other is null
                ? new ReceiptFinding(LoggedSteps.FileName, ReceiptVerdict.Same)
                : new ReceiptFinding(LoggedSteps.FileName, ReceiptVerdict.Differs, other);
        string last = ReceiptModel.Hex(setup.Policy.StateHash());
        string what = string.Create(CultureInfo.InvariantCulture, $"weights after step {result.Steps}");
        yield return last == result.Weights
            ? new ReceiptFinding(what, ReceiptVerdict.Same)
            : new ReceiptFinding(
                what,
                ReceiptVerdict.Differs,
                $"{result.Weights} then, {last} now"
                    + (MayRound ? "; they are the same only where program, processor and threads are" : "")
            );
    }

    private IEnumerable<StepReport> Steps(int count, CancellationToken cancel)
    {
        setup.HoldToPasses(receipt.Passes.TokensPerScoringPass);
        setup.MakeReference(cancel);
        Trainer trainer = setup.MakeTrainer(receipt.Passes.In(setup.PlanMemory()));
        return trainer.Steps(cancel).Take(count);
    }

    private ReceiptFinding? Traced(StepReport report) =>
        receipt.Trace.FirstOrDefault(s => s.Step == report.Number) is { } then
            ? Compared(then, TracedStep.Of(report, setup))
            : null;

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
        bool isNear =
            MayRound
            && ReplayTolerance.AreNear(then.LearningRate, now.LearningRate, ReplayTolerance.OfRate)
            && ReplayTolerance.AreNear(then.Loss, now.Loss, tolerance, ReplayTolerance.LeastLoss)
            && ReplayTolerance.AreNear(then.GradientNorm, now.GradientNorm, tolerance);
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
