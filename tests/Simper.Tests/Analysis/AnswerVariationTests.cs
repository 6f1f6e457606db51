using Simper.Analysis;
using Simper.Models;
using Simper.Tensors;
using Simper.Tests.Toys;
using Simper.Text.Preferences;

namespace Simper.Tests.Analysis;

public class AnswerVariationTests
{
    private static readonly TokenizedGroup[] Groups =
    [
        .. Enumerable.Range(1, 6).Select(i => ToyDecoder.Group(i, 3 + i, 2 + i, 7 - i)),
    ];

    [Fact]
    public void It_is_measured_answer_by_answer_from_the_next_token_s_distributions()
    {
        using Decoder decoder = ToyDecoder.Make(Precision.Float64);
        IReadOnlyList<AnswerVariation> measured = AnswerVariation.Measure(decoder, Groups);
        Assert.Equal(12, measured.Count);
        for (int i = 0; i < measured.Count; i++)
        {
            TokenizedGroup group = Groups[i / 2];
            int[] answer = group.Answers[i % 2].Ids;
            using var model = new ModelDistribution(decoder, group.Prompt, answer.Length);
            double[] said = [.. answer.Select((token, t) => model.Next(answer[..t])[token])];
            Assert.Equal(
                (group.Row, i % 2 == 0 ? 1 : -1, answer.Length),
                (measured[i].Row, measured[i].Weight, measured[i].Tokens)
            );
            Assert.Equal(said.Average(p => 1 - p), measured[i].MeanOfTokens, 1e-9);
            Assert.Equal(1 - Math.Pow(said.Aggregate((a, b) => a * b), 1.0 / said.Length), measured[i].Bound, 1e-9);
            Assert.Equal(1 - said.Aggregate((a, b) => a * b), measured[i].OfSequence, 1e-9);
        }
    }

    [Fact]
    public void A_token_that_counts_in_the_length_alone_takes_nothing_from_the_next_answer()
    {
        using Decoder decoder = ToyDecoder.Make(Precision.Float64);
        TokenizedGroup[] counted =
        [
            .. Groups.Select(g => g with { Answers = [.. g.Answers.Select(a => a with { UnpredictedTokens = 1 })] }),
        ];
        Assert.Equal(AnswerVariation.Measure(decoder, Groups), AnswerVariation.Measure(decoder, counted));
    }

    [Fact]
    public void The_split_into_micro_batches_changes_nothing_and_leaves_nothing_behind()
    {
        using Decoder decoder = ToyDecoder.Make(Precision.Float64);
        IReadOnlyList<AnswerVariation> whole = AnswerVariation.Measure(decoder, Groups);
        Live.ExpectNoneLeft(() =>
        {
            IReadOnlyList<AnswerVariation> parts = AnswerVariation.Measure(decoder, Groups, tokensPerMicroBatch: 20);
            for (int i = 0; i < whole.Count; i++)
                Assert.Equal(whole[i].Bound, parts[i].Bound, 1e-10);
        });
    }
}
