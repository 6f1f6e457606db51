using System.Text.Json.Nodes;
using Simper.Kernels;
using Simper.Models;
using Simper.Models.Families;
using Simper.Models.Weights;
using Simper.Tensors;
using Simper.Text.Preferences;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Tests.Toys;

/// <summary>A small random Llama with grouped heads and biases, so that every term of the mathematics is there.</summary>
internal static class ToyDecoder
{
    public const string Config = """
        {"model_type": "llama", "hidden_size": 24, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 6,
         "intermediate_size": 20, "num_hidden_layers": 2, "vocab_size": 50, "max_position_embeddings": 64, "rms_norm_eps": 1e-5,
         "rope_theta": 10000.0,
         "tie_word_embeddings": false, "attention_bias": true, "mlp_bias": true}
        """;

    public static Decoder Make(Precision precision, bool tied = false, long seed = 1)
    {
        JsonObject config = JsonNode.Parse(Config)!.AsObject();
        config["tie_word_embeddings"] = tied;
        DecoderShape shape = Family.Of(config, "toy").Shape(new ConfigReader(config, "toy"));
        KernelSet kernels = KernelSet.For(precision);
        using var scope = NewDisposeScope();
        using var generator = new Generator((ulong)seed, CPU);
        Dictionary<string, Weight> weights = Llama
            .Family.Names.Slots(shape)
            .ToDictionary(
                slot => slot.Name,
                slot =>
                {
                    Tensor values = randn(slot.Shape, dtype: ScalarType.Float64, generator: generator)
                        .Times(slot.Kind == SlotKind.Matrix ? 0.3 : 0.2);
                    return (Weight)
                        Weight.Of(
                            slot.Name,
                            slot.Kind == SlotKind.Norm ? values.Plus(1L) : values,
                            kernels,
                            slot.Kind == SlotKind.Matrix,
                            trains: true
                        );
                }
            );
        return new DecoderBuilder(shape, weights, adapters: null, kernels).Build();
    }

    /// <summary>A group of random ids: one prompt and answers of the lengths given, all tokens scored.</summary>
    public static TokenizedGroup Group(int seed, int prompt, params int[] answers)
    {
        var random = new Random(seed);
        int[] Ids(int count) => [.. Enumerable.Range(0, count).Select(_ => random.Next(50))];
        return new TokenizedGroup
        {
            Prompt = Ids(prompt),
            Answers = [.. answers.Select(n => new TokenizedAnswer { Ids = Ids(n), IsScored = [.. Enumerable.Repeat(true, n)] })],
            Row = seed,
        };
    }
}
