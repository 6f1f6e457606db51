using Simper.Objectives;
using Simper.Scoring;
using static TorchSharp.torch;

namespace Simper.Tests.Objectives;

/// <summary>
/// Losses and rewards on a pair in which no two numbers coincide, so that a product is no quotient and a sum no mean: chosen -.6
/// in 3 tokens, rejected -3 in 5, log-ratios .3 and -.5. Expected values follow the formulas of the papers.
/// </summary>
public class UnevenPairTests
{
    private static double S(double x) => 1 / (1 + Math.Exp(-x));

    private static double Log(double x) => Math.Log(S(x));

    private static PairScores Pair() =>
        new([tensor([-0.6]), tensor([-3.0])], [tensor([3.0]), tensor([5.0])], [tensor([-0.9]), tensor([-2.5])]);

    public static IEnumerable<TheoryDataRow<Objective, double>> Values =>
        [
            new(new ApoDown { Beta = 0.4 }, S(0.12) + 1 - S(0.32)),
            new(new ApoZero { Beta = 0.4 }, 1 - S(0.12) + S(-0.2)),
            new(new NcaPair { Beta = 0.4 }, -Log(0.12) - 0.5 * Log(-0.12) - 0.5 * Log(0.2)),
            new(new SppoHard { Beta = 0.4 }, 0.95 * 0.95 + 0.75 * 0.75),
            new(new BcoPair { Beta = 0.4 }, -Log(0.12) - Log(0.2)),
            new(new CalDpo { Beta = 0.4 }, -Log(0.8) + 0.5 * (0.95 * 0.95 + 0.75 * 0.75)),
            new(new RDpo { Beta = 0.4, Alpha = 0.3 }, -Log(0.32 - 0.6)),
            new(new SlicHf { Margin = 3, Lambda = 0.1 }, 0.6 + 0.06),
            new(new Rrhf { Lambda = 0.1 }, 0.06),
            new(new RobustDpo { Beta = 0.4, LabelSmoothing = 0.2 }, (-0.8 * Log(0.32) + 0.2 * Log(-0.32)) / 0.6),
            new(new DiscoPop { Beta = 0.4, Tau = 0.5 }, -Log(0.32) * (1 - S(0.64)) + Math.Exp(-0.32) * S(0.64)),
            new(new CpoHinge { Beta = 0.4, NllWeight = 0 }, 1 - 0.4 * 2.4),
            new(new CpoIpo { Beta = 0.4, NllWeight = 0 }, (0.4 - 1.25) * (0.4 - 1.25)),
            new(
                new AlphaPo
                {
                    Beta = 2,
                    RewardAlpha = 0.5,
                    Gamma = 0.3,
                },
                -Log(2 * 2 * (Math.Exp(0.3) - Math.Exp(0.1)) - 0.3)
            ),
        ];

    [Theory]
    [MemberData(nameof(Values))]
    public void Losses(Objective objective, double expected)
    {
        using var scope = NewDisposeScope();
        Assert.Equal(expected, objective.Evaluate(Pair()).Loss.ToDouble(), 12);
    }

    public static IEnumerable<TheoryDataRow<Objective, double, double>> RewardsOfPair =>
        [
            new(new Dpo { Beta = 0.4 }, 0.12, -0.2),
            new(new Orpo { Lambda = 0.4 }, -0.08, -0.24),
            new(new SimPo { Beta = 0.4 }, -0.08, -0.24),
            new(new Cpo { Beta = 0.4 }, -0.24, -1.2),
            new(new Cpo { Beta = 0.4, NllWeight = 0 }, -0.24, -1.2),
            new(new AlphaPo { Beta = 0.4, RewardAlpha = 0.5 }, 0.8 * (1 - Math.Exp(0.1)), 0.8 * (1 - Math.Exp(0.3))),
            new(new Kto { Beta = 0.4 }, 0.12, -0.2),
            new(new Bco { Beta = 0.4 }, 0.12, -0.2),
            new(new ApoZeroUnpaired { Beta = 0.4 }, 0.12, -0.2),
        ];

    [Theory]
    [MemberData(nameof(RewardsOfPair))]
    public void Rewards(Objective objective, double chosen, double rejected)
    {
        using var scope = NewDisposeScope();
        double[] rewards = objective.Evaluate(Pair()).Rewards.ToArray();
        Assert.Equal(chosen, rewards[0], 12);
        Assert.Equal(rejected, rewards[1], 12);
    }

    [Fact]
    public void Rrhf_asks_for_the_difference_of_means_where_the_rejected_answer_is_likelier()
    {
        using var scope = NewDisposeScope();
        var swapped = new PairScores([tensor([-3.0]), tensor([-0.6])], [tensor([5.0]), tensor([3.0])]);
        Assert.Equal(
            0.4 + 0.3,
            new Rrhf { Lambda = 0.1 }
                .Evaluate(swapped)
                .Loss.ToDouble(),
            12
        );
    }

