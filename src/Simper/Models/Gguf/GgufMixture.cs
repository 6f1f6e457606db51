using System.Globalization;
using Simper.Checkpoints;

namespace Simper.Models.Gguf;

/// <summary>Which type each tensor of a file gets: llama.cpp's rules, as its converter and its quantiser have them.</summary>
/// <param name="file">The mixture.</param>
/// <param name="architecture">The architecture.</param>
/// <param name="shape">The model's shape, with the head as it is stored.</param>
internal sealed class GgufMixture(GgufFileType file, GgufArchitecture architecture, DecoderShape shape)
{
    private const int ManyLayers = 80; // of models of 70 billion weights, whose values are few
    private const int EightExperts = 8;

    /// <summary>The type of a tensor.</summary>
    public BlockType TypeOf(string name, long[] sizes)
    {
        if (file.TensorType == "F32" || !IsMatrix(name, sizes))
            return GgufTypes.Named("F32");
        if (file.Name != "Q4_K_M")
            return Fitting(GgufTypes.Named(file.TensorType), sizes);
        return Fitting(GgufTypes.Named(Mixed(name, sizes)), sizes);
    }

    // Vectors, norms, routers and learned positions are small, and stay as precise as they are.
    private static bool IsMatrix(string name, long[] sizes) =>
        sizes.Length > 1
        && name.EndsWith(".weight", StringComparison.Ordinal)
        && !name.EndsWith("_norm.weight", StringComparison.Ordinal)
        && !name.EndsWith("ffn_gate_inp.weight", StringComparison.Ordinal)
        && name != "position_embd.weight";

    private string Mixed(string name, long[] sizes)
    {
        if (name == "output.weight" || (shape.TiedHead && name == "token_embd.weight"))
            return sizes[^1] % 256 == 0 ? "Q6_K" : "Q8_0";
        bool hasEight = shape.Experts?.Count == EightExperts;
        if (IsPart(name, "attn_v") || IsPart(name, "attn_qkv"))
            return hasEight ? "Q8_0"
                : GetsMoreBits(name) ? "Q6_K"
                : HasFewValues() ? "Q5_K"
                : "Q4_K";
        if (IsPart(name, "attn_k"))
            return hasEight ? "Q8_0" : "Q4_K";
        if (IsPart(name, "attn_output"))
            return hasEight ? "Q5_K" : "Q4_K";
        return name.Contains("ffn_down", StringComparison.Ordinal) && GetsMoreBits(name) ? "Q6_K" : "Q4_K";
    }

    private bool HasFewValues() =>
        shape.Layers == ManyLayers
        && (architecture.Name == "qwen2" || (architecture.Name == "llama" && shape.Heads != shape.KeyValueHeads));

    // The first and the last eighth of the layers, and every third in between.
    private bool GetsMoreBits(string name)
    {
        int layer = int.Parse(name.Split('.')[1], CultureInfo.InvariantCulture);
        int layers = shape.Layers;
        return layer < layers / 8 || layer >= 7 * layers / 8 || (layer - layers / 8) % 3 == 2;
    }

    private static bool IsPart(string name, string part) => name.EndsWith($".{part}.weight", StringComparison.Ordinal);

    // Rows that are no whole blocks get the next type of smaller blocks, or fp16.
    private static BlockType Fitting(BlockType type, long[] sizes)
    {
        if (sizes[^1] % type.Values == 0)
            return type;
        string smaller = type.Name switch
        {
            "Q4_K" => "Q5_0",
            "Q5_K" => "Q5_1",
            "Q6_K" => "Q8_0",
            _ => "F16",
        };
        return Fitting(GgufTypes.Named(smaller), sizes);
    }
}
