using System.Text.Json.Nodes;
using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Models.Gguf;

/// <summary>
/// How a model is said to llama.cpp: its architecture there, its shape with what a file has to say otherwise, and the factor of
/// the queries where the scale of attention scores has no key.
/// </summary>
internal sealed class GgufForm
{
    private readonly string _source;
    private readonly List<string> _notes = [];

    /// <param name="config">The model's config.</param>
    /// <param name="source">Where it is from, for messages.</param>
    /// <param name="shape">Its shape.</param>
    /// <exception cref="SimperException">llama.cpp has no such architecture, or not with a head of its own.</exception>
    public GgufForm(JsonObject config, string source, DecoderShape shape)
    {
        _source = source;
        Architecture = GgufArchitecture.OfFamily((string)config["model_type"]!, source);
        Shape = Adapted(shape);
        if (Architecture.HasMultipliers)
            return;
        double computed = Architecture.AttentionScale?.Invoke(Shape) ?? 1 / Math.Sqrt(Shape.HeadWidth);
        QueryScale = Shape.AttentionScale / computed;
        if (Math.Abs(QueryScale - 1) < 1e-6)
            QueryScale = 1;
        else
            _notes.Add("the scale of attention scores has no key: it is in the weights of the queries");
        Shape = Shape with { AttentionScale = computed };
    }

    public GgufArchitecture Architecture { get; }

    /// <summary>The shape that a file says.</summary>
    public DecoderShape Shape { get; }

    /// <summary>By what the weights of queries, or of their norms, are multiplied in a file.</summary>
    public double QueryScale { get; } = 1;

    /// <summary>What is said otherwise, and why; sentences without a full stop.</summary>
    public IReadOnlyList<string> Notes => _notes;

    /// <summary>Rows of a tensor with the factor of the queries.</summary>
    public Tensor Scaled(GgufStored stored, Tensor rows) => Scaled(stored, rows, QueryScale);

    /// <summary>The opposite.</summary>
    public Tensor Unscaled(GgufStored stored, Tensor rows) => Scaled(stored, rows, 1 / QueryScale);

    private Tensor Scaled(GgufStored stored, Tensor rows, double factor)
    {
        if (factor == 1)
            return rows;
        if (stored.IsQuery)
            return rows.Times(factor);
        if (!stored.Name.Contains(".attn_qkv.", StringComparison.Ordinal) || Shape.QueryKeyNorm != QueryKeyNorm.None)
            return rows;
        int queries = Shape.QueryWidth;
        return cat([rows.narrow(0, 0, queries).Times(factor), rows.narrow(0, queries, rows.size(0) - queries)], 0);
    }

    // What a file says otherwise, without a change of what is computed.
    private DecoderShape Adapted(DecoderShape shape)
    {
        if (Architecture.IsAlwaysTied && !shape.TiedHead)
            throw new SimperException(
                $"{_source}: llama.cpp's architecture {Architecture.Name} has no head of its own; export it as --format hf."
            );
        int[] windows = [.. shape.Windows.Where(w => w > 0)];
        if (windows.Length > 0 && Architecture.WindowPeriod == 0)
        {
            int context = Math.Min(shape.MaxPositions, windows.Min());
            _notes.Add(
                $"llama.cpp computes no windows in the architecture {Architecture.Name}: the file's context is {context} "
                    + "tokens, within which there is no difference"
            );
            shape = shape with { Windows = [], MaxPositions = context };
        }
        return Architecture.NeedsHead ? shape with { TiedHead = false } : shape;
    }
}
