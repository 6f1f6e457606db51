using Simper.Analysis;
using Simper.Objectives;

namespace Simper.Tests.Analysis;

public class GradientSummaryTests
{
    private static PairGradient Pair(double chosen, double rejected, double product = 0) =>
        new(
            new PairOutcome(1, 0, 1, 0, 0, -4, -9, 2, 3) { ChosenGradient = chosen, RejectedGradient = rejected },
            new PairDirections(new PairLogProbs(1, -4, -9, 2, 3, -4, -9), 3, 4, product)
        );

    private static double Mean(GradientSummary summary, string key) => summary.MeanOf(key)!.Value.Mean;

    [Fact]
    public void Numbers_that_can_be_redone_on_paper()
    {
        // Terms of lengths 2 · 3 and 1 · 4; product of the directions 6, cosine 1/2, of the terms -1/2: 36 + 16 - 2 · 2 · 1
        // · 6 = 28.
        PairGradient pair = Pair(-2, 1, product: 6);
        Assert.Equal((6, 4, 0.5), (pair.ChosenNorm, pair.RejectedNorm, pair.Ratio));
        Assert.Equal(-0.5, pair.Cosine, 12);
        Assert.Equal(Math.Sqrt(28), pair.Norm, 12);
        var summary = new GradientSummary("dpo", 0, [pair, Pair(-1, 2)]);
        Assert.Equal(1.5, Mean(summary, "chosen_coefficient"), 12);
        Assert.Equal(3, Mean(summary, "chosen_coefficient_of_mean"), 12);
        Assert.Equal(1, Mean(summary, "ratio"), 12); // of 1/2 and 2
        Assert.Equal(-3, Mean(summary, "rejected_mean_log_prob"), 12);
    }

    [Fact]
    public void Figures_that_a_pair_has_not_are_left_out_of_the_mean()
    {
        var summary = new GradientSummary("slic", 0, [Pair(0, 0), Pair(-2, 1, product: 6), Pair(-1, 0)]);
        Assert.Equal(0.5, Mean(summary, "ratio"), 12);
        Assert.Equal(-0.5, Mean(summary, "cosine"), 12);
        Assert.Equal(1, Mean(summary, "chosen_coefficient"), 12);
        Assert.Null(new GradientSummary("slic", 0, [Pair(0, 0)]).MeanOf("cosine"));
        Assert.Null(new GradientSummary("slic", 0, [Pair(0, 0)]).ToJson()["means"]!["ratio"]);
    }

    [Fact]
    public void What_is_found_is_written_pair_by_pair()
    {
        var json = new GradientSummary("dpo", 20, [Pair(-2, 1, product: 6)]).ToJson();
        Assert.Equal(("dpo", 20), ((string)json["objective"]!, (int)json["step"]!));
        Assert.Equal(3, (double)json["pairs"]![0]!["rejected"]!["coefficient_of_mean"]!, 12);
        Assert.Equal(-2, (double)json["pairs"]![0]!["chosen"]!["coefficient"]!, 12);
        Assert.Equal(6, (double)json["means"]!["chosen_norm"]!["mean"]!, 12);
    }
}
