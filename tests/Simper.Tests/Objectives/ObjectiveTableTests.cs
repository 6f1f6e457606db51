using Simper.Objectives;
using Simper.Scoring;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Tests.Objectives;

/// <summary>
/// Every objective on numbers that can be redone on paper, computed twice and independently in double precision: one pair with
/// token log-probs (chosen -.1 -.2 -.3, rejected -1 -2; reference -.9 and -2.5 in sum), and two pairs of sums.
/// </summary>
public class ObjectiveTableTests
{
    private static PairScores OnePair() =>
        new([tensor([-0.6]), tensor([-3.0])], [tensor([3.0]), tensor([2.0])], [tensor([-0.9]), tensor([-2.5])]);

    private static PairScores TwoPairs() =>
        new(
            [tensor([-12.0, -20]), tensor([-15.0, -18])],
            [tensor([6.0, 10]), tensor([5.0, 9])],
            [tensor([-13.0, -19]), tensor([-14.0, -19.5])]
        );

    public static IEnumerable<TheoryDataRow<Objective, double>> ValuesOfOnePair =>
        [
            new(new SimPer(), -0.5956005930),
            new(new Dpo { Beta = 0.1 }, 0.6539469673),
            new(new Ipo { Beta = 0.1, Averages = false }, 17.64),
            // The mean log-ratios are .1 and -.25: (.35 - 5)².
            new(new Ipo { Beta = 0.1 }, 21.6225),
            new(new SimPo { Beta = 2, Gamma = 2 * 0.5 }, 0.1839007409),
            new(new SlicHf { Margin = 1, Lambda = 0.1 }, 0.06),
            new(new Rrhf { Lambda = 0.1 }, 0.06),
            new(new Cpo { Beta = 0.1, NllWeight = 1 }, 0.7803299666),
            new(new Orpo { Lambda = 0.1 }, 0.2061650559),
            new(new RDpo { Beta = 0.1, Alpha = 0.05 }, 0.6302581947),
            new(new CalDpo { Beta = 0.1 }, 21.5411006659),
            new(new SimPerUnnormalized(), -0.4990245677),
            new(new SimPerWithReference(), -0.3263701350),
            new(new SimPerLinear(), -1.3),
            // cDPO by hand: βδ = .08; .9 log(1 + e^-.08) + .1 log(1 + e^.08) = .65394697 + .1 × .08
            new(new ConservativeDpo { Beta = 0.1, LabelSmoothing = 0.1 }, 0.6619469673),
        ];

    public static IEnumerable<TheoryDataRow<Objective, double>> ValuesOfTwoPairs =>
        [
            new(new Dpo(), 0.712039),
            new(new HingeDpo(), 1.025000),
            new(new Ipo(), 24.602778),
            new(new ExoPair { LabelSmoothing = 1e-3 }, 2.810218),
            new(new NcaPair(), 1.395433),
            new(new RobustDpo { LabelSmoothing = 0.1 }, 0.715164),
            new(new BcoPair(), 1.402074),
            new(new SppoHard(), 55.125000),
            new(new Aot(), 0.712039),
            new(new AotUnpaired(), 0.705803),
            new(new ApoZero(), 1.006225),
            new(new ApoDown(), 1.006171),
            new(new DiscoPop { Tau = 0.05 }, 0.821884),
            new(new LengthNormalizedDpo(), 0.690776),
            new(new Cpo { NllWeight = 0 }, 0.676247),
            new(new CpoHinge { NllWeight = 0 }, 0.950000),
            new(new CpoIpo { NllWeight = 0 }, 20.500000),
            new(new SimPo { Beta = 0.1, Gamma = 0.5 }, 0.943546),
            new(new SimPo { Beta = 2.5, Gamma = 1.375 }, 0.940781),
            new(new SimPer(), -0.042774),
            // NLL of the chosen answers is 2 a token.
            new(new Orpo { Lambda = 0.1 }, 2 + 0.0490949),
            // Mixed: each part as it is alone; the supervised part a mean over the batch's tokens.
            new(new Mixture((new Dpo(), 1), (new Sft(), 0.5)), 0.712039 + 0.5 * 2),
        ];

