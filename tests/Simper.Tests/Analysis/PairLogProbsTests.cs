using System.Text.Json.Nodes;
using Simper.Analysis;
using Simper.Models;
using Simper.Objectives;
using Simper.Tensors;
using Simper.Tests.Toys;
using Simper.Text.Preferences;
using Simper.Training;

namespace Simper.Tests.Analysis;

public class PairLogProbsTests
{
    private static readonly TokenizedGroup[] Pairs =
    [
        .. Enumerable.Range(1, 6).Select(i => ToyDecoder.Group(i, 3 + i, 2 + i, 7 - i)),
    ];

    private static LanguageModel Model(long seed) =>
        LanguageModel.Create(new ModelFiles("toy", JsonNode.Parse(ToyDecoder.Config)!.AsObject()), seed, Precision.Float32);

    [Fact]
    public void Pairs_are_scored_once_by_policy_and_reference_whatever_the_split()
    {
        using LanguageModel policy = Model(1);
        using LanguageModel reference = Model(2);
        IReadOnlyList<PairLogProbs> own = PairLogProbs.Measure(policy, Pairs);
        IReadOnlyList<PairLogProbs> other = PairLogProbs.Measure(reference, Pairs);
        IReadOnlyList<PairLogProbs> both = PairLogProbs.Measure(
            policy,
            Pairs,
            ReferenceScores.Of(reference, Pairs),
            tokensPerMicroBatch: 25
        );
        for (int i = 0; i < Pairs.Length; i++)
        {
            Assert.Equal(
                (Pairs[i].Row, 2 + Pairs[i].Row, 7 - Pairs[i].Row),
                (both[i].Row, both[i].ChosenTokens, both[i].RejectedTokens)
            );
            Assert.Equal((own[i].ChosenSum, own[i].RejectedSum), (own[i].ReferenceChosenSum, own[i].ReferenceRejectedSum));
            Assert.Equal(own[i].ChosenSum, both[i].ChosenSum, 1e-4);
            Assert.Equal(own[i].RejectedSum, both[i].RejectedSum, 1e-4);
            Assert.Equal(other[i].ChosenSum, both[i].ReferenceChosenSum, 1e-4);
            Assert.Equal(other[i].RejectedSum, both[i].ReferenceRejectedSum, 1e-4);
        }
    }

    [Fact]
    public void Nothing_is_left_behind()
    {
        using LanguageModel policy = Model(1);
        Live.ExpectNoneLeft(() =>
        {
            IReadOnlyList<PairLogProbs> pairs = PairLogProbs.Measure(
                policy,
                Pairs,
                ReferenceScores.Of(policy, Pairs),
                tokensPerMicroBatch: 25
            );
            _ = PreferenceLens.Of(pairs, [("dpo", new Dpo()), ("orpo", new Orpo())], pairsPerBatch: 4);
        });
    }
}
