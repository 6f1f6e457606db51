using Simper.Evaluation;

namespace Simper.Reports;

/// <summary>Findings as a table, each with the evidence for it.</summary>
internal static class FindingsTable
{
    public static Html Of(IReadOnlyList<Finding> findings, string first, string second) =>
        Html.Of(
            $"""
            <div class="wide"><table class="figures">
            <thead><tr><th>held-out figure</th><th>{first}</th><th>{second}</th><th>difference</th><th>rows up / down / same</th>
            <th>sign test p</th><th>smallest difference to be seen</th><th></th></tr></thead>
            <tbody>{findings.Select(Row)}</tbody></table></div>

            """
        );

    /// <summary>How to read the columns.</summary>
    public static Html Legend(int rows) =>
        Html.Of(
            $"""
            <p class="note">{rows} held-out rows, each compared with itself. Ranges are 95 % intervals: Wilson's for accuracies,
            else bootstrapped over rows (Student's of fewer than {Interval.FewestResampled}).
            The sign test is exact and two-sided (for accuracies McNemar's). The smallest difference to be seen is what this many
            rows, so
            spread, would show in four cases of five: a smaller one may be there unseen. Of twenty figures that did not change,
            one leaves its interval by chance. Fewer than {PairedDifference.FewestToJudge} rows get no verdict.</p>

            """
        );

    private static Html Row(Finding finding)
    {
        Func<double, string> number = finding.IsShare ? Shown.Percent : Shown.Number;
        Func<double, string> signed = finding.IsShare ? Shown.Points : Shown.Signed;
        PairedDifference difference = finding.Difference;
        (string style, string verdict) = (finding.IsShown, finding.HigherIsBetter, difference.Mean > 0) switch
        {
            (false, _, _) => ("open", difference.IsJudged ? "not shown" : "too few pairs"),
            (true, null, true) => ("open", "up"),
            (true, null, false) => ("open", "down"),
            (true, { } better, { } up) => better == up
                ? ("better", up ? "better ↑" : "better ↓")
                : ("worse", up ? "worse ↑" : "worse ↓"),
        };
        return Html.Of(
            $"""
            <tr><th>{finding.Name}</th>{Cell(finding.First, number)}{Cell(finding.Second, number)}<td>{signed(
                difference.Mean
            )}<small>{Shown.Interval(
                difference.Interval,
                signed
            )}</small></td><td>{difference.Wins} / {difference.Losses} / {difference.Ties}</td><td>{Shown.PValue(
                difference.PValue
            )}</td><td>{Shown.Detectable(difference, signed)}</td><td class="{style}">{verdict}</td></tr>

            """
        );
    }

    private static Html Cell(Estimate estimate, Func<double, string> number) =>
        Html.Of($"<td>{number(estimate.Value)}<small>{Shown.Interval(estimate.Interval, number)}</small></td>");
}
