using Simper.Kernels;

namespace Simper.Models;

/// <summary>
/// What a decoder looks like: sizes and closed choices, no weights and no maths. A family reads it from config.json.
/// </summary>
public sealed record DecoderShape
{
    /// <summary>Number of blocks.</summary>
    public required int Layers { get; init; }

    /// <summary>Width of the residual stream (<c>hidden_size</c>).</summary>
    public required int Width { get; init; }

    /// <summary>Query heads (<c>num_attention_heads</c>); a multiple of <see cref="KeyValueHeads"/>.</summary>
    public required int Heads { get; init; }

    /// <summary>Key and value heads (<c>num_key_value_heads</c>).</summary>
    public required int KeyValueHeads { get; init; }

    /// <summary>Width of one head (<c>head_dim</c>); even, since rotations pair its halves.</summary>
    public required int HeadWidth { get; init; }

    /// <summary>Inner width of the gated MLP (<c>intermediate_size</c>).</summary>
    public required int InnerWidth { get; init; }

    /// <summary>Rows of the embedding (<c>vocab_size</c>); may be more than the tokenizer knows.</summary>
    public required int Vocabulary { get; init; }

    /// <summary>Longest sequence that the model was made for (<c>max_position_embeddings</c>).</summary>
    public required int MaxPositions { get; init; }

    /// <summary>
    /// Added to the mean square in the norms (<c>rms_norm_eps</c>), so that an all-zero row divides by something.
    /// </summary>
    public required double NormEpsilon { get; init; }

    /// <summary>How positions rotate queries and keys.</summary>
    public required RotaryKind Rotary { get; init; }

    /// <summary>Whether the head shares the embedding's matrix (<c>tie_word_embeddings</c>).</summary>
    public required bool TiedHead { get; init; }

    /// <summary>Biases on the four attention projections (<c>attention_bias</c>).</summary>
    public bool AttentionBias { get; init; }

    /// <summary>Biases on the three MLP projections (<c>mlp_bias</c>).</summary>
    public bool MlpBias { get; init; }

    /// <summary>Standard deviation of a new model's weights (<c>initializer_range</c>).</summary>
    public double InitializerRange { get; init; } = 0.02;

    /// <summary>Factor of the attention scores.</summary>
    public double AttentionScale => 1 / Math.Sqrt(HeadWidth);

    /// <summary>Number of weights, a tied head counted once.</summary>
    internal long WeightCount => (TiedHead ? 1L : 2L) * Vocabulary * Width + Width + Layers * BlockWeightCount;

    private long BlockWeightCount =>
        2L * Width * QueryWidth
        + 2L * Width * KeyValueWidth
        + 3L * Width * InnerWidth
        + 2L * Width
        + (AttentionBias ? QueryWidth + 2L * KeyValueWidth + Width : 0)
        + (MlpBias ? 2L * InnerWidth + Width : 0);

    internal int QueryWidth => Heads * HeadWidth;

    internal int KeyValueWidth => KeyValueHeads * HeadWidth;

    /// <summary>What attention needs to know.</summary>
    internal HeadShape HeadShape => new(Heads, KeyValueHeads, HeadWidth, AttentionScale);
}
