using Simper.Analysis;
using Simper.Objectives;
using Simper.Scoring;
using Simper.Tests.Toys;
using static TorchSharp.torch;

namespace Simper.Tests.Analysis;

public class PreferenceLensTests
{
    private static readonly PairLogProbs[] Pairs = Random(21);

    public static TheoryData<string> Names =>
        [
            .. ObjectiveCatalog
                .Standard.Kinds.Where(k => k.Default.Takes is not (PreferenceKind.Unpaired or PreferenceKind.Mismatched))
                .Select(k => k.Name),
        ];

    private static PairLogProbs[] Random(int count, bool ownReference = false)
    {
        var random = new Random(5);
        return
        [
            .. Enumerable
                .Range(0, count)
                .Select(i =>
                {
                    (int n, int m) = (random.Next(1, 30), random.Next(1, 30));
                    (double chosen, double rejected) = (
                        -n * (0.1 + 3 * random.NextDouble()),
                        -m * (0.1 + 3 * random.NextDouble())
                    );
                    return new PairLogProbs(
                        i + 1,
                        chosen,
                        rejected,
                        n,
                        m,
                        ownReference ? chosen : chosen + random.NextDouble() - 0.5,
                        ownReference ? rejected : rejected + random.NextDouble() - 0.5
                    );
                }),
        ];
    }

    // The coefficients by autograd over the scores of a batch, the loss taken as the objective's own mean.
    private static (double[] Chosen, double[] Rejected) Autograd(Objective objective, PairLogProbs[] pairs)
    {
        using var scope = NewDisposeScope();
        Tensor Column(Func<PairLogProbs, double> of) => tensor(pairs.Select(of).ToArray());
        Tensor chosen = Column(p => p.ChosenSum).requires_grad_();
        Tensor rejected = Column(p => p.RejectedSum).requires_grad_();
        var scores = new PairScores(
            [chosen, rejected],
            [Column(p => p.ChosenTokens), Column(p => p.RejectedTokens)],
            [Column(p => p.ReferenceChosenSum), Column(p => p.ReferenceRejectedSum)]
        );
        objective.Evaluate(scores).Loss.Sum().Backward();
        return (Numbers.Of(chosen.grad!), rejected.grad is null ? new double[pairs.Length] : Numbers.Of(rejected.grad));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Weights_are_autograd_s_coefficients_scaled_to_a_mean_of_one(string name)
    {
        Objective objective = ObjectiveCatalog.Standard.Find(name)!.Default;
        LensColumn column = LensColumn.Of(name, objective, Pairs, pairsPerBatch: 7);
        double[] pushes =
        [
            .. Pairs
                .Chunk(objective.IsBatchDependent ? 7 : Pairs.Length)
                .SelectMany(batch =>
                {
                    (double[] chosen, double[] rejected) = Autograd(objective, batch);
                    return chosen.Zip(rejected, (c, r) => Math.Abs(c) + Math.Abs(r));
                }),
        ];
        Assert.Equal(1, column.Weights.Average(), 1e-12);
        for (int i = 0; i < Pairs.Length; i++)
            Assert.Equal(pushes[i] / pushes.Average(), column.Weights[i], 1e-10);
    }

    [Fact]
    public void A_policy_that_is_its_own_reference_is_pushed_alike_by_dpo_and_not_by_simper()
    {
        PreferenceLens lens = PreferenceLens.Of(
            Random(40, ownReference: true),
            [("dpo", new Dpo()), ("simper", new SimPer()), ("simpo", new SimPo())]
        );
        Assert.True(lens.Columns[0].IsConstant);
        Assert.Equal(1, lens.Columns[0].EffectiveShare, 12);
        Assert.Null(lens.Columns[0].RankCorrelation(lens.Columns[1]));
        Assert.NotNull(lens.Columns[1].RankCorrelation(lens.Columns[2]));
        Assert.False(lens.Columns[1].IsConstant);
        // Two orders are left to disagree.
        Assert.Equal(40, lens.Disagreements().Count);
        Assert.Empty((lens with { Columns = [lens.Columns[0], lens.Columns[1]] }).Disagreements());
    }

    [Fact]
    public void The_pair_that_one_objective_pushes_hardest_and_the_other_least_is_the_first_disagreement()
    {
        // Linear SimPER pushes by 1 / |y|, DPO by how far the policy ranks a pair worse than the reference did: short and settled
        // here.
        PairLogProbs[] pairs =
        [
            new(1, -1, -9, 1, 1, -4, -4),
            new(2, -50, -50, 50, 50, -45, -55),
            new(3, -20, -20, 20, 20, -20, -20),
            new(4, -30, -30, 30, 30, -29, -30),
        ];
        PreferenceLens lens = PreferenceLens.Of(pairs, [("linear", new SimPerLinear()), ("dpo", new Dpo())]);
        Assert.Equal([1, 2.0 / 3, 1.0 / 3, 0], ((double[])[.. lens.Columns[0].Places()]).Order().Reverse());
        Assert.Equal((1, 0), (lens.Columns[0].Places()[0], lens.Columns[1].Places()[0]));
        Assert.Equal(1, lens.Disagreements()[0].Distance, 12);
        Assert.Contains(lens.Disagreements()[0].Index, (int[])[0, 1]);
        Assert.Equal(-1, lens.Columns[0].RankCorrelation(lens.Columns[1])!.Value, 0.41);
    }

    [Fact]
    public void Distributions_are_told_by_what_falls_on_the_hardest_pushed()
    {
        // |∂L| of SimPerLinear is 1 / |chosen| + 1 / |rejected|: 2, and nine times 1/10.
        PairLogProbs[] pairs =
        [
            new(1, -1, -1, 1, 1, 0, 0),
            .. Enumerable.Range(2, 9).Select(i => new PairLogProbs(i, -20, -20, 20, 20, 0, 0)),
        ];
        LensColumn column = LensColumn.Of("linear", new SimPerLinear(), pairs);
        Assert.Equal(2 / 2.9, column.TopTenthShare, 12);
        Assert.Equal(2.9 * 2.9 / (10 * (4 + 9 * 0.01)), column.EffectiveShare, 12);
        Assert.Equal(0.1 / 0.29, column.Quantile(0.5), 12);
        Assert.Equal(2 / 0.29, column.Quantile(1), 12);
    }

    [Fact]
    public void Every_pair_is_a_row_of_the_table_and_of_the_file()
    {
        PreferenceLens lens = PreferenceLens.Of(Pairs, [("simper", new SimPer()), ("dpo", new Dpo())]);
        IReadOnlyList<string>[] rows = [.. lens.Rows()];
        Assert.Equal(Pairs.Length + 1, rows.Length);
        Assert.All(rows, r => Assert.Equal(13, r.Count));
        Assert.Equal(lens.Columns[1].Weights[4], double.Parse(rows[5][10], System.Globalization.CultureInfo.InvariantCulture));
        var json = lens.ToJson();
        Assert.Equal(lens.Columns[1].Weights[4], (double)json["pairs"]![4]!["weights"]![1]!);
        Assert.Equal(1, (double)json["rank_correlations"]![0]![0]!, 12);
        Assert.Equal((double)json["rank_correlations"]![0]![1]!, (double)json["rank_correlations"]![1]![0]!, 12);
    }
}
