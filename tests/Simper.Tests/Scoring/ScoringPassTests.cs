using Simper.Batching;
using Simper.Kernels;
using Simper.Models;
using Simper.Models.Weights;
using Simper.Objectives;
using Simper.Scoring;
using Simper.Tensors;
using Simper.Tests.Toys;
using Simper.Text.Preferences;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Tests.Scoring;

/// <summary>
/// The equivalences that the flat path stands on, in double precision: packed = alone, shared prompt = not, chunked = whole,
/// recomputed = kept; and its gradient against finite differences.
/// </summary>
public class ScoringPassTests
{
    private static readonly TokenizedGroup[] Groups =
    [
        ToyDecoder.Group(1, 5, 4, 6),
        ToyDecoder.Group(2, 1, 1, 3),
        ToyDecoder.Group(3, 9, 2, 2),
        ToyDecoder.Group(4, 3, 7, 1),
    ];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_gradient_of_every_weight_equals_finite_differences(bool tied)
    {
        using Decoder decoder = ToyDecoder.Make(Precision.Float64, tied);
        double Loss() => Outcomes(decoder, Groups).Average(o => o.Loss);
        Gradients(decoder, Groups);
        using var generator = new Generator(1, CPU);
        foreach (Parameter parameter in decoder.Parameters)
        {
            using var scope = NewDisposeScope();
            using var noGrad = no_grad();
            // Along a random direction d: (L(w + hd) - L(w - hd)) / 2h = g · d.
            Tensor direction = randn(parameter.Master.shape, dtype: parameter.Master.dtype, generator: generator);
            double expected = parameter.Gradient!.mul(direction).sum().item<double>();
            const double h = 1e-5;
            parameter.Master.PlusInPlace(direction.Times(h));
            double up = Loss();
            parameter.Master.PlusInPlace(direction.Times(-2 * h));
            double down = Loss();
            parameter.Master.PlusInPlace(direction.Times(h));
            Assert.Equal(expected, (up - down) / (2 * h), 7);
        }
    }

    [Fact]
    public void Packed_groups_score_as_each_alone()
    {
        using Decoder decoder = ToyDecoder.Make(Precision.Float64);
        IReadOnlyList<PairOutcome> packed = Outcomes(decoder, Groups);
        for (int i = 0; i < Groups.Length; i++)
            Close(Outcomes(decoder, [Groups[i]])[0].ChosenSum, packed[i].ChosenSum);
    }

    [Fact]
    public void A_shared_prompt_scores_as_one_of_its_own_and_so_do_the_gradients()
    {
        using Decoder decoder = ToyDecoder.Make(Precision.Float64);
        IReadOnlyList<PairOutcome> shared = Outcomes(decoder, Groups);
        Dictionary<string, Tensor> together = Gradients(decoder, Groups);
        // Every answer in a sequence of its own; SimPER's terms are separable, so their signed sums are the pair's loss.
        Dictionary<string, Tensor>? alone = null;
        for (int answer = 0; answer < 2; answer++)
        {
            TokenizedGroup[] singles = [.. Groups.Select(g => g with { Answers = [g.Answers[answer]] })];
            MicroBatch batch = MicroBatch.Of(singles);
            using ScoringPass pass = ScoringPass.Forward(decoder, batch, forBackward: true);
            double[] sums = Numbers.Of(pass.Sums);
            for (int i = 0; i < sums.Length; i++)
                Close(sums[i], answer == 0 ? shared[i].ChosenSum : shared[i].RejectedSum);
            double sign = answer == 0 ? -1 : 1;
            using Tensor gradient = tensor(
                sums.Select(
                        (s, i) => sign * Math.Exp(s / batch.Answers[i].ScoredTokens) / batch.Answers[i].ScoredTokens / sums.Length
                    )
                    .ToArray()
            );
            if (answer == 0)
                Clear(decoder);
            pass.Backward(gradient);
            alone = decoder.Parameters.ToDictionary(p => p.Name, p => p.Gradient!);
        }
        foreach ((string name, Tensor gradient) in together)
            Assert.True(Numbers.RelativeDistance(alone![name], gradient) < 1e-11, name);
        Dispose(together);
    }

