using CsCheck;
using Simper.Analysis;

namespace Simper.Tests.Analysis;

public class TotalVariationTests
{
    private static readonly Gen<double[]> Weights = Gen.Double[0, 1].Array[5].Where(w => w.Sum() > 0.01);

    private static double[] Normalised(double[] weights) => Array.ConvertAll(weights, w => w / weights.Sum());

    [Fact]
    public void It_is_half_the_sum_of_differences()
    {
        Assert.Equal(0.3, TotalVariation.Distance([0.5, 0.3, 0.2], [0.2, 0.6, 0.2]), 12);
        Assert.Equal(1, TotalVariation.Distance([1, 0], [0, 1]), 12);
        Assert.Throws<ArgumentException>(() => TotalVariation.Distance([1], [0.5, 0.5]));
    }

    [Fact]
    public void It_is_a_distance_between_0_and_1() =>
        Gen.Select(Weights, Weights, Weights)
            .Sample(
                (a, b, c) =>
                {
                    (double[] p, double[] q, double[] r) = (Normalised(a), Normalised(b), Normalised(c));
                    double distance = TotalVariation.Distance(p, q);
                    return distance is >= 0 and <= 1 + 1e-12
                        && TotalVariation.Distance(p, p) == 0
                        && distance == TotalVariation.Distance(q, p)
                        && distance <= TotalVariation.Distance(p, r) + TotalVariation.Distance(r, q) + 1e-12;
                }
            );

    [Fact]
    public void From_a_point_mass_it_is_what_the_other_puts_elsewhere() =>
        Gen.Select(Weights, Gen.Int[0, 4])
            .Sample(
                (weights, y) =>
                {
                    double[] q = Normalised(weights);
                    double[] point = new double[5];
                    point[y] = 1;
                    return Math.Abs(TotalVariation.Distance(point, q) - (1 - q[y])) < 1e-12
                        && Math.Abs(TotalVariation.FromPointMass(Math.Log(q[y])) - (1 - q[y])) < 1e-12;
                }
            );

    [Fact]
    public void Nearly_certain_tokens_keep_their_digits()
    {
        Assert.Equal(1, TotalVariation.FromPointMass(-1e-18) / 1e-18, 12);
        Assert.Equal(1, TotalVariation.FromPointMass(-1e-9) / (1e-9 - 0.5e-18), 12);
        Assert.Equal(1, TotalVariation.FromPointMass(double.NegativeInfinity));
        Assert.Equal(0, TotalVariation.FromPointMass(0));
    }

    [Fact]
    public void What_is_unknown_bounds_it_from_below_and_above() =>
        Gen.Select(Weights, Weights, Gen.Int[0, 5])
            .Sample(
                (a, b, known) =>
                {
                    (double[] p, double[] q) = (Normalised(a), Normalised(b));
                    (double low, double high) = TotalVariation.Bounds(p[..known], q[..known]);
                    double distance = TotalVariation.Distance(p, q);
                    return low <= distance + 1e-12 && distance <= high + 1e-12 && (known < 5 || high - low < 1e-12);
                }
            );

    [Fact]
    public void It_is_exact_where_one_side_is_known_whole()
    {
        (double low, double high) = TotalVariation.Bounds([0.5, 0.5], [0.3, 0.1]); // ½ (0.2 + 0.4 + 0.6)
        Assert.Equal(0.6, low, 12);
        Assert.Equal(low, high, 12);
    }

    [Fact]
    public void SimPER_s_bound_is_never_below_the_mean_of_the_tokens() =>
        Gen.Double[-30, 0]
            .Array[1, 40]
            .Sample(logProbs =>
            {
                AnswerVariation answer = AnswerVariation.Of(logProbs);
                return answer.Slack >= -1e-12
                    && answer.OfSequence >= answer.Bound - 1e-12
                    && answer.Bound is >= 0 and <= 1
                    && answer.Tokens == logProbs.Length;
            });

    [Fact]
    public void An_answer_of_two_tokens_by_hand()
    {
        // π = 0.9 and 0.4: mean 0.65, geometric mean 0.6, product 0.36.
        AnswerVariation answer = AnswerVariation.Of([Math.Log(0.9), Math.Log(0.4)]);
        Assert.Equal(0.35, answer.MeanOfTokens, 12);
        Assert.Equal(0.4, answer.Bound, 12);
        Assert.Equal(0.64, answer.OfSequence, 12);
        Assert.Equal(0, AnswerVariation.Of([Math.Log(0.7), Math.Log(0.7)]).Slack, 12);
    }
}
