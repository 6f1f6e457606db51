using System.Globalization;

namespace Simper.Models;

/// <summary>
/// The published weight names of a family, as a table: code of a family never touches a tensor. "{0}" stands for the layer;
/// ".weight" and ".bias" are appended. Where several published matrices are stacked in one of ours, their rows follow one
/// another.
/// </summary>
internal sealed record NameMap
{
    public required string Embedding { get; init; }

    public required string FinalNorm { get; init; }

    public required string Head { get; init; }

    public required string AttentionNorm { get; init; }

    public required string Query { get; init; }

    public required string Key { get; init; }

    public required string Value { get; init; }

    public required string Output { get; init; }

    public required string MlpNorm { get; init; }

    public required string Gate { get; init; }

    public required string Up { get; init; }

    public required string Down { get; init; }

    /// <summary>Norms of queries and keys, if the family has them.</summary>
    public string? QueryNorm { get; init; }

    /// <inheritdoc cref="QueryNorm"/>
    public string? KeyNorm { get; init; }

    /// <summary>The norm of attention's output, if the family has one.</summary>
    public string? AttentionPostNorm { get; init; }

    /// <summary>The norm of the MLP's output, if the family has one.</summary>
    public string? MlpPostNorm { get; init; }

    /// <summary>
    /// Published tensors that are redundant (rotary frequencies of old checkpoints), by the end of their names.
    /// </summary>
    public IReadOnlyList<string> IgnoredEndings { get; init; } = [];

    /// <summary>All weights of a model, in order of its forward pass; a tied head is the embedding.</summary>
    public IEnumerable<WeightSlot> Slots(DecoderShape shape) =>
        [
            Matrix("embedding", (Embedding, shape.Vocabulary, shape.Width)),
            .. Enumerable.Range(0, shape.Layers).SelectMany(layer => BlockSlots(shape, layer)),
            Norm("norm", FinalNorm, shape.Width),
            .. shape.TiedHead ? (WeightSlot[])[] : [Matrix("head", (Head, shape.Vocabulary, shape.Width))],
        ];

    private IEnumerable<WeightSlot> BlockSlots(DecoderShape shape, int layer)
    {
        string prefix = Prefix(layer);
        string At(string? pattern) =>
            string.Format(
                CultureInfo.InvariantCulture,
                pattern ?? throw new InvalidOperationException("A name is missing."),
                layer
            );
        (string, long, long)[] qkv =
        [
            (At(Query), shape.QueryWidth, shape.Width),
            (At(Key), shape.KeyValueWidth, shape.Width),
            (At(Value), shape.KeyValueWidth, shape.Width),
        ];
        (string, long, long)[] output = [(At(Output), shape.Width, shape.QueryWidth)];
        (string, long, long)[] gateUp = [(At(Gate), shape.InnerWidth, shape.Width), (At(Up), shape.InnerWidth, shape.Width)];
        (string, long, long)[] down = [(At(Down), shape.Width, shape.InnerWidth)];
        yield return Norm(prefix + "attention_norm", At(AttentionNorm), shape.Width);
        yield return Matrix(prefix + "qkv", qkv);
        if (shape.QueryKeyValueBias)
            yield return Bias(prefix + "qkv_bias", qkv);
        if (shape.QueryKeyNorm)
        {
            yield return Norm(prefix + "query_norm", At(QueryNorm), shape.HeadWidth);
            yield return Norm(prefix + "key_norm", At(KeyNorm), shape.HeadWidth);
        }
        yield return Matrix(prefix + "output", output);
        if (shape.OutputBias)
            yield return Bias(prefix + "output_bias", output);
        if (shape.PostNorms)
            yield return Norm(prefix + "attention_post_norm", At(AttentionPostNorm), shape.Width);
        yield return Norm(prefix + "mlp_norm", At(MlpNorm), shape.Width);
        yield return Matrix(prefix + "gate_up", gateUp);
        if (shape.MlpBias)
            yield return Bias(prefix + "gate_up_bias", gateUp);
        yield return Matrix(prefix + "down", down);
        if (shape.MlpBias)
            yield return Bias(prefix + "down_bias", down);
        if (shape.PostNorms)
            yield return Norm(prefix + "mlp_post_norm", At(MlpPostNorm), shape.Width);
    }

    /// <summary>Name prefix of a layer's slots.</summary>
    public static string Prefix(int layer) => string.Create(CultureInfo.InvariantCulture, $"layers.{layer}.");

    private static WeightSlot Matrix(string name, params (string Name, long Rows, long Columns)[] parts) =>
        new(name, SlotKind.Matrix, [.. parts.Select(p => new WeightPart(p.Name + ".weight", [p.Rows, p.Columns]))]);

    private static WeightSlot Bias(string name, (string Name, long Rows, long Columns)[] parts) =>
        new(name, SlotKind.Bias, [.. parts.Select(p => new WeightPart(p.Name + ".bias", [p.Rows]))]);

    private static WeightSlot Norm(string name, string published, int width) =>
        new(name, SlotKind.Norm, [new WeightPart(published + ".weight", [width])]);
}

/// <summary>What a slot holds; decides initialisation and weight decay.</summary>
internal enum SlotKind
{
    Matrix,
    Bias,
    Norm,
}

/// <summary>One of our parameters and the published tensors whose rows it stacks.</summary>
internal sealed record WeightSlot(string Name, SlotKind Kind, IReadOnlyList<WeightPart> Parts)
{
    /// <summary>The shape of all parts together.</summary>
    public long[] Shape => [Parts.Sum(p => p.Shape[0]), .. Parts[0].Shape[1..]];

    /// <summary>Whether all parts are trainable, or none: they are one matrix.</summary>
    /// <exception cref="SimperException">Some are and some are not.</exception>
    public bool IsTrained(Func<string, bool> trains)
    {
        WeightPart[] trained = [.. Parts.Where(p => trains(p.Name))];
        if (trained.Length > 0 && trained.Length < Parts.Count)
            throw new SimperException(
                $"{trained[0].Name} is to be trained and {Parts.First(p => !trained.Contains(p)).Name} is not, but they are one "
                    + "matrix here; train both, or neither."
            );
        return trained.Length > 0;
    }

    /// <summary>Number of values.</summary>
    public long Count => Shape.Aggregate((a, b) => a * b);
}

/// <summary>A published tensor: its name and shape in the Hugging Face folder.</summary>
internal sealed record WeightPart(string Name, long[] Shape);
