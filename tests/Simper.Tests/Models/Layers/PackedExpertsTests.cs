using System.Text.Json.Nodes;
using Simper.Batching;
using Simper.Checkpoints;
using Simper.Kernels;
using Simper.Kernels.Torch;
using Simper.Models;
using Simper.Models.Families;
using Simper.Models.Weights;
using Simper.Scoring;
using Simper.Tensors;
using Simper.Tests.Toys;
using Simper.Text.Preferences;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Tests.Models.Layers;

/// <summary>
/// Experts whose matrices stay quantised, each with a block type of its own and all of a layer in one stack, against the same
/// experts dequantised.
/// </summary>
public class PackedExpertsTests
{
    private const string Mixtral = """
        {"model_type": "mixtral", "hidden_size": 64, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 16,
         "intermediate_size": 96, "num_hidden_layers": 2, "vocab_size": 50, "max_position_embeddings": 64, "rms_norm_eps": 1e-5,
         "num_local_experts": 5, "num_experts_per_tok": 2}
        """;

    private const string Qwen3Moe = """
        {"model_type": "qwen3_moe", "hidden_size": 64, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 16,
         "intermediate_size": 96, "moe_intermediate_size": 32, "num_hidden_layers": 2, "vocab_size": 50,
         "max_position_embeddings": 64, "rms_norm_eps": 1e-5, "num_experts": 8, "num_experts_per_tok": 3,
         "mlp_only_layers": [0], "norm_topk_prob": false}
        """;

    public static TheoryData<string, string, bool, double> Sets
    {
        get
        {
            var sets = new TheoryData<string, string, bool, double>();
            foreach (string family in (string[])["mixtral", "qwen3_moe"])
            {
                foreach (bool torch in (bool[])[false, true])
                {
                    sets.Add(family, "float64", torch, 1e-13);
                    sets.Add(family, "float32", torch, 1e-5);
                    sets.Add(family, "bfloat16", torch, 2e-2);
                }
            }
            return sets;
        }
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void Log_probs_and_gradients_through_frozen_experts_are_those_of_unpacked_ones(
        string family,
        string type,
        bool torch,
        double tolerance
    )
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using Decoder unpacked = Make(family, type, torch, isPacked: false);
        using Decoder packed = Make(family, type, torch, isPacked: true);
        Assert.Contains(packed.Weights, w => w is PackedWeight && w.Name.EndsWith("experts_gate_up", StringComparison.Ordinal));
        Assert.Contains(packed.Weights, w => w is PackedWeight && w.Name.EndsWith("experts_down", StringComparison.Ordinal));
        Assert.Contains(packed.Parameters, p => p.Name.EndsWith("router", StringComparison.Ordinal));
        TokenizedGroup[] groups = [.. Enumerable.Range(1, 4).Select(i => ToyDecoder.Group(i, 5, 9, 6))];
        (Tensor sums, Tensor[] gradients) = Run(unpacked);
        (Tensor ownSums, Tensor[] ownGradients) = Run(packed);
        Near(sums, ownSums);
        Assert.Equal(gradients.Length, ownGradients.Length);
        foreach ((Tensor expected, Tensor actual) in gradients.Zip(ownGradients))
            Near(expected, actual);

        (Tensor, Tensor[]) Run(Decoder decoder)
        {
            using ScoringPass pass = ScoringPass.Forward(decoder, MicroBatch.Of(groups), forBackward: true);
            pass.Backward(ones_like(pass.Sums));
            return (pass.Sums.clone(), [.. decoder.Parameters.Select(p => p.Gradient!.clone())]);
        }

        void Near(Tensor expected, Tensor actual) => Assert.InRange(Numbers.RelativeDistance(actual, expected), 0, tolerance);
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void Greedy_ids_are_those_of_unpacked_experts(string family, string type, bool torch, double tolerance)
    {
        using Decoder unpacked = Make(family, type, torch, isPacked: false);
        using Decoder packed = Make(family, type, torch, isPacked: true);
        (int[] ids, double[] logits) = Greedy(unpacked);
        (int[] ownIds, double[] ownLogits) = Greedy(packed);
        Assert.Equal(ids, ownIds);
        double norm = Math.Sqrt(logits.Sum(l => l * l));
        Assert.InRange(Math.Sqrt(logits.Zip(ownLogits, (a, b) => (a - b) * (a - b)).Sum()), 0, tolerance * norm);
    }

    [Fact]
    public void A_sequence_has_the_same_bits_where_rows_do_not_depend_on_their_neighbours()
    {
        using Decoder unpacked = Make("mixtral", "bfloat16", torch: false, isPacked: false);
        using Decoder packed = Make("mixtral", "bfloat16", torch: false, isPacked: true);
        unpacked.Kernels.IsBatchInvariant = true;
        packed.Kernels.IsBatchInvariant = true;
        (int[] ids, double[] logits) = Greedy(unpacked);
        (int[] ownIds, double[] ownLogits) = Greedy(packed);
        Assert.Equal(ids, ownIds);
        Assert.Equal(logits, ownLogits);
    }

    private static (int[] Ids, double[] Logits) Greedy(Decoder decoder)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        long[] fresh = [.. Enumerable.Range(0, 24).Select(i => i * 13L % 50)];
        using var cache = new KeyValueCache(decoder.Shape, fresh.Length + 20, decoder.Kernels);
        var ids = new int[20];
        double[] logits = [];
        for (int i = 0; i < ids.Length; i++)
        {
            logits = Numbers.Of(decoder.NextLogits(fresh, TokenLayout.Of((fresh.Length, -1)), [cache]));
            ids[i] = Array.IndexOf(logits, logits.Max());
            fresh = [ids[i]];
        }
        return (ids, logits);
    }

