using System.Globalization;
using Simper.Evaluation;
using Simper.Objectives;
using Simper.Runs;
using Spectre.Console;

namespace Simper.Cli;

/// <summary>
/// Displays a run: a progress line on a terminal, plain lines if the output is redirected; results before and after at the end.
/// </summary>
internal sealed class RunDisplay(IAnsiConsole console)
{
    private readonly bool _hasStatus = StatusLine.IsPossible(console);

    /// <summary>The exit code: 0 for a run that was completed and written entirely.</summary>
    public static int ExitCode(RunSummary? summary) =>
        summary switch
        {
            null or { IsInterrupted: true } => CommandLine.Interrupted,
            { Unwritten.Count: > 0 } => CommandLine.Failed,
            _ => 0,
        };

    /// <summary>Iterates the run to its end.</summary>
    /// <returns>Its summary; null if it was stopped before its first step or behind its last.</returns>
    public RunSummary? Show(IEnumerable<RunEvent> events, string outputDir)
    {
        try
        {
            return Iterate(events, outputDir);
        }
        catch (OperationCanceledException)
        {
            console.WriteLine("stopped before a step was made; nothing is lost, and the same command starts again");
            return null;
        }
    }

    private RunSummary? Iterate(IEnumerable<RunEvent> events, string outputDir)
    {
        RunSummary? summary = null;
        using (var status = new StatusLine(console, "reading"))
        {
            var pace = new Pace();
            foreach (RunEvent happened in events)
            {
                if (happened is not RunEvent.Step step)
                    status.Above(() => summary = Tell(happened) ?? summary);
                else if (_hasStatus)
                    status.Show(step.Report.Number / (double)step.Report.TotalSteps, [.. pace.Fields(step)]);
                else
                    console.WriteLine(string.Join("  ", pace.Fields(step)));
            }
        }
        if (summary is not null)
            Close(summary, outputDir);
        return summary;
    }

    private RunSummary? Tell(RunEvent happened)
    {
        switch (happened)
        {
            case RunEvent.Message message:
                console.WriteLine(Secrets.Masked(message.Text));
                return null;
            case RunEvent.Evaluation evaluation:
                console.WriteLine($"held out, {evaluation.When}: {Line(evaluation.Metrics)}");
                return null;
            case RunEvent.Finished finished:
                return finished.Summary;
            default:
                return null;
        }
    }

