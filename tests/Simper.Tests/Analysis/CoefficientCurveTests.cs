using System.Globalization;
using CsCheck;
using Simper.Analysis;
using Simper.Objectives;
using Simper.Scoring;
using Simper.Tensors;
using Simper.Tests.Toys;
using static TorchSharp.torch;

namespace Simper.Tests.Analysis;

public class CoefficientCurveTests
{
    private static readonly Objective[] Written = [new SimPer(), new Dpo { Beta = 0.1 }, new SimPo { Beta = 2, Gamma = 1 }];

    // Answers of 100 tokens; DPO with the reference at -1 for both and the chosen answer at the reference; SimPO with the chosen
    // one at -1. Computed twice, independently, in double precision.
    [Theory]
    [InlineData(0, -0.5, "6.065e-3", "9.933e-2", "1.762e-2")]
    [InlineData(1, -1, "3.679e-3", "5.000e-2", "1.462e-2")]
    [InlineData(2, -2, "1.353e-3", "4.540e-6", "5.379e-3")]
    [InlineData(3, -4, "1.832e-4", "9.358e-15", "1.339e-4")]
    [InlineData(4, -8, "3.355e-6", "3.975e-32", "4.521e-8")]
    public void The_table_s_digits(int at, double mean, params string[] expected)
    {
        for (int i = 0; i < Written.Length; i++)
        {
            (PairLogProbs pair, PairOutcome outcome) = CoefficientCurve.Of("", Written[i], CoefficientCurve.TableMeans).Points[
                at
            ];
            Assert.Equal(mean, pair.RejectedMean, 12);
            Assert.Equal(expected[i], string.Create(CultureInfo.InvariantCulture, $"{outcome.RejectedGradient:0.000e-0}"));
        }
    }

    [Fact]
    public void Formulas_are_autograd_to_the_last_digits()
    {
        Assert.All(Written, o => Assert.True(CoefficientCurve.Of("", o, CoefficientCurve.TableMeans).FormulaDistance < 1e-12));
        Gen.Select(
                Gen.Double[-9, -0.01],
                Gen.Double[-9, -0.01],
                Gen.Double[-9, -0.01],
                Gen.Double[-9, -0.01],
                Gen.Int[1, 300],
                Gen.Int[1, 300]
            )
            .Sample(
                (chosen, rejected, chosenReference, rejectedReference, n, m) =>
                {
                    var pair = new PairLogProbs(0, n * chosen, m * rejected, n, m, n * chosenReference, m * rejectedReference);
                    foreach (Objective objective in Written)
                    {
                        PairOutcome outcome = PairLogProbs.Differentiate(objective, pair)[0];
                        (double formulaChosen, double formulaRejected) = CoefficientFormula.Of(objective, pair)!.Value;
                        // Relative, but for what is 0 next to any other coefficient.
                        Assert.Equal(formulaChosen, outcome.ChosenGradient, 1e-12 * Math.Abs(formulaChosen) + 1e-300);
                        Assert.Equal(formulaRejected, outcome.RejectedGradient, 1e-12 * Math.Abs(formulaRejected) + 1e-300);
                    }
                },
                iter: 200
            );
    }

    [Fact]
    public void There_is_no_formula_for_settings_that_would_change_it()
    {
        var pair = new PairLogProbs(0, -10, -20, 10, 10, -12, -19);
        Assert.All(
            (Objective[])
                [
                    new Ipo(),
                    new SimPo { LabelSmoothing = 0.1 },
                    new SimPo { NllWeight = 1 },
                    new Dpo { Divergence = FDivergence.ForwardKl },
                    new Dpo { LengthDesensitization = 0.5 },
                ],
            o => Assert.Null(CoefficientFormula.Of(o, pair))
        );
    }

    [Fact]
    public void Coefficients_are_equal_in_dpo_and_by_the_lengths_in_simpo_and_by_probabilities_too_in_simper()
    {
        var pair = new PairLogProbs(0, -10, -60, 10, 30, -12, -50);
        double Ratio(Objective objective) =>
            PairLogProbs.Differentiate(objective, pair)[0] is var o ? -o.RejectedGradient / o.ChosenGradient : 0;
        Assert.Equal(1, Ratio(new Dpo()), 12);
        Assert.Equal(10.0 / 30, Ratio(new SimPo()), 12);
        Assert.Equal(Math.Exp(-2) / 30 / (Math.Exp(-1) / 10), Ratio(new SimPer()), 12);
    }

    [Fact]
    public void What_the_logits_of_an_answer_get_is_at_most_twice_its_inverse_perplexity()
    {
        // Σ_t |dL / dz_t|₁ ≤ 2 p: of a softmax |1[v = y] - π(v)|₁ is 2 (1 - π(y)) at most 2, times p / |y| at each of
        // |y| tokens.
        Gen.Select(Gen.Int[1, 40], Gen.Int[2, 30], Gen.Int[0, 10_000])
            .Sample(
                (tokens, words, seed) =>
                {
                    using var scope = NewDisposeScope();
                    using var generator = new Generator((ulong)seed, CPU);
                    Tensor logits = randn(tokens, words, dtype: ScalarType.Float64, generator: generator)
                        .Times(3L)
                        .requires_grad_();
                    Tensor answer = randint(words, tokens, dtype: ScalarType.Int64, generator: generator);
                    Tensor sum = logits.log_softmax(1).gather(1, answer.unsqueeze(1)).sum().unsqueeze(0);
                    Tensor length = tensor([(double)tokens]);
                    new SimPer().Evaluate(new PairScores([sum], [length])).Loss.Sum().Backward();
                    double bound = 2 * Math.Exp(sum.item<double>() / tokens);
                    double total = Numbers.Of(logits.grad!).Sum(Math.Abs);
                    Assert.InRange(total, 0, bound * (1 + 1e-12));
                },
                iter: 100
            );
    }

    [Theory]
    [InlineData(typeof(Kto), "single answers")]
    [InlineData(typeof(Bco), "single answers")]
    public void Objectives_of_single_answers_are_refused(Type objective, string expected) =>
        Assert.Contains(
            expected,
            Assert
                .Throws<SimperException>(() => PairLogProbs.ExpectSeen((Objective)Activator.CreateInstance(objective)!))
                .Message,
            StringComparison.Ordinal
        );

    [Fact]
    public void Objectives_that_weigh_tokens_are_refused()
    {
        foreach (
            Objective objective in (Objective[])
                [
                    new Dpo { UseWeighting = true },
                    new Dpo { LengthDesensitization = 0.5 },
                    new Orpo { CountsPrompt = true },
                    new Sft { CompletionOnly = false },
                ]
        )
            Assert.Contains(
                "plain sums",
                Assert.Throws<SimperException>(() => PairLogProbs.ExpectSeen(objective)).Message,
                StringComparison.Ordinal
            );
        PairLogProbs.ExpectSeen(new Sft());
    }
}
