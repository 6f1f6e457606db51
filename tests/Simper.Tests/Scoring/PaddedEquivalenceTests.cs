using Simper.Batching;
using Simper.Kernels;
using Simper.Models;
using Simper.Objectives;
using Simper.Reference;
using Simper.Scoring;
using Simper.Tensors;
using Simper.Testing;
using Simper.Tests.Golden;
using Simper.Tests.Toys;
using Simper.Text.Preferences;
using Simper.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Tests.Scoring;

/// <summary>
/// The flat, shared-prompt, chunked path against the padded, concatenated, full-logits one under autograd; and the faults of a
/// snippet in circulation, each of which gives another number on the same pairs.
/// </summary>
public class PaddedEquivalenceTests
{
    private static readonly Lazy<TokenizedGroup[]> StoryPairs = new(() =>
        [
            .. GoldenFile.Read("data", "stories260K-hf", "reference.json")["simper"]!["pairs"]!
                .AsArray()
                .Select((p, i) => GoldenFile.Pair(p!["prompt_ids"]!, p["chosen_ids"]!, p["rejected_ids"]!, i)),
        ]
    );

    private static LanguageModel Load(Precision precision) =>
        LanguageModel.Load(SharedFiles.Path("data", "stories260K-hf"), precision);

    private static PaddedLlama Padded(LanguageModel model, ScalarType type) =>
        new(model.Files.Config, model.Published().Select(p => (p.Name, p.Tensor())), type);

    private static (Tensor Ids, Tensor Mask, Tensor Labels) Rows() =>
        PaddedLlama.Pad([
            .. StoryPairs.Value.Select(g => (g.Prompt, g.Answers[0].Ids)),
            .. StoryPairs.Value.Select(g => (g.Prompt, g.Answers[1].Ids)),
        ]);

    private static Tensor SimPerLoss(Tensor sums, Tensor counts)
    {
        Tensor[] means = (sums / counts).chunk(2);
        return (means[1].exp() - means[0].exp()).mean();
    }

    [Theory]
    [InlineData("float64", 1e-12, 1e-11)]
    [InlineData("float32", 2e-6, 2e-5)]
    public void Loss_and_every_gradient_equal_the_padded_recipe_s(string name, double loss, double gradient)
    {
        Precision precision = name == "float64" ? Precision.Float64 : Precision.Float32;
        using var scope = NewDisposeScope();
        using LanguageModel model = Load(precision);
        using PaddedLlama padded = Padded(model, precision.Compute);
        (Tensor ids, Tensor mask, Tensor labels) = Rows();
        (Tensor sums, Tensor counts) = padded.Score(ids, mask, labels);
        Tensor expected = SimPerLoss(sums, counts);
        expected.backward();

        IReadOnlyList<PairOutcome> outcomes = GoldenFile.Accumulate(model, StoryPairs.Value, new SimPer());
        GoldenFile.Close(Numbers.Of(expected)[0], outcomes.Average(o => o.Loss), loss, "loss");
        foreach ((string tensor, Func<Tensor> got) in model.PublishedGradients())
            Assert.True(Numbers.RelativeDistance(got(), padded.Weights[tensor].grad!) < gradient, tensor);
    }

    [Fact]
    public void Dpo_s_loss_and_gradients_equal_the_padded_recipe_s()
    {
        using var scope = NewDisposeScope();
        using LanguageModel model = Load(Precision.Float64);
        using PaddedLlama padded = Padded(model, ScalarType.Float64);
        ReferenceScores references = ReferenceScores.Of(model, StoryPairs.Value);
        using (no_grad())
        {
            // Away from the reference, or the loss would be ln 2 for any sums.
            model.Parameters[0].Master.TimesInPlace(1.02);
            padded.Weights["model.embed_tokens.weight"].TimesInPlace(1.02);
        }
        (Tensor ids, Tensor mask, Tensor labels) = Rows();
        Tensor[] policy = padded.Score(ids, mask, labels).Sums.chunk(2);
        IReadOnlyList<PairOutcome> outcomes = GoldenFile.Accumulate(model, StoryPairs.Value, new Dpo(), references);
        double[] referenceMargins = [.. outcomes.Select((o, i) => o.ChosenSum - o.RejectedSum - o.Margin / 0.1)];
        Tensor expected = -nn.functional.logsigmoid((policy[0] - policy[1] - tensor(referenceMargins)).Times(0.1)).mean();
        expected.backward();
        GoldenFile.Close(Numbers.Of(expected)[0], outcomes.Average(o => o.Loss), 1e-12, "loss");
        foreach ((string tensor, Func<Tensor> got) in model.PublishedGradients())
            Assert.True(Numbers.RelativeDistance(got(), padded.Weights[tensor].grad!) < 1e-10, tensor);
    }

