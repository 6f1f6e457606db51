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

    /// <summary>Inner width of the MLP (<c>intermediate_size</c>).</summary>
    public required int InnerWidth { get; init; }

    /// <summary>Rows of the embedding (<c>vocab_size</c>); may exceed the tokenizer's vocabulary.</summary>
    public required int Vocabulary { get; init; }

    /// <summary>Longest sequence that the model supports (<c>max_position_embeddings</c>).</summary>
    public required int MaxPositions { get; init; }

    /// <summary>
    /// Added to the mean square in the norms (<c>rms_norm_eps</c>, <c>layer_norm_eps</c>), so that an all-zero row does not
    /// divide by zero.
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

    /// <summary>Biases on the MLP's projections (<c>mlp_bias</c>).</summary>
    public bool MlpBias { get; init; }

    /// <summary>Norms of queries and keys.</summary>
    public QueryKeyNorm QueryKeyNorm { get; init; }

    /// <summary>Whether the inputs of attention and MLP are normed.</summary>
    public bool PreNorms { get; init; } = true;

    /// <summary>Whether the outputs of attention and MLP are normed (Gemma 2; OLMo 2, which does not norm inputs).</summary>
    public bool PostNorms { get; init; }

    /// <summary>Whether norms subtract the mean (layer norm; else RMS norm).</summary>
    public bool NormsCenter { get; init; }

    /// <summary>Whether layer norms have biases; those of queries and keys never have.</summary>
    public bool NormBias { get; init; }

    /// <summary>Whether attention and MLP read the same stream, instead of one after the other (GPT-NeoX).</summary>
    public bool ParallelBlocks { get; init; }

    /// <summary>Whether attention and MLP of a parallel block share a norm (Cohere 2).</summary>
    public bool SharedNorm { get; init; }

    /// <summary>Whether the MLP is down(act(up(x))), without a gate (GPT-2).</summary>
    public bool PlainMlp { get; init; }

    /// <summary>Experts in place of the MLP; null for none.</summary>
    public ExpertShape? Experts { get; init; }

    /// <summary>Whether each head's softmax has a learned score more, whose value is zero (gpt-oss).</summary>
    public bool AttentionSinks { get; init; }

    /// <summary>Rows of a table of learned positions, added to the embeddings (GPT-2); 0 for none.</summary>
    public int LearnedPositions { get; init; }

    /// <summary>Offset added to norm weights (1 in the Gemma family).</summary>
    public int NormOffset { get; init; }

    /// <summary>The activation function of the MLP (<c>hidden_act</c>).</summary>
    public Activation Activation { get; init; } = Activation.Silu;

    /// <summary>Scale of the embeddings; rounded to the compute dtype, as in transformers.</summary>
    public double EmbeddingScale { get; init; } = 1;

    /// <summary>Scale of what attention and MLP add to the residual stream (<c>residual_multiplier</c>).</summary>
    public double ResidualScale { get; init; } = 1;

    /// <summary>Scale of the logits (<c>logit_scale</c>; 1 / <c>logits_scaling</c>).</summary>
    public double LogitScale { get; init; } = 1;

    /// <summary>
    /// How many of a head's values are rotated, from the first on (<c>partial_rotary_factor</c>); all if not given, 0 for none.
    /// </summary>
    public int RotaryWidth
    {
        get => _rotaryWidth ?? HeadWidth;
        init => _rotaryWidth = value;
    }

    private readonly int? _rotaryWidth;

    /// <summary>For each layer, whether it rotates; empty where all do (<c>no_rope_layers</c>).</summary>
    public IReadOnlyList<bool> Rotates { get; init; } = [];

    /// <summary>The rotation of layers with a window, where it differs (Gemma 3); null where it does not.</summary>
    public RotaryKind? WindowRotary { get; init; }

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
            Window = WindowOf(layer),
            SoftCap = ScoreCap,
            RotaryWidth = Rotates.Count == 0 || Rotates[layer] ? RotaryWidth : 0,
        };

    /// <summary>A layer's window; 0 for none.</summary>
    internal int WindowOf(int layer) => Windows.Count == 0 ? 0 : Windows[layer];

    /// <summary>Weights that a token is not multiplied with: of experts that it passes by, of learned positions.</summary>
    internal double IdleWeights =>
        (double)LearnedPositions * Width
        + (
            Experts is { } experts
                ? 3.0
                    * (experts.Count - experts.Chosen)
                    * experts.InnerWidth
                    * Width
                    * Enumerable.Range(0, Layers).Count(IsSparse)
                : 0
        );

    /// <summary>Whether a layer has experts.</summary>
    internal bool IsSparse(int layer) => Experts is { } experts && (experts.Sparse.Count == 0 || experts.Sparse[layer]);

    /// <summary>
    /// Whether a token's rotation depends on the length of its whole sequence, so that two answers cannot share a prompt.
    /// </summary>
    public bool NeedsOwnPrompts => Rotary.DependsOnLength || WindowRotary is { DependsOnLength: true };

    /// <summary>Sequences with the same number have the same rotations.</summary>
    internal (int, int) LengthClass(int length) => (Rotary.LengthClass(length), WindowRotary?.LengthClass(length) ?? 0);
}
