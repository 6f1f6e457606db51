using Simper.Objectives;
using Simper.Scoring;
using Simper.Tests.Toys;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Tests.Objectives;

/// <summary>
/// One pair, small enough to redo on paper: chosen token log-probs -.1 -.2 -.3 (mean -.2), rejected -1 -2 (mean -1.5); the
/// reference gives the chosen -.9 in sum and the rejected -2.5.
/// </summary>
public class GoldenPairTests
{
    private static PairScores Pair(out Tensor chosen, out Tensor rejected)
    {
        chosen = tensor([-0.6]).requires_grad_();
        rejected = tensor([-3.0]).requires_grad_();
        return new PairScores([chosen, rejected], [tensor([3.0]), tensor([2.0])], [tensor([-0.9]), tensor([-2.5])]);
    }

    [Fact]
    public void SimPer_is_minus_exp_of_the_chosen_mean_plus_exp_of_the_rejected_mean()
    {
        using var scope = NewDisposeScope();
        PairLoss loss = new SimPer().Evaluate(Pair(out Tensor chosen, out Tensor rejected));
        Assert.Equal(-0.8187307531 + 0.2231301601, loss.Loss.ToDouble(), 9);
        Assert.Equal(-0.5956005930, loss.Loss.ToDouble(), 9);

        loss.Loss.Sum().Backward(); // per token: -exp(-.2) / 3 and exp(-1.5) / 2
        Assert.Equal(-0.2729102510, chosen.grad!.item<double>(), 9);
        Assert.Equal(0.1115650801, rejected.grad!.item<double>(), 9);
    }

    [Fact]
    public void SimPers_rewards_are_the_mean_log_probs()
    {
        using var scope = NewDisposeScope();
        PairLoss loss = new SimPer().Evaluate(Pair(out _, out _));
        Assert.Equal(-0.2, loss.Rewards[0], 12);
        Assert.Equal(-1.5, loss.Rewards[1], 12);
    }

    [Fact]
    public void Dpo_weighs_sums_against_the_reference()
    {
        using var scope = NewDisposeScope();
        // β ((-.6 + .9) - (-3 + 2.5)) = .1 × .8; loss = log(1 + e^-.08)
        PairLoss loss = new Dpo { Beta = 0.1 }.Evaluate(Pair(out Tensor chosen, out Tensor rejected));
        Assert.Equal(0.6539469673, loss.Loss.ToDouble(), 9);
        Assert.Equal(0.03, loss.Rewards[0], 12);
        Assert.Equal(-0.05, loss.Rewards[1], 12);
        loss.Loss.Sum().Backward();
        Assert.Equal(-0.1 * 0.4800106598, chosen.grad!.item<double>(), 9);
        Assert.Equal(0.1 * 0.4800106598, rejected.grad!.item<double>(), 9);
    }

    [Fact]
    public void Sft_is_the_negative_sum_and_counts_by_tokens()
    {
        using var scope = NewDisposeScope();
        Assert.Equal(0.6, new Sft().Evaluate(Pair(out _, out _)).Loss.ToDouble(), 12);
        Assert.Equal(3, new Sft().Weight(chosenTokens: 3, promptTokens: 5));
        Assert.Equal(1, new SimPer().Weight(chosenTokens: 3, promptTokens: 5));
    }

    [Fact]
    public void Equal_answers_give_zero()
    {
        using var scope = NewDisposeScope();
        var scores = new PairScores([tensor([-4.0]), tensor([-4.0])], [tensor([4.0]), tensor([4.0])]);
        PairLoss loss = new SimPer().Evaluate(scores);
        Assert.Equal(0, loss.Loss.ToDouble());
        Assert.False(loss.Rewards[0] > loss.Rewards[1]); // a tie is no win
    }

    [Fact]
    public void SimPer_stays_between_minus_one_and_one_and_finite_at_a_mean_of_minus_fifty_and_far_below()
    {
        foreach (float mean in (float[])[-1e-6f, -1, -50, -1000, -1e30f])
        {
            using var scope = NewDisposeScope();
            Tensor chosen = tensor([mean * 7]).requires_grad_();
            Tensor rejected = tensor([-2f * 7]).requires_grad_();
            Column loss = new SimPer().Evaluate(new PairScores([chosen, rejected], [tensor([7f]), tensor([7f])])).Loss;
            loss.Sum().Backward();
            Assert.InRange((float)loss.ToDouble(), -1f, 1f);
            Assert.True(float.IsFinite(chosen.grad!.item<float>()));
            Assert.True(float.IsFinite(rejected.grad!.item<float>()));
        }
    }

    [Fact]
    public void SimPer_is_a_sum_of_one_term_per_answer()
    {
        using var scope = NewDisposeScope();
        Tensor tokens = tensor([5.0, 9.0]);
        double Loss(double[] chosen, double[] rejected) =>
            new SimPer().Evaluate(new PairScores([tensor(chosen), tensor(rejected)], [tokens, tokens])).Loss.Sum().ToDouble();
        double chosenAlone = -Math.Exp(-4 / 5.0) - Math.Exp(-6 / 9.0);
        double rejectedAlone = Math.Exp(-9 / 5.0) + Math.Exp(-8 / 9.0);
        Assert.Equal(chosenAlone + rejectedAlone, Loss([-4, -6], [-9, -8]), 12);
    }

    [Fact]
    public void SimPer_is_the_limit_of_alpha_po_for_small_beta()
    {
        // -log σ(β r), r = p_w - p_l: (2/β)(L - ln 2) tends to SimPER's loss (AlphaPO's reward at α = -1).
        double margin = Math.Exp(-0.2) - Math.Exp(-1.5);
        foreach ((double beta, double expected) in ((double, double)[])[(1, -0.5082), (0.1, -0.5867), (0.01, -0.5947)])
            Assert.Equal(expected, 2 / beta * (Math.Log(1 + Math.Exp(-beta * margin)) - Math.Log(2)), 4);
        using var scope = NewDisposeScope();
        double simPer = new SimPer().Evaluate(Pair(out _, out _)).Loss.ToDouble();
        foreach (double beta in (double[])[1e-4, 1e-6])
        {
            Column alphaPo = new AlphaPo
            {
                Beta = beta,
                RewardAlpha = -1,
                Gamma = 0,
            }
                .Evaluate(Pair(out _, out _))
                .Loss;
            Assert.Equal(simPer, 2 / beta * (alphaPo.ToDouble() - Math.Log(2)), beta);
        }
    }

    [Fact]
    public void An_answer_s_inverse_perplexity_bounds_its_mean_token_probability()
    {
        // AM-GM: 1 - exp(mean log p) >= mean(1 - p), the token-level form of the bound on total variation.
        var random = new Random(5);
        for (int trial = 0; trial < 200; trial++)
        {
            double[] logProbs = [.. Enumerable.Range(0, random.Next(1, 30)).Select(_ => -3 * random.NextDouble())];
            using var scope = NewDisposeScope();
            var scores = new PairScores(
                [tensor([logProbs.Sum()]), tensor([-1e9])],
                [tensor([(double)logProbs.Length]), tensor([1.0])]
            );
            double inversePerplexity = -new SimPer().Evaluate(scores).Loss.ToDouble();
            Assert.True(1 - inversePerplexity >= logProbs.Average(l => 1 - Math.Exp(l)) - 1e-12);
        }
    }

    [Fact]
    public void No_tensor_is_left_behind() =>
        Live.ExpectNoneLeft(() =>
        {
            using var scope = NewDisposeScope();
            new SimPer().Evaluate(Pair(out _, out _)).Loss.Sum().Backward();
        });
}
