using Simper.Cli.Commands;
using Simper.Experiments;
using Spectre.Console;

namespace Simper.Cli;

/// <summary>Tables shared by several experiments.</summary>
internal static class ExperimentTables
{
    /// <summary>Objectives at the same margin.</summary>
    public static void Show(IAnsiConsole console, MatchedObjectives matched)
    {
        string pairs = matched.Set == PairSet.Train ? "training" : "held-out";
        string unit = matched.Kind == LogProbKind.Mean ? "nats per token" : "nats per answer";
        if (matched.Unreached.Count > 0)
            console.WriteLine(
                $"{pairs} pairs, {unit}: the margin of {string.Join(", ", matched.Unreached.Select(u => u.Spec.Text))} "
                    + $"never rises above the start ({Shown.Number(matched.StartMargin)})"
                    + $"{(matched.Objectives.Count == 0 ? "; nothing to match." : ".")}"
            );
        if (matched.Objectives.Count == 0)
            return;
        string first = matched.Objectives[0].Arm.Spec.Text;
        console.WriteLine(
            $"At the same margin, {Shown.Number(matched.Margin)} {unit} ({Shown.Number(matched.StartMargin)} at the "
                + $"start), the largest that all of these reach on {matched.Pairs} {pairs} pairs:"
        );
        Table table = LabOutput.Table(
            1,
            "objective",
            "rate",
            "at step",
            "chosen log-prob",
            "against the start",
            "95 % interval",
            $"{first} less this",
            "95 % interval",
            $"{first} fell less"
        );
        foreach (MatchedObjective of in matched.Objectives)
        {
            string[] own =
            [
                Markup.Escape(of.Arm.Spec.Text),
                of.Arm.Rate,
                Shown.Amount(of.Step),
                Shown.Number(of.Chosen),
                .. Difference(of.Change),
            ];
            table.AddRow(of.FirstLessThis is { } less ? [.. own, .. Difference(less), of.FallsLess!.Value.Words()] : own);
        }
        console.WriteTable(table);
    }

    private static string[] Difference(MatchedDifference difference) =>
        [Shown.Signed(difference.Mean), Shown.Interval(difference.Interval, Shown.Signed)];
}
