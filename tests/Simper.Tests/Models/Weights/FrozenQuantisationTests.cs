using Simper.Checkpoints;
using Simper.Models;
using Simper.Models.Adapters;
using Simper.Models.Weights;
using Simper.Objectives;
using Simper.Tensors;
using Simper.Testing;
using Simper.Tests.Checkpoints;
using Simper.Tests.Models.Gguf;
using Simper.Tests.Toys;
using Simper.Text.Preferences;
using Simper.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Tests.Models.Weights;

/// <summary>
/// Models of all families that are quantised while they are loaded, against the same models quantised whole, as bitsandbytes
/// does, dequantised and loaded.
/// </summary>
public sealed class FrozenQuantisationTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // Scalings of rotations have the same weights.
    public static TheoryData<string> Families => [.. TinyModels.Names.Where(n => !n.Contains('-', StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(Families))]
    public void Every_family_has_the_values_of_its_published_matrices_quantised(string family)
    {
        TinyModels.Write(_folder["model"], family);
        foreach (
            (string format, bool nested) in (ReadOnlySpan<(string, bool)>)
                [("nf4", false), ("nf4", true), ("fp4", true), ("int8", false)]
        )
        {
            foreach (Precision precision in (Precision[])[Precision.Float32, Precision.BFloat16])
            {
                var files = new BitsAndBytesFiles(_folder["model"], precision.Compute, format, nested);
                files.WriteDequantised(_folder["plain"]);
                using LanguageModel expected = LanguageModel.Load(_folder["plain"], precision, trainable: false);
                using LanguageModel model = Load(_folder["model"], Quantisation(format, nested), precision);
                Assert.Equal(expected.Fingerprint(), model.Fingerprint());
                Assert.Contains(model.Weights, w => w is PackedWeight);
                Assert.All(
                    model.Weights,
                    w => Assert.True(w is not PackedWeight || w.Name.StartsWith("layers.", StringComparison.Ordinal))
                );
                if (family == "gpt2")
                    continue; // bitsandbytes saves its matrices turned, with which they are refused
                files.Write(_folder["quantised"]);
                using LanguageModel stored = LanguageModel.Load(
                    _folder["quantised"],
                    precision,
                    trainable: false,
                    frozen: FrozenWeights.Packed
                );
                Assert.Equal(expected.Fingerprint(), stored.Fingerprint());
                Assert.Equal(model.WeightBytes, stored.WeightBytes);
            }
        }
    }

    [Fact]
    public void What_trains_is_not_quantised_and_what_does_not_takes_less_memory()
    {
        string stories = SharedFiles.Path("data", "stories260K-hf");
        bool Down(string name) => name.EndsWith("down_proj.weight", StringComparison.Ordinal);
        using LanguageModel model = Load(stories, Quantisation("nf4", nested: false), Precision.BFloat16, Down);
        using LanguageModel plain = LanguageModel.Load(stories, Precision.BFloat16, trains: Down);
        foreach ((Weight own, Weight whole) in model.Weights.Zip(plain.Weights))
        {
            bool isLinear = own.IsMatrix && own.Name.StartsWith("layers.", StringComparison.Ordinal);
            Assert.Equal(own.Name.EndsWith("down", StringComparison.Ordinal), own.IsTrainable);
            Assert.Equal(isLinear && !own.IsTrainable, own is PackedWeight);
            if (own is PackedWeight)
                Assert.Equal(whole.Bytes * 36 / 128, own.Bytes); // 4.5 bits in place of 16
        }
    }

    [Fact]
    public void Large_matrices_are_read_in_parts_with_the_codes_of_the_whole()
    {
        // Two parts of the reader: 4,194,304 values and more.
        TinyModels.Write(_folder["tiny"], "llama");
        using Checkpoint source = Checkpoint.Open(_folder["tiny"]);
        System.Text.Json.Nodes.JsonObject config = source.Config.DeepClone().AsObject();
        (config["intermediate_size"], config["num_hidden_layers"], config["mlp_bias"]) = (70_016, 1, false);
        TinyModels.Write(_folder["model"], config, TinyTokenizer.ByteLevel());
        foreach (string format in (string[])["nf4", "int8"])
        {
            new BitsAndBytesFiles(_folder["model"], ScalarType.Float32, format, nested: false).WriteDequantised(_folder["plain"]);
            using LanguageModel expected = LanguageModel.Load(_folder["plain"], trainable: false);
            using LanguageModel model = Load(_folder["model"], Quantisation(format, nested: false), Precision.Float32);
            Assert.Equal(expected.Fingerprint(), model.Fingerprint());
        }
    }

    [Fact]
    public void A_quantised_checkpoint_is_taken_in_its_own_format_and_refused_for_another()
    {
        string stories = SharedFiles.Path("data", "stories260K-hf");
        var files = new BitsAndBytesFiles(stories, ScalarType.BFloat16, "nf4", nested: true);
        files.Write(_folder["nf4"]);
        using LanguageModel model = Load(_folder["nf4"], Quantisation("nf4", nested: true), Precision.BFloat16);
        using LanguageModel loaded = Load(stories, Quantisation("nf4", nested: true), Precision.BFloat16);
        Assert.Equal(loaded.Fingerprint(), model.Fingerprint());
        Assert.Equal(loaded.WeightBytes, model.WeightBytes);

        string gguf = SharedFiles.Path("golden", "gguf", "llama", "stories260K-Q8_0.gguf");
        foreach ((string path, string type) in (ReadOnlySpan<(string, string)>)[(_folder["nf4"], "NF4"), (gguf, "Q8_0")])
        {
            string message = Assert
                .Throws<SimperException>(() => Load(path, Quantisation("int8", nested: false), Precision.BFloat16))
                .Message;
            Assert.Contains($"{path} is quantised already ({type}); load it without", message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("nf4", true)]
    [InlineData("int8", false)]
    public void An_adapter_over_quantised_matrices_trains_as_over_their_values(string format, bool nested)
    {
        string stories = SharedFiles.Path("data", "stories260K-hf");
        new BitsAndBytesFiles(stories, ScalarType.Float32, format, nested).WriteDequantised(_folder["plain"]);
        using LanguageModel plain = LanguageModel.Load(_folder["plain"], Precision.Float32, trainable: false);
        using LanguageModel quantised = Load(stories, Quantisation(format, nested), Precision.Float32);
        (double[] before, double[] after) = Trained(plain);
        (double[] ownBefore, double[] ownAfter) = Trained(quantised);
        Assert.Equal(before, ownBefore);
        double moved = Distance(before, after);
        Assert.InRange(Distance(after, ownAfter), 0, 1e-3 * moved);
        Assert.True(moved > 0.1);
        Assert.Equal(plain.Fingerprint(), quantised.Fingerprint()); // the base stays

        static (double[] Before, double[] After) Trained(LanguageModel basis)
        {
            var config = new AdapterConfig { Rank = 4, TargetModules = ModuleNames.Matching(ModuleNames.AllLinear) };
            using LanguageModel model = basis.WithNewAdapter(config);
            double[] Values() => [.. model.Parameters.SelectMany(p => Numbers.Of(p.Values()))];
            double[] before = Values();
            TokenizedGroup[] groups = [.. Enumerable.Range(1, 4).Select(i => ToyDecoder.Group(i, 5, 9, 6))];
            foreach (StepReport _ in new Trainer(model, groups, new Sft()) { LearningRate = 1e-2, MaxSteps = 5 }.Steps()) { }
            return (before, Values());
        }

        static double Distance(double[] a, double[] b) => Math.Sqrt(a.Zip(b, (x, y) => (x - y) * (x - y)).Sum());
    }

    [Fact]
    public void Values_that_are_not_finite_are_counted()
    {
        TinyModels.Write(_folder["model"], "llama");
        using Checkpoint source = Checkpoint.Open(_folder["model"]);
        const string Name = "model.layers.1.self_attn.v_proj.weight";
        CheckpointWriter.Save(
            _folder["bad"],
            CheckpointFiles.From(source),
            [
                .. source.Tensors.Keys.Select(name =>
                    (
                        name,
                        (Func<Tensor>)(
                            () =>
                            {
                                Tensor read = source.Read(name);
                                if (name == Name)
                                    read[0, 3] = tensor(float.NaN);
                                if (name == Name)
                                    read[1, 3] = tensor(1e6f); // beyond float16
                                return read;
                            }
                        )
                    )
                ),
            ]
        );
        using LanguageModel four = Load(_folder["bad"], Quantisation("nf4", nested: false), Precision.Float32);
        Assert.Equal([(Name, 1L)], four.NonFinite);
        using LanguageModel eight = Load(_folder["bad"], Quantisation("int8", nested: false), Precision.Float32);
        Assert.Equal([(Name, 2L)], eight.NonFinite);
    }

    [Theory]
    [InlineData("llama")]
    [InlineData("cohere2")] // rows in another order
    [InlineData("gpt2")] // inputs first
    public void No_tensor_is_left_when_the_model_is_gone(string family)
    {
        TinyModels.Write(_folder["model"], family);
        new BitsAndBytesFiles(_folder["model"], ScalarType.BFloat16, "nf4", nested: true).Write(_folder["quantised"]);
        foreach (string format in (string[])["nf4", "int8"])
        {
            Live.ExpectNoneLeft(() =>
            {
                using LanguageModel model = Load(_folder["model"], Quantisation(format, nested: true), Precision.BFloat16);
            });
        }
        if (family == "gpt2")
            return;
        foreach (FrozenWeights frozen in (FrozenWeights[])[FrozenWeights.Packed, FrozenWeights.Unpacked])
        {
            Live.ExpectNoneLeft(() =>
            {
                using LanguageModel model = LanguageModel.Load(_folder["quantised"], trainable: false, frozen: frozen);
            });
        }
    }

    private static FrozenQuantisation Quantisation(string format, bool nested) =>
        new(
            format switch
            {
                "nf4" => FrozenFormat.Nf4,
                "fp4" => FrozenFormat.Fp4,
                _ => FrozenFormat.Int8,
            },
            nested
        );

    private static LanguageModel Load(
        string path,
        FrozenQuantisation quantisation,
        Precision precision,
        Func<string, bool>? trains = null
    ) => LanguageModel.Load(path, precision, trains: trains ?? (_ => false), quantisation: quantisation);
}