    [Theory]
    [MemberData(nameof(ValuesOfOnePair))]
    public void One_pair(Objective objective, double expected)
    {
        using var scope = NewDisposeScope();
        Assert.Equal(expected, objective.Evaluate(OnePair()).Loss.Mean().ToDouble(), 9);
    }

    [Theory]
    [MemberData(nameof(ValuesOfTwoPairs))]
    public void Two_pairs(Objective objective, double expected)
    {
        using var scope = NewDisposeScope();
        Assert.Equal(expected, objective.Evaluate(TwoPairs()).Loss.Mean().ToDouble(), 6);
    }

    [Fact]
    public void Orpo_reports_what_trl_reports()
    {
        using var scope = NewDisposeScope();
        PairLoss loss = new Orpo().Evaluate(TwoPairs());
        Dictionary<string, double> figures = loss.Figures.ToDictionary(f => f.Name, f => f.Values.Mean().ToDouble());
        Assert.Equal(2.0, figures["nll_loss"], 12);
        Assert.Equal(0.547172, figures["log_odds_chosen"], 6);
        Assert.Equal(-0.490949, figures["log_odds_ratio"], 6);
    }

    [Fact]
    public void Kto_shifts_rewards_by_the_mean_log_ratio_of_mismatched_answers()
    {
        using var scope = NewDisposeScope();
        // A good row with Δ = 1 and a bad one with Δ = -2; mismatched Δ are 3 and 1, so z = 2.
        var scores = new PairScores(
            [tensor([-4.0, -9]), tensor([-5.0, -6])],
            [tensor([2.0, 3]), tensor([2.0, 3])],
            [tensor([-5.0, -7]), tensor([-8.0, -7])],
            [tensor([1.0, -1]), tensor([0.0, 0])]
        );
        double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));
        PairLoss loss = new Kto
        {
            Beta = 0.1,
            DesirableWeight = 2,
            UndesirableWeight = 3,
        }.Evaluate(scores);
        Assert.Equal(2 * (1 - Sigmoid(0.1 * (1 - 2))), loss.Loss[0], 12);
        Assert.Equal(3 * (1 - Sigmoid(0.1 * (2 - -2))), loss.Loss[1], 12);
        Assert.Equal(2, loss.Figures.Single(f => f.Name == "kl").Values.ToDouble(), 12);

        PairLoss anchored = new ApoZeroUnpaired { Beta = 0.1 }.Evaluate(scores);
        Assert.Equal(1 - Sigmoid(0.1), anchored.Loss[0], 12);
        Assert.Equal(Sigmoid(-0.2), anchored.Loss[1], 12);

        // Bco: rewards .1 and -.2, shift -.05.
        PairLoss classifier = new Bco { Beta = 0.1 }.Evaluate(scores);
        Assert.Equal(-Math.Log(Sigmoid(0.15)), classifier.Loss[0], 12);
        Assert.Equal(-Math.Log(Sigmoid(0.15)), classifier.Loss[1], 12);
    }

    [Theory]
    [InlineData(FDivergence.ReverseKl, 0.5, 0.3)]
    [InlineData(FDivergence.ForwardKl, 0.5, 0.25918177931828212)] // 1 - e^-.3
    // log 2 - log(1 + e^-.3) = .693147180559945 - .554355244468527
    [InlineData(FDivergence.JensenShannon, 0.5, 0.138791936091418)]
    [InlineData(FDivergence.Alpha, 0.5, 0.27858404714988474)] // (e^-.15 - 1) / -.5
    [InlineData(FDivergence.Alpha, 1, 0.3)]
    [InlineData(FDivergence.Alpha, 2, 0.34985880757600314)] // e^.3 - 1
    public void Divergences_map_log_ratios(FDivergence divergence, double alpha, double expected)
    {
        using var scope = NewDisposeScope();
        Assert.Equal(expected, divergence.Score(tensor([0.3]), alpha).ToDouble(), 12);
    }
}