    // Norms and routers train, the experts and all other matrices do not.
    private static Decoder Make(string name, string type, bool torch, bool isPacked)
    {
        JsonObject config = JsonNode.Parse(name == "mixtral" ? Mixtral : Qwen3Moe)!.AsObject();
        Family family = Family.Of(config, "toy");
        DecoderShape shape = family.Shape(new ConfigReader(config, "toy"));
        Precision precision = new[] { Precision.Float32, Precision.BFloat16, Precision.Float64 }.Single(p => p.Name == type);
        KernelSet kernels = torch ? new TorchKernels(precision, CPU) : KernelSet.For(precision);
        using var scope = NewDisposeScope();
        var random = new Random(11);
        var weights = new Dictionary<string, Weight>();
        foreach (WeightSlot slot in family.Names.Slots(shape))
            weights.Add(slot.Name, MakeWeight(slot, random, kernels, isPacked));
        return new DecoderBuilder(shape, weights, adapters: null, kernels).Build();
    }

    private static Weight MakeWeight(WeightSlot slot, Random random, KernelSet kernels, bool isPacked)
    {
        bool isExpert = slot.Name.Contains("experts", StringComparison.Ordinal);
        if (isExpert)
        {
            PackedRows[] parts = [.. slot.Parts.Select((part, i) => Blocks(part, (i / 2) % 2 == 0 ? 8u : 2u, random))];
            if (isPacked)
                return new PackedWeight(slot.Name, new PackedMatrix(parts), kernels);
            using var both = new PackedMatrix(parts);
            Tensor dequantised = cat([.. parts.Select(p => p.Dequantise(0, p.Rows))], 0);
            return Weight.Of(slot.Name, dequantised, kernels, isMatrix: true, trains: false);
        }
        bool isMatrix = slot.Kind == SlotKind.Matrix;
        bool isRouter = slot.Name.EndsWith("router", StringComparison.Ordinal);
        double scale = isRouter ? 0.5 : 0.15;
        double[] values = [.. Enumerable.Range(0, (int)slot.Count).Select(_ => scale * (2 * random.NextDouble() - 1))];
        return Weight.Of(
            slot.Name,
            tensor(slot.Kind == SlotKind.Norm ? [.. values.Select(v => 1 + v)] : values).reshape(slot.Shape),
            kernels,
            isMatrix,
            trains: !isMatrix || isRouter
        );
    }

    // Random codes of Q8_0 (id 8) or Q4_0 (id 2), both with a scale in float16 before 32 codes.
    private static PackedRows Blocks(WeightPart part, uint type, Random random)
    {
        GgufTensorType blocks = GgufTensorType.WithId(type)!;
        (int rows, int columns) = ((int)part.Shape[0], (int)part.Shape[1]);
        int rowBytes = columns / blocks.Values * blocks.Bytes;
        var bytes = new byte[rows * rowBytes];
        random.NextBytes(bytes);
        byte[] scale = BitConverter.GetBytes((Half)(type == 8 ? 0.002 : 0.03));
        for (int at = 0; at < bytes.Length; at += blocks.Bytes)
            scale.CopyTo(bytes, at);
        return new PackedRows(tensor(bytes).reshape(rows, rowBytes), blocks, columns);
    }
}
