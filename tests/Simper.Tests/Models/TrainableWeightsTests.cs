using Simper.Kernels;
using Simper.Models;
using Simper.Models.Weights;
using Simper.Objectives;
using Simper.Tensors;
using Simper.Tests.Checkpoints;
using Simper.Tests.Toys;
using Simper.Text.Preferences;
using Simper.Training;
using static TorchSharp.torch;

namespace Simper.Tests.Models;

/// <summary>What trains is said weight by weight: the rest has no gradient, no moments, and stays as it was read.</summary>
public sealed class TrainableWeightsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly TokenizedGroup[] _pairs = [.. Enumerable.Range(1, 3).Select(i => ToyDecoder.Group(i, 5, 4, 6))];

    public void Dispose() => _folder.Dispose();

    private LanguageModel Load(Precision precision, Func<string, bool>? trains = null)
    {
        if (!Directory.Exists(_folder["m"]))
        {
            var config = System.Text.Json.Nodes.JsonNode.Parse(ToyDecoder.Config)!.AsObject();
            using LanguageModel made = LanguageModel.Create(new ModelFiles("toy", config), seed: 3);
            made.Save(_folder["m"]);
        }
        return LanguageModel.Load(_folder["m"], precision, trains: trains);
    }

    public static TheoryData<string> Choices =>
        ["model.layers.1.mlp.down_proj", "model.layers.0.self_attn.", "norm", "lm_head", "model.embed_tokens", "bias"];

    [Theory]
    [MemberData(nameof(Choices))]
    public void What_trains_has_the_gradients_it_has_among_all_and_nothing_else_has_any(string part)
    {
        using LanguageModel all = Load(Precision.Float64);
        using LanguageModel some = Load(Precision.Float64, name => name.Contains(part, StringComparison.Ordinal));
        Accumulate(all);
        Accumulate(some);
        Assert.NotEmpty(some.Parameters);
        Assert.True(some.Parameters.Count < all.Parameters.Count);
        foreach ((Weight whole, Weight own) in all.Weights.Zip(some.Weights))
        {
            if (own.Parameter is { } trained)
                Assert.Equal(Numbers.Of(whole.Parameter!.GradientBuffer()), Numbers.Of(trained.GradientBuffer()));
        }
        double norm = Math.Sqrt(some.Parameters.Sum(p => Numbers.Of(p.GradientBuffer()).Sum(g => g * g)));
        Assert.Equal(norm, GradientNorm.Of(some.Parameters), 1e-12);
    }

    [Theory]
    [InlineData("float32")]
    [InlineData("bfloat16")]
    public void Training_moves_what_trains_and_leaves_every_bit_of_the_rest(string type)
    {
        Precision precision = type == "float32" ? Precision.Float32 : Precision.BFloat16;
        using LanguageModel model = Load(precision, name => name.Contains("layers.1.", StringComparison.Ordinal));
        double[][] before = [.. model.Weights.Select(w => Numbers.Of(w.Values()))];
        foreach (StepReport _ in new Trainer(model, _pairs, new SimPer()) { LearningRate = 1e-2, MaxSteps = 2 }.Steps()) { }
        foreach ((Weight weight, double[] start) in model.Weights.Zip(before))
            Assert.Equal(!weight.IsTrainable, start.SequenceEqual(Numbers.Of(weight.Values())));
        model.Save(_folder["trained"]);
        using LanguageModel saved = LanguageModel.Load(_folder["trained"], precision);
        foreach ((Weight weight, Weight read) in model.Weights.Zip(saved.Weights))
            Assert.Equal(Numbers.Of(((TensorWeight)weight).Compute), Numbers.Of(((TensorWeight)read).Compute));
    }

    [Fact]
    public void Blocks_before_the_first_that_trains_keep_nothing_and_run_forward_alone()
    {
        using LanguageModel model = Load(Precision.Float32, name => name.Contains("layers.1.", StringComparison.Ordinal));
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var tape = new Tape(recomputes: false);
        _ = model.Decoder.Forward(HeldNumbers.Range(12), TokenLayout.Of((12, -1)), tape);
        Assert.Equal(12 * model.Decoder.Bytes.Kept / 2, tape.Bytes); // one of two blocks
    }

    [Fact]
    public void Parts_of_one_matrix_train_together_or_not_at_all()
    {
        SimperException refusal = Assert.Throws<SimperException>(() =>
            Load(Precision.Float32, name => name.EndsWith("q_proj.weight", StringComparison.Ordinal))
        );
        Assert.Equal(
            "model.layers.0.self_attn.q_proj.weight is to be trained and model.layers.0.self_attn.k_proj.weight is not, but "
                + "they are one matrix here; train both, or neither.",
            refusal.Message
        );
    }

    private void Accumulate(LanguageModel model) => _ = new Trainer(model, _pairs, new SimPer()).Accumulate(_pairs);
}
