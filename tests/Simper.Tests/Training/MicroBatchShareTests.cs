using Simper.Models;
using Simper.Objectives;
using Simper.Testing;
using Simper.Tests.Toys;
using Simper.Text.Preferences;
using Simper.Training;

namespace Simper.Tests.Training;

/// <summary>How a step's pairs are divided: five pairs whose chosen answers have 1 to 5 tokens, at most two at once.</summary>
public sealed class MicroBatchShareTests : IDisposable
{
    private readonly LanguageModel _model = LanguageModel.Load(Path.Combine(SharedFiles.Repository, "assets", "demo", "model"));

    private readonly TokenizedGroup[] _groups = [.. Enumerable.Range(1, 5).Select(i => ToyDecoder.Group(i, 3, i, 2))];

    public void Dispose() => _model.Dispose();

    private MicroBatchShare[] Of(Objective objective, bool alike = false, bool logsAsLast = false, int tokens = 1000) =>
        [
            .. MicroBatchShare.Of(
                _groups,
                new Trainer(_model, _groups, objective)
                {
                    PairsPerMicroBatch = 2,
                    TokensPerMicroBatch = tokens,
                    MicroBatchesCountAlike = alike,
                    LogsAsManyPairsAsLast = logsAsLast,
                }
            ),
        ];

    [Fact]
    public void A_loss_of_single_pairs_is_divided_by_the_weight_of_the_whole_step()
    {
        MicroBatchShare[] shares = Of(new Dpo());
        Assert.Equal([2, 2, 1], shares.Select(s => Assert.Single(s.Passes).Count));
        Assert.All(shares, s => Assert.Equal((5, 1, int.MaxValue), (s.TotalWeight, s.Share, s.Logged)));
        Assert.All(Of(new Sft()), s => Assert.Equal(1 + 2 + 3 + 4 + 5, s.TotalWeight));
    }

    [Fact]
    public void Micro_batches_that_count_alike_have_equal_weights_whatever_is_in_them()
    {
        MicroBatchShare[] pairs = Of(new Dpo(), alike: true);
        Assert.Equal([3 * 2, 3 * 2, 3 * 1], pairs.Select(s => s.TotalWeight));
        Assert.Equal([5 / 6.0, 5 / 6.0, 5 / 3.0], pairs.Select(s => s.Share));
        Assert.Equal([0, 1, 2], pairs.Select(s => s.Index));
        Assert.Equal([3 * (1 + 2), 3 * (3 + 4), 3 * 5], Of(new Sft(), alike: true).Select(s => s.TotalWeight));
    }

    [Fact]
    public void A_micro_batch_of_several_passes_knows_where_each_begins()
    {
        MicroBatchShare[] shares = Of(new Dpo(), alike: true, tokens: 1);
        Assert.All(shares, s => Assert.Single(Assert.Single(s.Passes)));
        Assert.Equal([(0, 0), (0, 1), (1, 0), (1, 1), (2, 0)], shares.Select(s => (s.Index, s.First)));
    }

    [Fact]
    public void A_loss_that_couples_pairs_sees_the_passes_of_a_micro_batch_together()
    {
        MicroBatchShare[] shares = Of(new Orpo(), tokens: 1);
        Assert.Equal([2, 2, 1], shares.Select(s => s.Passes.Count));
        Assert.Equal([0, 1, 2], shares.Select(s => s.Index));
        Assert.All(shares, s => Assert.Equal((5, 1), (s.TotalWeight, s.Share)));
    }

    [Fact]
    public void As_many_pairs_are_logged_as_the_last_micro_batch_has_where_the_trainer_does_so()
    {
        Assert.All(Of(new Orpo(), logsAsLast: true), s => Assert.Equal(1, s.Logged));
        Assert.All(Of(new Orpo()), s => Assert.Equal(int.MaxValue, s.Logged));
    }
}
