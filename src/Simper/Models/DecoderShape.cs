using Simper.Kernels;

namespace Simper.Models;

/// <summary>
/// The architecture of a decoder: sizes and closed choices, no weights and no maths. A family reads it from config.json.
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

    /// <summary>Rows of the embedding (<c>vocab_size</c>); may exceed the tokenizer's vocabulary.</summary>
    public required int Vocabulary { get; init; }

    /// <summary>Longest sequence that the model supports (<c>max_position_embeddings</c>).</summary>
    public required int MaxPositions { get; init; }

    /// <summary>
    /// Added to the mean square in the norms (<c>rms_norm_eps</c>), so that an all-zero row does not divide by zero.
    /// </summary>
    public required double NormEpsilon { get; init; }

    /// <summary>How positions rotate queries and keys.</summary>
    public required RotaryKind Rotary { get; init; }

    /// <summary>Whether the head shares the embedding's matrix (<c>tie_word_embeddings</c>).</summary>
    public required bool TiedHead { get; init; }

    /// <summary>Biases on the projections of queries, keys and values (<c>attention_bias</c>; always in Qwen2).</summary>
    public bool QueryKeyValueBias { get; init; }

    /// <summary>A bias on attention's output projection (<c>attention_bias</c>).</summary>
    public bool OutputBias { get; init; }

    /// <summary>Biases on the three MLP projections (<c>mlp_bias</c>).</summary>
    public bool MlpBias { get; init; }

    /// <summary>Whether each head of queries and keys has a norm before its rotation (Qwen3).</summary>
    public bool QueryKeyNorm { get; init; }

    /// <summary>Whether the outputs of attention and MLP are normed too (Gemma 2).</summary>
    public bool PostNorms { get; init; }

    /// <summary>Offset added to norm weights (1 in the Gemma family).</summary>
    public int NormOffset { get; init; }

    /// <summary>The activation function of the MLP (<c>hidden_act</c>).</summary>
    public Activation Activation { get; init; } = Activation.Silu;

    /// <summary>Scale of the embeddings; rounded to the compute dtype, as in transformers.</summary>
    public double EmbeddingScale { get; init; } = 1;

    /// <summary>Scale of the attention scores; 1 / √<see cref="HeadWidth"/> if not given.</summary>
    public double AttentionScale
    {
        get => _attentionScale ?? 1 / Math.Sqrt(HeadWidth);
        init => _attentionScale = value;
    }

    private readonly double? _attentionScale;

    /// <summary>Attention scores s become cap · tanh(s / cap) (<c>attn_logit_softcapping</c>); 0 for no cap.</summary>
    public double ScoreCap { get; init; }

    /// <summary>Logits z become cap · tanh(z / cap) (<c>final_logit_softcapping</c>); 0 for no cap.</summary>
    public double LogitCap { get; init; }

    /// <summary>
    /// For each layer, how many tokens one attends to, itself included (<c>sliding_window</c>); 0 for all. Empty where no layer
    /// has a window.
    /// </summary>
    public IReadOnlyList<int> Windows { get; init; } = [];

    /// <summary>Standard deviation of a new model's weights (<c>initializer_range</c>).</summary>
    public double InitializerRange { get; init; } = 0.02;

    internal int QueryWidth => Heads * HeadWidth;

    internal int KeyValueWidth => KeyValueHeads * HeadWidth;

    /// <summary>The sizes that a layer's attention needs.</summary>
    internal HeadShape HeadShapeOf(int layer) =>
        new(Heads, KeyValueHeads, HeadWidth, AttentionScale)
        {
            Window = Windows.Count == 0 ? 0 : Windows[layer],
            SoftCap = ScoreCap,
        };
}