    private void Close(RunSummary summary, string outputDir)
    {
        if (summary is { Before: { } before, After: { } after })
        {
            console.WriteTable(BeforeAndAfter(before, after, summary.Checks));
            if (before.IsAllTies)
                console.WriteLine(
                    "accuracy before: the policy is its own reference, all rewards are 0 and no answer is preferred; "
                        + "that is chance, one half"
                );
            if (after.Pairs < PairedDifference.FewestToJudge)
                console.WriteLine(RunPreface.TooFew(after.Pairs));
        }
        console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{summary.Seconds:F1} s, {summary.PairsPerSecond:F2} pairs/s while training, peak memory "
                    + $"{summary.PeakMemoryBytes / 1e9:F2} GB"
            )
        );
        foreach (string remark in summary.Remarks)
            console.WriteLine(remark);
        foreach (string changed in summary.Overridden)
            console.WriteLine($"resumed with another recipe or other data: {changed}");
        foreach (string fault in summary.Unwritten)
            console.WriteLine(fault);
        if (summary.Unwritten.Count > 0)
            console.WriteLine($"The model is safe in {summary.ModelPath}; what could not be written is missing beside it.");
        if (summary.Unchanged is { } why)
            console.WriteLine($"NOT TRAINED: the weights are those of the start, bit for bit; {why}");
        if (summary.IsInterrupted)
            console.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"INTERRUPTED at step {summary.Steps} of {summary.TotalSteps}: the model is what was trained so far"
                ) + (RunState.HasCheckpoint(outputDir) ? "; the same command with --resume goes on" : "")
            );
        console.WriteLine($"the run:   {outputDir}");
        console.WriteLine($"the model: {summary.ModelPath}");
        if (Path.Combine(outputDir, "report.html") is var page && File.Exists(page))
            console.WriteLine($"the page:  {page}");
    }

    internal static Table BeforeAndAfter(
        PreferenceMetrics before,
        PreferenceMetrics after,
        IReadOnlyDictionary<string, (double Before, double After)> checks
    )
    {
        Table table = new Table()
            .Border(TableBorder.Simple)
            .AddColumn("held-out pairs")
            .AddColumn(new TableColumn("before").RightAligned())
            .AddColumn(new TableColumn("after").RightAligned());
        IReadOnlyDictionary<string, double> first = before.Named();
        IReadOnlyDictionary<string, double> last = after.Named();
        foreach (
            string name in (string[])
                ["rewards/accuracies", "rewards/margins", "ppl/chosen", "ppl/rejected", "prob/chosen", "prob/rejected", "loss"]
        )
        {
            if (first.TryGetValue(name, out double was) && last.TryGetValue(name, out double isNow))
                table.AddRow(
                    name,
                    Number(name == "rewards/accuracies" ? before.ShownAccuracy : was),
                    Number(name == "rewards/accuracies" ? after.ShownAccuracy : isNow)
                );
        }
        foreach ((string name, (double was, double isNow)) in checks)
            table.AddRow(name, Number(was), Number(isNow));
        return table;
    }

    private static string Line(PreferenceMetrics metrics) =>
        metrics.HasRejected
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"loss {metrics.Loss:F4}, accuracy {metrics.ShownAccuracy:P1}, margin {metrics.RewardMargin:F4}, "
                    + $"perplexity {Math.Exp(-metrics.ChosenMeanLogProb):F2} chosen, "
                    + $"{Math.Exp(-metrics.RejectedMeanLogProb):F2} rejected ({metrics.Pairs:N0} pairs)"
            )
            : string.Create(
                CultureInfo.InvariantCulture,
                $"loss {metrics.Loss:F4}, perplexity {Math.Exp(-metrics.ChosenMeanLogProb):F2} ({metrics.Pairs:N0} rows)"
            );

    private static string Number(double value) =>
        value.ToString(Math.Abs(value) < 100 ? "F4" : "F1", CultureInfo.InvariantCulture);

    /// <summary>The fields shown for a step, most important first; the time left is estimated from the pace so far.</summary>
    private sealed class Pace
    {
        private double _seconds;

        public IEnumerable<string> Fields(RunEvent.Step step)
        {
            _seconds += step.Report.Elapsed.TotalSeconds;
            TimeSpan left = TimeSpan.FromSeconds(_seconds / step.Report.Number * (step.Report.TotalSteps - step.Report.Number));
            yield return $"step {step.Report.Number}/{step.Report.TotalSteps}";
            yield return string.Create(CultureInfo.InvariantCulture, $"loss {step.Metrics["loss"]:F4}");
            if (step.Metrics.TryGetValue("rewards/accuracies", out double accuracy))
            {
                yield return string.Create(
                    CultureInfo.InvariantCulture,
                    $"accuracy {(step.Report.Metrics.IsAllTies ? 0.5 : accuracy):P0}"
                );
                yield return string.Create(CultureInfo.InvariantCulture, $"margin {step.Metrics["rewards/margins"]:F3}");
            }
            yield return $"left {Clock.Text(left)}";
            yield return string.Create(CultureInfo.InvariantCulture, $"lr {step.Metrics["learning_rate"]:G3}");
            yield return string.Create(CultureInfo.InvariantCulture, $"{1 / step.Report.Elapsed.TotalSeconds:F2} steps/s");
            yield return string.Create(CultureInfo.InvariantCulture, $"{step.Metrics["tokens_per_second"]:F0} tokens/s");
            yield return string.Create(CultureInfo.InvariantCulture, $"{step.Metrics["peak_memory_bytes"] / 1e9:F1} GB");
        }
    }
}