    [Fact]
    public void Bco_s_shift_is_midway_between_the_means_of_good_and_bad_answers_or_the_mean_of_one_kind()
    {
        using var scope = NewDisposeScope();
        PairScores Single(double[] ratios, double[] signs) =>
            new(
                [tensor(ratios)],
                [ones(ratios.Length, ScalarType.Float64)],
                [zeros(ratios.Length, ScalarType.Float64)],
                [tensor(signs)]
            );
        // Rewards .4 and .8 are good, -1.2 is bad: (.6 - 1.2) / 2.
        double[] mixed = new Bco { Beta = 0.4 }
            .Evaluate(Single([1, 2, -3], [1, 1, -1]))
            .Loss.ToArray();
        Assert.Equal(-Log(0.7), mixed[0], 12);
        Assert.Equal(-Log(1.1), mixed[1], 12);
        Assert.Equal(-Log(0.9), mixed[2], 12);
        double[] good = new Bco { Beta = 0.4 }
            .Evaluate(Single([1, 2], [1, 1]))
            .Loss.ToArray();
        Assert.Equal(-Log(-0.2), good[0], 12);
        Assert.Equal(-Log(0.2), good[1], 12);
    }

    [Theory]
    [InlineData(0.5, 0.5)]
    [InlineData(-0.5, 0)] // an estimate of a divergence is never below 0
    public void Kto_s_estimate_of_the_divergence_is_the_mismatched_log_ratio_where_positive(double ratio, double expected)
    {
        using var scope = NewDisposeScope();
        var scores = new PairScores(
            [tensor([-4.0]), tensor([-5.0])],
            [tensor([2.0]), tensor([2.0])],
            [tensor([-6.0]), tensor([-5 - ratio])],
            [tensor([1.0]), tensor([0.0])]
        );
        Assert.Equal(1 - S(0.1 * (2 - expected)), new Kto().Evaluate(scores).Loss.ToDouble(), 12);
    }

    [Fact]
    public void Defaults_are_the_published_ones()
    {
        Assert.Equal((0.1, 0.5, 1), (new Dpo().Beta, new Dpo().DivergenceAlpha, new Dpo().LengthDesensitization));
        Assert.Equal((0.25, 2.5, 0.5), (new AlphaPo().RewardAlpha, new AlphaPo().Beta, new AlphaPo().Gamma));
        Assert.Equal((0.1, 0.0), (AlphaPo.Kind.Trl!.Beta, AlphaPo.Kind.Trl.RewardAlpha));
        Assert.Equal((2, 0.5), (new SimPo().Beta, new SimPo().Gamma));
        Assert.Equal((0.1, 0.5, 1), (SimPo.Kind.Trl!.Beta, SimPo.Kind.Trl.Gamma, SimPo.Kind.Trl.NllWeight));
        Assert.Equal((1, 1, 1), (new Cpo().NllWeight, new CpoHinge().NllWeight, new CpoIpo().NllWeight));
        Assert.Equal(
            (0.1, 0.1, 1e-3),
            (new ConservativeDpo().LabelSmoothing, new RobustDpo().LabelSmoothing, new ExoPair().LabelSmoothing)
        );
        Assert.Equal(0, RobustDpo.Kind.Trl!.LabelSmoothing);
        Assert.Equal((0.001, 0.05, 0.05), (new CalDpo().Beta, new DiscoPop().Tau, new RDpo().Alpha));
        Assert.Equal((1, 0.1, 1, 0.1), (new SlicHf().Margin, new SlicHf().Lambda, new Rrhf().Lambda, new Orpo().Lambda));
        Assert.Equal((0.1, 1, 1), (new Kto().Beta, new Kto().DesirableWeight, new Kto().UndesirableWeight));
        Assert.Equal((0.1, 0.1, 0.1), (new Cpo().Beta, new CpoHinge().Beta, new CpoIpo().Beta));
        Assert.True(Orpo.Kind.Trl!.CountsPrompt && !new Orpo().CountsPrompt);
        Assert.True(new Ipo().Averages);
        Assert.Equal([("dft", new Sft { Dynamic = true })], Sft.Kind.Variants);
        Assert.True(new Dpo().UsesRejected && !new Sft().UsesRejected);
    }

    [Fact]
    public void A_mixture_has_parts_none_of_them_a_mixture_or_of_single_answers()
    {
        Assert.Throws<ArgumentException>(() => new Mixture());
        Assert.Throws<ArgumentException>(() => new Mixture((new Kto(), 1)));
        Assert.Throws<ArgumentException>(() => new Mixture((new Dpo(), 1), (new Mixture((new Sft(), 1)), 1)));
        Assert.Equal("dpo", new Mixture((new Dpo(), 1)).Name);
    }
}
