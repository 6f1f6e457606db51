using Simper.Objectives;
using Simper.Scoring;
using Simper.Tests.Toys;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Tests.Objectives;

/// <summary>What every objective of the catalog promises of itself, found true or not by autograd.</summary>
public class ObjectivePropertyTests
{
    private const int Pairs = 3;

    public static TheoryData<string> Names => [.. ObjectiveCatalog.Standard.Kinds.Select(k => k.Name)];

    private static Objective Of(string name) => ObjectiveCatalog.Standard.Find(name)!.Default;

    // Random scores of pairs; where answers are single, every other row is a bad one, and the second answers are mismatched ones.
    private static PairScores Scores(Objective objective, double[] sums, out Tensor[] leaves, bool requiresGrad = false)
    {
        Tensor[] columns = [tensor(sums[..Pairs]), tensor(sums[Pairs..])];
        leaves = requiresGrad ? [.. columns.Select(c => c.requires_grad_())] : columns;
        Tensor[] tokens = [tensor([7.0, 12, 5]), tensor([9.0, 4, 11])];
        Tensor[] references = [tensor([-5.1, -8.2, -3.3]), tensor([-7.4, -2.5, -9.6])];
        bool isUnpaired = objective.Takes is PreferenceKind.Unpaired or PreferenceKind.Mismatched;
        return new PairScores(
            leaves,
            tokens,
            references,
            isUnpaired ? [tensor([1.0, -1, 1]), zeros(Pairs, dtype: ScalarType.Float64)] : null
        );
    }

