using System.Text.Json.Nodes;
using Simper.Kernels;
using Simper.Kernels.Torch;
using Simper.Models;
using Simper.Models.Families;
using Simper.Models.Layers;
using Simper.Models.Weights;
using Simper.Tensors;
using Simper.Tests.Toys;
using TorchSharp;
using static Simper.Tests.Kernels.Torch.TorchCases;
using static TorchSharp.torch;

namespace Simper.Tests.Kernels.Torch;

/// <summary>
/// Whole decoders of three families on both sets: forward, backward, log-probs and decoding, with shared prompts. Together they
/// have all that families have: biases, norms of queries and keys, windows, caps, norms after a layer, GELU.
/// </summary>
public class TorchDecoderTests
{
    private const string Sizes = """
        "hidden_size": 24, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 6, "intermediate_size": 20,
        "num_hidden_layers": 2, "vocab_size": 50, "max_position_embeddings": 64
        """;

    public static TheoryData<string, string, double> Cases
    {
        get
        {
            var cases = new TheoryData<string, string, double>();
            foreach (
                string own in (string[])
                    [
                        """ "model_type": "llama", "attention_bias": true, "mlp_bias": true """,
                        """ "model_type": "qwen3" """,
                        """
                            "model_type": "gemma2", "sliding_window": 5, "attn_logit_softcapping": 3.0,
                            "final_logit_softcapping": 4.0, "query_pre_attn_scalar": 9, "hidden_activation": "gelu_pytorch_tanh"
                            """,
                    ]
            )
            {
                cases.Add(own, "float64", 1e-12);
                cases.Add(own, "float32", 5e-6);
                cases.Add(own, "bfloat16", 2e-2);
            }
            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Both_sets_give_the_same_log_probs_and_gradients(string own, string type, double tolerance)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        (_, TorchKernels torch, KernelSet cpu) = Sets(type);
        using (torch)
        using (Decoder ours = Make(own, cpu))
        using (Decoder theirs = Make(own, torch))
        {
            (Tensor expected, Tensor expectedFlow) = Step(ours);
            (Tensor logProbs, Tensor flow) = Step(theirs);
            Close(expected, logProbs, tolerance);
            Close(expectedFlow, flow, tolerance);
            foreach ((Parameter a, Parameter b) in ours.Parameters.Zip(theirs.Parameters))
                Close(a.Gradient!, b.Gradient!, tolerance);
            Live.ExpectNoneLeft(() =>
            {
                using var step = NewDisposeScope();
                Step(theirs);
            });
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Both_sets_give_the_same_next_logits(string own, string type, double tolerance)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        (_, TorchKernels torch, KernelSet cpu) = Sets(type);
        using (torch)
        using (Decoder ours = Make(own, cpu))
        using (Decoder theirs = Make(own, torch))
        {
            Tensor[] expected = Decode(ours);
            Tensor[] logits = Decode(theirs);
            foreach ((Tensor a, Tensor b) in expected.Zip(logits))
                Close(a, b, tolerance);
            Live.ExpectNoneLeft(() =>
            {
                using var step = NewDisposeScope();
                Decode(theirs);
            });
        }
    }

    // A forward and a backward pass over trees of segments; log-probs, and the gradient of the head's input.
    private static (Tensor LogProbs, Tensor Flow) Step(Decoder decoder)
    {
        TokenLayout layout = TokenLayout.Of((9, -1), (6, 0), (4, 0), (5, -1));
        var random = new Random(3);
        long[] ids = [.. Enumerable.Range(0, layout.Tokens).Select(_ => (long)random.Next(50))];
        Tensor input = decoder.Kernels.Indices(ids);
        Tensor rows = decoder.Kernels.Indices([.. Enumerable.Range(0, layout.Tokens - 1).Select(i => (long)i)]);
        using var tape = new Tape(recomputes: false);
        foreach (Parameter parameter in decoder.Parameters)
            parameter.ClearGradient();
        Tensor hidden = decoder.Forward(input, layout, tape);
        using HeadPass head = decoder.Head.Score(hidden, rows, decoder.Kernels.Indices(ids[1..]), forBackward: true);
        Tensor flow = head.Backward(Random(decoder.Precision.Wide, 4, layout.Tokens - 1), layout.Tokens);
        decoder.Backward(flow, input, layout, tape);
        return (head.LogProbs.clone(), flow);
    }

    // Prompts of two lengths, then token by token, past the window.
    private static Tensor[] Decode(Decoder decoder)
    {
        KeyValueCache[] caches = [.. Enumerable.Range(0, 2).Select(_ => new KeyValueCache(decoder.Shape, 20, decoder.Kernels))];
        var random = new Random(5);
        var logits = new List<Tensor>();
        for (int step = 0; step < 8; step++)
        {
            (int Length, int Parent)[] fresh = step == 0 ? [(7, -1), (3, -1)] : [(1, -1), (1, -1)];
            long[] ids = [.. Enumerable.Range(0, fresh.Sum(f => f.Length)).Select(_ => (long)random.Next(50))];
            logits.Add(decoder.NextLogits(ids, TokenLayout.Of(fresh), caches).clone());
        }
        foreach (KeyValueCache cache in caches)
            cache.Dispose();
        return [.. logits];
    }

    private static Decoder Make(string own, KernelSet kernels)
    {
        JsonObject config = JsonNode.Parse("{" + own + "," + Sizes + "}")!.AsObject();
        Family family = Family.Of(config, "toy");
        DecoderShape shape = family.Shape(new ConfigReader(config, "toy"));
        using var scope = NewDisposeScope();
        int seed = 0;
        Dictionary<string, Weight> weights = family
            .Names.Slots(shape)
            .ToDictionary(
                slot => slot.Name,
                slot =>
                    (Weight)
                        Weight.Of(
                            slot.Name,
                            Random(ScalarType.Float64, ++seed, slot.Shape)
                                .Times(0.2)
                                .Plus(slot.Kind == SlotKind.Norm && shape.NormOffset == 0 ? 1L : 0L),
                            kernels,
                            slot.Kind == SlotKind.Matrix,
                            trains: true
                        )
            );
        return new DecoderBuilder(shape, weights, adapters: null, kernels).Build();
    }
}
