using Simper.Objectives;
using Simper.Reports;

namespace Simper.Tests.Reports;

public class FindingTests
{
    [Theory]
    [InlineData(12, false)]
    [InlineData(28, true)]
    public void Rewards_that_begin_at_zero_are_judged_against_chance(int right, bool isBetter)
    {
        PairedRow[] rows =
        [
            .. Enumerable
                .Range(1, 40)
                .Select(row => new PairedRow(Record("before", row, 0), Record("after", row, row <= right ? 0.5 : -0.5), null)),
        ];
        Finding accuracy = Finding.Of(rows).Single(f => f.Name == "reward accuracy");
        Assert.Equal((0.5, right / 40.0), (accuracy.First.Value, accuracy.Second.Value));
        Assert.Equal((right, 40 - right), (accuracy.Difference.Wins, accuracy.Difference.Losses));
        Assert.True(accuracy.IsShown);
        Assert.Equal(isBetter, accuracy.Difference.Mean > 0);
    }

    [Theory]
    [InlineData(9, false, "too few pairs")]
    [InlineData(10, true, "better")]
    public void So_few_rows_get_no_verdict(int pairs, bool isShown, string verdict)
    {
        PairedRow[] rows =
        [
            .. Enumerable
                .Range(1, pairs)
                .Select(row => new PairedRow(Record("before", row, 0.1), Record("after", row, 0.5), null)),
        ];
        Finding margin = Finding.Of(rows).Single(f => f.Name == "reward margin");
        Assert.Equal(isShown, margin.IsShown);
        Assert.Contains(verdict, FindingsTable.Of([margin], "before", "after").ToString(), StringComparison.Ordinal);
    }

    private static PairRecord Record(string when, int row, double margin) =>
        PairRecord.Of(when, new PairOutcome(row, 0.7, 1, margin, 0, -3, -4, 3, 4));
}