    [Fact]
    public void Beginnings_that_groups_share_change_no_score_and_no_gradient()
    {
        using Decoder decoder = ToyDecoder.Make(Precision.Float64);
        int[] system = [.. Enumerable.Range(0, 20)];
        TokenizedGroup[] groups =
        [
            .. Enumerable
                .Range(1, 4)
                .Select(i => ToyDecoder.Group(i, 5, 4, 6))
                .Select(g => g with { Prompt = [.. system, .. g.Prompt] }),
        ];
        Assert.True(MicroBatch.Of(groups).Tokens < groups.Sum(g => MicroBatch.TokensOf(g)));
        IReadOnlyList<PairOutcome> together = Outcomes(decoder, groups);
        Dictionary<string, Tensor> shared = Gradients(decoder, groups);
        Clear(decoder);
        for (int i = 0; i < groups.Length; i++)
        {
            PairOutcome alone = Outcomes(decoder, [groups[i]])[0];
            Close(alone.ChosenSum, together[i].ChosenSum);
            Close(alone.RejectedSum, together[i].RejectedSum);
            MicroBatch batch = MicroBatch.Of([groups[i]]);
            using ScoringPass pass = ScoringPass.Forward(decoder, batch, forBackward: true);
            using Tensor gradient = ObjectiveStep
                .Differentiate(new SimPer(), BatchScores.Of(pass, references: null), groups.Length)
                .Gradient;
            pass.Backward(gradient);
        }
        foreach (Parameter parameter in decoder.Parameters)
            Assert.True(Numbers.RelativeDistance(parameter.Gradient!, shared[parameter.Name]) < 1e-11, parameter.Name);
        Dispose(shared);
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(3, false)]
    [InlineData(0, true)]
    [InlineData(5, true)]
    public void Chunks_of_the_head_and_recomputed_blocks_change_no_gradient(int chunkRows, bool recompute)
    {
        using Decoder decoder = ToyDecoder.Make(Precision.Float64);
        Dictionary<string, Tensor> whole = Gradients(decoder, Groups);
        Dictionary<string, Tensor> chunked = Gradients(decoder, Groups, chunkRows, recompute);
        foreach ((string name, Tensor gradient) in whole)
            Assert.True(Numbers.RelativeDistance(chunked[name], gradient) < 1e-12, name);
        Dispose(whole);
        Dispose(chunked);
    }

    [Fact]
    public void Recomputed_blocks_give_the_same_bits_in_float32()
    {
        using Decoder decoder = ToyDecoder.Make(Precision.Float32);
        Dictionary<string, Tensor> kept = Gradients(decoder, Groups);
        Dictionary<string, Tensor> again = Gradients(decoder, Groups, recompute: true);
        foreach ((string name, Tensor gradient) in kept)
            Assert.Equal(Numbers.Of(gradient), Numbers.Of(again[name]));
        Dispose(kept);
        Dispose(again);
    }

    [Fact]
    public void Tokens_behind_the_last_scored_one_and_other_groups_change_nothing()
    {
        using Decoder decoder = ToyDecoder.Make(Precision.Float64);
        TokenizedGroup group = Groups[0];
        TokenizedAnswer longer = new()
        {
            Ids = [.. group.Answers[0].Ids, 9, 9],
            IsScored = [.. group.Answers[0].IsScored, false, false],
        };
        double expected = Outcomes(decoder, [group])[0].ChosenSum;
        Close(expected, Outcomes(decoder, [group with { Answers = [longer, group.Answers[1]] }])[0].ChosenSum);
    }

    [Fact]
    public void A_pass_leaves_no_tensor_behind_whether_or_not_it_went_back()
    {
        using Decoder decoder = ToyDecoder.Make(Precision.Float32);
        foreach (bool recompute in (bool[])[false, true])
        {
            Live.ExpectNoneLeft(() => Dispose(Gradients(decoder, Groups, recompute: recompute)));
            Live.ExpectNoneLeft(() => Outcomes(decoder, Groups));
            Live.ExpectNoneLeft(() =>
                ScoringPass.Forward(decoder, MicroBatch.Of(Groups), forBackward: true, recompute).Dispose()
            );
        }
    }

