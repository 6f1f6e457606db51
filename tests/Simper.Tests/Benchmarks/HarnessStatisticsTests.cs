using System.Text.Json.Nodes;
using Simper.Benchmarks;

namespace Simper.Tests.Benchmarks;

public class HarnessStatisticsTests
{
    [Fact]
    public void Groups_are_averaged_by_size_or_alike_and_their_errors_pooled()
    {
        Assert.Equal(0.25, HarnessStatistics.GroupMean([0.1, 0.4], [10, 10], bySize: true), 1e-15);
        Assert.Equal(0.325, HarnessStatistics.GroupMean([0.1, 0.4], [10, 30], bySize: true), 1e-15);
        Assert.Equal(0.25, HarnessStatistics.GroupMean([0.1, 0.4], [10, 30], bySize: false), 1e-15);
        // two tasks of variance s² each: s² = e² n, pooled over n - 1
        double error = HarnessStatistics.PooledError([0.1, 0.2], [5, 10]);
        Assert.Equal(Math.Sqrt((4 * 0.01 * 5 + 9 * 0.04 * 10) / (15 - 2) / 15), error, 1e-15);
    }

    [Fact]
    public void The_bootstrap_draws_as_Python_s_choices_do()
    {
        // CPython 3.11: random.Random(0).choices([1, 2, 3, 4], k=4), then of the same generator again
        var random = new PythonRandom(0);
        int[] drawn = [.. Enumerable.Range(0, 8).Select(_ => (int)(random.NextDouble() * 4) + 1)];
        Assert.Equal([4, 4, 2, 2, 3, 2, 4, 2], drawn);
        double[] values = [1, 2, 3, 4];
        double error = HarnessStatistics.BootstrapError(values, 2, v => v.Average());
        Assert.Equal(Math.Abs(3.0 - 2.75) / Math.Sqrt(2), error, 1e-12);
    }

    [Fact]
    public void Leaderboard_scores_begin_where_guessing_ends()
    {
        Assert.Equal(46.666666666666664, LeaderboardScores.Normalised(0.6, 0.25), 1e-12);
        Assert.Equal(0, LeaderboardScores.Normalised(0.2, 0.25));
        Assert.Equal(100, LeaderboardScores.Normalised(1, 0.5));
    }

    [Theory]
    [InlineData("f1", "[[1,1],[0,1],[1,0],[1,1]]", 0.6666666666666666)]
    [InlineData("matthews_corrcoef", "[[1,1],[0,0],[1,0],[0,0]]", 0.5773502691896258)]
    [InlineData("brier_score", "[[0,[0.5,0.5]],[1,[0.2,0.8]]]", 0.29)]
    [InlineData("weighted_perplexity", "[[-2,1],[-4,2]]", 7.38905609893065)]
    [InlineData("median", "[3,1,2,5]", 3)]
    public void Aggregations_are_those_of_the_harness(string name, string rows, double expected)
    {
        JsonNode[] figures = [.. JsonNode.Parse(rows)!.AsArray().Select(r => r!)];
        Assert.Equal(expected, Aggregation.Named(name)!.Total(figures), 1e-12);
    }
}