    private static double[] RandomSums(int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, 2 * Pairs).Select(_ => -1 - 12 * random.NextDouble())];
    }

    private static double[] Gradient(Objective objective, double[] sums, Func<Column, Column>? of = null)
    {
        using var scope = NewDisposeScope();
        Column loss = objective.Evaluate(Scores(objective, sums, out Tensor[] leaves, requiresGrad: true)).Loss;
        (of ?? (l => l.Sum()))(loss).Backward();
        return [.. leaves.SelectMany(l => l.grad is null ? new double[Pairs] : Numbers.Of(l.grad))];
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Gradients_are_finite_differences_of_the_loss(string name)
    {
        Objective objective = Of(name);
        for (int seed = 0; seed < 5; seed++)
        {
            double[] sums = RandomSums(seed);
            double[] gradient = Gradient(objective, sums);
            // Constants of an estimate (KTO's z, BCO's shift) have no gradient though they move: the rows' own answers alone are
            // compared.
            int[] moved = objective is Kto or Bco ? [] : [.. Enumerable.Range(0, sums.Length)];
            foreach (int i in moved)
            {
                const double step = 1e-5;
                double Loss(double by)
                {
                    using var scope = NewDisposeScope();
                    double[] other = [.. sums];
                    other[i] += by;
                    return objective.Evaluate(Scores(objective, other, out _)).Loss.Sum().ToDouble();
                }
                double difference = (Loss(step) - Loss(-step)) / (2 * step);
                Assert.Equal(difference, gradient[i], 1e-6 * Math.Max(1, Math.Abs(difference)));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_loss_that_is_called_separable_has_gradients_that_do_not_see_other_answers(string name)
    {
        Objective objective = Of(name);
        double[] sums = RandomSums(7);
        double[] other = [.. sums];
        for (int i = Pairs; i < 2 * Pairs; i++)
            other[i] -= 3;
        double[] before = Gradient(objective, sums);
        double[] after = Gradient(objective, other);
        bool isBlind = before[..Pairs].Zip(after[..Pairs]).All(x => Math.Abs(x.First - x.Second) < 1e-12);
        if (objective.IsSeparable)
            Assert.True(isBlind);
        // And the others do see them, or they would be called separable too: but for the flat side of a hinge, and losses without
        // a rejected answer.
        else if (objective is not (SlicHf or Rrhf or HingeDpo or CpoHinge or Bco or Orpo))
            Assert.False(isBlind);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_loss_is_coupled_exactly_where_other_pairs_change_it(string name)
    {
        Objective objective = Of(name);
        double[] sums = RandomSums(3);
        double[] other = [.. sums];
        other[2] -= 4;
        other[Pairs + 2] += 0.9;
        using var scope = NewDisposeScope();
        double[] before = objective.Evaluate(Scores(objective, sums, out _)).Loss.ToArray();
        double[] after = objective.Evaluate(Scores(objective, other, out _)).Loss.ToArray();
        bool isSame = before[..2].Zip(after[..2]).All(x => Math.Abs(x.First - x.Second) < 1e-12);
        Assert.Equal(!objective.IsBatchDependent, isSame);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Better_chosen_answers_never_cost_more(string name)
    {
        // What each is for; squares that overshoot their target, and losses that lower both answers, are left out.
        Objective objective = Of(name);
        if (
            objective
            is Ipo
                or CpoIpo
                or SppoHard
                or CalDpo
                or ApoDown
                or NcaPair
                or ExoPair
                or DiscoPop
                or RobustDpo
                or ConservativeDpo
        )
            return;
        double[] gradient = Gradient(objective, RandomSums(11));
        bool isUnpaired = objective.Takes is PreferenceKind.Unpaired or PreferenceKind.Mismatched;
        Assert.True(gradient[0] <= 0 && gradient[2] <= 0, $"chosen: {gradient[0]}, {gradient[2]}");
        Assert.True(isUnpaired ? gradient[1] >= 0 : gradient[1] <= 0);
        if (!isUnpaired && objective.UsesRejected)
            Assert.All(gradient[Pairs..], g => Assert.True(g >= 0, $"rejected: {g}"));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void An_objective_reads_the_reference_exactly_where_it_says_so(string name)
    {
        Objective objective = Of(name);
        using var scope = NewDisposeScope();
        PairScores full = Scores(objective, RandomSums(1), out Tensor[] leaves);
        var bare = new PairScores(leaves, [tensor([7.0, 12, 5]), tensor([9.0, 4, 11])]);
        if (objective.NeedsReference)
            Assert.Throws<InvalidOperationException>(() => objective.Evaluate(bare));
        else
            Assert.Equal(objective.Evaluate(full).Loss.ToArray(), objective.Evaluate(bare).Loss.ToArray());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Losses_and_gradients_stay_finite_far_out(string name)
    {
        Objective objective = Of(name);
        if (objective is SimPerWithReference or DiscoPop or AlphaPo)
            return; // exponentials of what may be large: the trainer stops at the first that is not finite
        double[] gradient = Gradient(objective, [-400, -0.01, -3000, -2, -900, -1e-3]);
        Assert.All(gradient, g => Assert.True(double.IsFinite(g)));
    }

    [Fact]
    public void Ranked_answers_are_a_weighted_sum_and_a_list_of_two_is_the_pair()
    {
        using var scope = NewDisposeScope();
        var pair = new PairScores([tensor([-4.0]), tensor([-9.0])], [tensor([4.0]), tensor([3.0])]);
        var list = new PairScores(
            [tensor([-4.0]), tensor([-9.0])],
            [tensor([4.0]), tensor([3.0])],
            null,
            [tensor([1.0]), tensor([-1.0])]
        );
        Assert.Equal(new SimPer().Evaluate(pair).Loss.ToDouble(), new SimPer().Evaluate(list).Loss.ToDouble());

        var four = new PairScores(
            [tensor([-4.0]), tensor([-5.0]), tensor([-6.0]), tensor([-9.0])],
            [.. Enumerable.Repeat(tensor([3.0]), 4)],
            null,
            [tensor([0.75]), tensor([0.25]), tensor([-0.25]), tensor([-0.75])]
        );
        double P(double sum) => Math.Exp(sum / 3);
        Assert.Equal(-0.75 * P(-4) - 0.25 * P(-5) + 0.25 * P(-6) + 0.75 * P(-9), new SimPer().Evaluate(four).Loss.ToDouble(), 12);
    }
}