    [Fact]
    public void Tokens_count_by_their_own_probability_or_less_beyond_the_shorter_answer()
    {
        using var scope = NewDisposeScope();
        using Decoder decoder = ToyDecoder.Make(Precision.Float64);
        TokenizedGroup group = ToyDecoder.Group(1, 5, 4, 6);
        double[] plain = TokenLogProbs(decoder, group, ScoreNeeds.Sums);
        using ScoringPass dynamic = Pass(decoder, group, ScoreNeeds.Sums with { ByProbability = true });
        using ScoringPass tail = Pass(decoder, group, ScoreNeeds.Sums with { TailWeight = 0.25 });
        double[] expected = [plain[..4].Sum(p => p * Math.Exp(p)), plain[4..].Sum(p => p * Math.Exp(p))];
        Assert.Equal(expected, Numbers.Of(dynamic.Sums), (a, b) => Math.Abs(a - b) < 1e-11);
        expected = [plain[..4].Sum(), plain[4..8].Sum() + 0.25 * plain[8..].Sum()];
        Assert.Equal(expected, Numbers.Of(tail.Sums), (a, b) => Math.Abs(a - b) < 1e-11);
        foreach (ScoringPass pass in (ScoringPass[])[dynamic, tail])
            Assert.Equal([plain[..4].Sum(), plain[4..].Sum()], Numbers.Of(pass.PlainSums), (a, b) => Math.Abs(a - b) < 1e-11);
    }

    // Weights are constants: the gradient of Σ w log p is that of the tokens alone, each times its weight.
    [Fact]
    public void A_token_s_weight_multiplies_its_gradient()
    {
        using Decoder decoder = ToyDecoder.Make(Precision.Float64);
        TokenizedGroup group = ToyDecoder.Group(1, 5, 4, 6);
        double[] weights = [.. TokenLogProbs(decoder, group, ScoreNeeds.Sums)[..4].Select(Math.Exp)];
        TokenizedGroup first = group with { Answers = [group.Answers[0]] };
        Dictionary<string, double[]> whole = Gradient(first, ScoreNeeds.Sums with { ByProbability = true });
        // A token alone: the others of its answer are read, but not scored.
        var sum = whole.ToDictionary(g => g.Key, g => new double[g.Value.Length]);
        for (int t = 0; t < 4; t++)
        {
            bool[] scored = [.. Enumerable.Range(0, 4).Select(i => i == t)];
            TokenizedAnswer alone = new() { Ids = first.Answers[0].Ids, IsScored = scored };
            foreach ((string name, double[] gradient) in Gradient(first with { Answers = [alone] }, ScoreNeeds.Sums))
            {
                for (int i = 0; i < gradient.Length; i++)
                    sum[name][i] += weights[t] * gradient[i];
            }
        }
        foreach ((string name, double[] gradient) in whole)
            Assert.Equal(sum[name], gradient, (a, b) => Math.Abs(a - b) < 1e-10);

        Dictionary<string, double[]> Gradient(TokenizedGroup of, ScoreNeeds needs)
        {
            using var scope = NewDisposeScope();
            Clear(decoder);
            using ScoringPass pass = ScoringPass.Forward(decoder, MicroBatch.Of([of], needs), forBackward: true);
            pass.Backward(ones_like(pass.Sums));
            return decoder.Parameters.ToDictionary(p => p.Name, p => Numbers.Of(p.GradientBuffer()));
        }
    }