    [Fact]
    public void More_padding_on_the_right_changes_nothing()
    {
        using var scope = NewDisposeScope();
        using LanguageModel model = Load(Precision.Float64);
        using PaddedLlama padded = Padded(model, ScalarType.Float64);
        using var noGrad = no_grad();
        (Tensor ids, Tensor mask, Tensor labels) = Rows();
        double[] expected = Numbers.Of(padded.Score(ids, mask, labels).Sums);
        Tensor More(Tensor t, long fill) => cat([t, HeldNumbers.Filled(fill, ScalarType.Int64, t.shape[0], 9)], 1);
        double[] longer = Numbers.Of(padded.Score(More(ids, 7), More(mask, 0), More(labels, -100)).Sums);
        for (int i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], longer[i], 10);
    }

    public static TheoryData<string> Faults =>
        ["no label shift", "padding counted in the mean", "prompt scored", "sums instead of means", "mean of perplexities"];

    [Theory]
    [MemberData(nameof(Faults))]
    public void A_known_fault_gives_another_loss_than_ours(string fault)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using LanguageModel model = Load(Precision.Float64);
        using PaddedLlama padded = Padded(model, ScalarType.Float64);
        (Tensor ids, Tensor mask, Tensor labels) = Rows();
        double ours = GoldenFile.Accumulate(model, StoryPairs.Value, new SimPer()).Average(o => o.Loss);
        Tensor logProbs = padded.Logits(ids, mask).log_softmax(-1);
        (Tensor sums, Tensor counts) = padded.Score(ids, mask, labels);
        Tensor scored = labels.Is(-100).logical_not();
        Tensor faulty = fault switch
        {
            "no label shift" => SimPerLoss((logProbs.gather(2, ids.unsqueeze(2)).squeeze(2) * scored).sum(1), scored.sum(1)),
            "padding counted in the mean" => SimPerLoss(
                sums,
                HeldNumbers.Filled(ids.shape[1] - 1, ScalarType.Float64, sums.shape)
            ),
            "prompt scored" => Whole(padded, ids, mask),
            "sums instead of means" => SimPerLoss(sums, ones_like(counts)),
            "mean of perplexities" => (-(sums / counts)).exp().chunk(2) is var p
                ? p[1].mean().reciprocal() - p[0].mean().reciprocal()
                : null!,
            _ => throw new ArgumentException(fault),
        };
        GoldenFile.Close(Numbers.Of(SimPerLoss(sums, counts))[0], ours, 1e-12, "the right loss");
        Assert.True(Math.Abs(Numbers.Of(faulty)[0] - ours) > 1e-2, $"{fault}: {Numbers.Of(faulty)[0]} is too near {ours}");
    }

    [Fact]
    public void A_model_that_copies_its_input_does_not_look_perfect()
    {
        // Prompt and answer repeat one token: without the label shift the copied token would score as well as the predicted one.
        using Decoder decoder = ToyDecoder.Make(Precision.Float64);
        var group = new TokenizedGroup
        {
            Prompt = [3, 3],
            Answers = [new TokenizedAnswer { Ids = [4, 5, 6], IsScored = [true, true, true] }],
        };
        MicroBatch batch = MicroBatch.Of([group]);
        using ScoringPass pass = ScoringPass.Forward(decoder, batch, forBackward: false);
        using var noGrad = no_grad();
        using Tensor hidden = decoder.Forward(tensor(new long[] { 3, 3, 4, 5 }), TokenLayout.Of((4, -1)), tape: null);
        using Tensor logProbs = decoder.Head.Logits(decoder.Head.Norm(hidden).Normalised).log_softmax(-1);
        // Rows 1, 2, 3 (the tokens before) predict 4, 5, 6.
        double[] expected = [logProbs[1, 4].item<double>(), logProbs[2, 5].item<double>(), logProbs[3, 6].item<double>()];
        double[] got = Numbers.Of(pass.TokenLogProbs);
        for (int i = 0; i < 3; i++)
            Assert.Equal(expected[i], got[i], 11);
    }

    private static Tensor Whole(PaddedLlama padded, Tensor ids, Tensor mask)
    {
        (Tensor sums, Tensor counts) = padded.Score(ids, mask, ids.Masked(mask.Is(0), -100));
        return SimPerLoss(sums, counts);
    }
}
