using Simper.Batching;
using Simper.Objectives;
using Simper.Scoring;
using static TorchSharp.torch;

namespace Simper.Tests.Objectives;

/// <summary>What a mixture says of itself follows from its parts.</summary>
public class MixtureTests
{
    private static Mixture Of(params Objective[] parts) => new([.. parts.Select(p => (p, 1.0))]);

    [Fact]
    public void It_needs_what_one_of_its_parts_needs()
    {
        Assert.True(Of(new Sft(), new Dpo()).NeedsReference);
        Assert.False(Of(new Sft(), new SimPer()).NeedsReference);
        Assert.True(Of(new Sft(), new SimPer()).UsesRejected);
        Assert.False(Of(new Sft()).UsesRejected);
        Assert.True(Of(new SimPer(), new Orpo { CountsPrompt = true }).Needs.Prompts);
        Assert.False(Of(new SimPer(), new Orpo()).Needs.Prompts);
        Assert.True(Of(new Dpo(), new Dpo { UseWeighting = true }).Needs.Confidence);
        Assert.False(Of(new Dpo(), new Dpo()).Needs.Confidence);
        Assert.Equal(0.5, Of(new Dpo { LengthDesensitization = 0.5 }, new Dpo { LengthDesensitization = 0.5 }).Needs.TailWeight);
        Assert.True(Of(new Sft { Dynamic = true }).Needs.ByProbability);
    }

    [Fact]
    public void It_couples_the_pairs_of_a_batch_if_a_part_does_or_is_a_mean_over_tokens()
    {
        Assert.False(Of(new Dpo(), new SimPer()).IsBatchDependent);
        Assert.True(Of(new Dpo(), new Sft()).IsBatchDependent);
        Assert.True(Of(new Orpo(), new Dpo()).IsBatchDependent);
        Assert.True(Of(new SimPer(), new SimPerUnnormalized()).IsSeparable);
        Assert.False(Of(new SimPer(), new Dpo()).IsSeparable);
        Assert.False(Of(new SimPer(), new Sft()).IsSeparable);
    }

    [Fact]
    public void It_is_reported_as_its_first_part()
    {
        Assert.True(Of(new SimPer(), new Dpo()).ReportsMeanLogProbs);
        Assert.False(Of(new Dpo(), new SimPer()).ReportsMeanLogProbs);
        Assert.False(Of(new Dpo(), new SimPer()).IsMeanOverTokens);
        Assert.Equal("dpo+simper", Of(new Dpo(), new SimPer()).Name);
    }

    [Fact]
    public void Parts_that_weigh_tokens_otherwise_are_a_fault_and_so_is_that_of_a_part()
    {
        const string unlike = "the parts of a mixture have to weigh tokens alike";
        Assert.Null(Of(new Dpo(), new SimPer()).Fault);
        Assert.Null(Of(new Dpo { LengthDesensitization = 0.5 }, new Ipo { LengthDesensitization = 0.5 }).Fault);
        Assert.Equal(unlike, Of(new Dpo(), new Dpo { LengthDesensitization = 0.5 }).Fault);
        Assert.Equal(unlike, Of(new Sft(), new Sft { Dynamic = true }).Fault);
        Assert.NotNull(new ExoPair { LabelSmoothing = 0 }.Fault);
        Assert.Equal(new ExoPair { LabelSmoothing = 0 }.Fault, Of(new Dpo(), new ExoPair { LabelSmoothing = 0 }).Fault);
    }

    [Fact]
    public void Its_figures_are_those_of_all_parts_and_its_rewards_those_of_the_first()
    {
        using var scope = NewDisposeScope();
        var scores = new PairScores([tensor([-0.6]), tensor([-3.0])], [tensor([3.0]), tensor([5.0])]);
        PairLoss both = new Mixture((new SimPo { NllWeight = 1 }, 1), (new Orpo(), 1)).Evaluate(scores);
        Assert.Equal(["nll_loss", "nll_loss", "log_odds_chosen", "log_odds_ratio"], both.Figures.Select(f => f.Name));
        Assert.Equal(new SimPo().Evaluate(scores).Rewards.ToArray(), both.Rewards.ToArray());
    }

    [Fact]
    public void Other_objectives_are_means_over_pairs_that_see_their_own_pair_alone()
    {
        var dpo = new Dpo();
        Assert.False(dpo.IsMeanOverTokens);
        Assert.False(dpo.IsBatchDependent);
        Assert.False(dpo.ReportsMeanLogProbs);
        Assert.Equal(1, dpo.Weight(3, 4));
        Assert.Equal(ScoreNeeds.Sums with { AnswersPerGroup = 1 }, new Sft().AskedNeeds);
        Assert.Equal(ScoreNeeds.Sums, dpo.AskedNeeds);
        foreach (
            Objective means in (Objective[])[new SimPer(), new SimPerLinear(), new SimPerWithReference(), new Rrhf(), new Orpo()]
        )
            Assert.True(means.ReportsMeanLogProbs, means.Name);
        Assert.True(new Sft() is { IsMeanOverTokens: true, ReportsMeanLogProbs: true });
    }
}