    [Fact]
    public void Confidences_are_log_p_minus_the_logarithm_of_the_sum_of_squares()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using Decoder decoder = ToyDecoder.Make(Precision.Float64);
        TokenizedGroup group = ToyDecoder.Group(1, 5, 4) with { Answers = [ToyDecoder.Group(1, 5, 4).Answers[0]] };
        long[] ids = [.. group.Prompt.Concat(group.Answers[0].Ids).Select(id => (long)id)];
        Tensor hidden = decoder.Forward(tensor(ids), TokenLayout.Of((ids.Length, -1)), tape: null);
        Tensor logPs = decoder.Head.Logits(decoder.Head.Norm(hidden).Normalised).log_softmax(1);
        double expected = 0;
        for (int t = 5; t < ids.Length; t++)
            expected += logPs[t - 1][ids[t]].item<double>() - Math.Log(logPs[t - 1].Times(2.0).exp().sum().item<double>());
        using ScoringPass pass = Pass(decoder, group, ScoreNeeds.Sums with { Confidence = true });
        Assert.Equal(expected, Numbers.Of(pass.Confidences!).Single(), 1e-10);
        using ScoringPass without = Pass(decoder, group, ScoreNeeds.Sums);
        Assert.Null(without.Confidences);
    }

    [Fact]
    public void An_id_that_the_model_lacks_is_refused_with_the_rows_wherever_it_stands()
    {
        using Decoder decoder = ToyDecoder.Make(Precision.Float64); // 50 tokens
        TokenizedGroup With(int prompt, int last) =>
            Groups[0] with
            {
                Prompt = [1, prompt, 3],
                Answers = [new TokenizedAnswer { Ids = [4, last], IsScored = [true, true] }],
            };
        using (ScoringPass known = Pass(decoder, With(49, 49), ScoreNeeds.Sums))
            Assert.Single(known.Batch.Answers);
        foreach ((int prompt, int last) in (ReadOnlySpan<(int, int)>)[(50, 2), (2, 50)]) // the last token is only predicted
        {
            string message = Assert.Throws<SimperException>(() => Pass(decoder, With(prompt, last), ScoreNeeds.Sums)).Message;
            Assert.StartsWith(
                "The tokenizer gives the id 50 (rows 1), but the model has 50 tokens",
                message,
                StringComparison.Ordinal
            );
        }
        TokenizedGroup[] many = [.. Enumerable.Range(1, 7).Select(row => With(2, 50) with { Row = row })];
        Assert.Contains(
            "(rows 1, 2, 3, 4, 5)",
            Assert.Throws<SimperException>(() => ScoringPass.Forward(decoder, MicroBatch.Of(many), forBackward: false)).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_pass_for_scoring_alone_does_not_go_back()
    {
        using Decoder decoder = ToyDecoder.Make(Precision.Float64);
        using ScoringPass pass = Pass(decoder, Groups[0], ScoreNeeds.Sums);
        Assert.Throws<InvalidOperationException>(() => pass.Backward(pass.Sums));
    }

    private static ScoringPass Pass(Decoder decoder, TokenizedGroup group, ScoreNeeds needs) =>
        ScoringPass.Forward(decoder, MicroBatch.Of([group], needs), forBackward: false);

    private static double[] TokenLogProbs(Decoder decoder, TokenizedGroup group, ScoreNeeds needs)
    {
        using ScoringPass pass = Pass(decoder, group, needs);
        return Numbers.Of(pass.TokenLogProbs);
    }

    private static IReadOnlyList<PairOutcome> Outcomes(Decoder decoder, TokenizedGroup[] groups)
    {
        MicroBatch batch = MicroBatch.Of(groups);
        using ScoringPass pass = ScoringPass.Forward(decoder, batch, forBackward: false);
        return ObjectiveStep.Evaluate(new SimPer(), BatchScores.Of(pass, references: null));
    }

    private static Dictionary<string, Tensor> Gradients(
        Decoder decoder,
        TokenizedGroup[] groups,
        int chunkRows = 0,
        bool recompute = false
    )
    {
        Clear(decoder);
        MicroBatch batch = MicroBatch.Of(groups);
        using ScoringPass pass = ScoringPass.Forward(decoder, batch, forBackward: true, recompute, chunkRows);
        using Tensor gradient = ObjectiveStep
            .Differentiate(new SimPer(), BatchScores.Of(pass, references: null), groups.Length)
            .Gradient;
        pass.Backward(gradient);
        return decoder.Parameters.ToDictionary(p => p.Name, p => p.Gradient!.clone());
    }

    private static void Clear(Decoder decoder)
    {
        foreach (Parameter parameter in decoder.Parameters)
            parameter.ClearGradient();
    }

    private static void Dispose(Dictionary<string, Tensor> tensors)
    {
        foreach (Tensor tensor in tensors.Values)
            tensor.Dispose();
    }

    private static void Close(double expected, double actual) =>
        Assert.Equal(expected, actual, 1e-11 * Math.Max(1, Math.Abs(expected)));
}
