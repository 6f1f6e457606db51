using System.Globalization;

namespace Simper.Models;

/// <summary>
/// The published weight names of a family, as a table: no code of a family ever touches a tensor. "{0}" stands for the layer;
/// ".weight" and ".bias" are appended. Where several published matrices lie in one of ours, their rows follow each other.
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

    /// <summary>
    /// Published tensors that carry nothing (rotary frequencies of old checkpoints), by the end of their names.
    /// </summary>
    public IReadOnlyList<string> IgnoredEndings { get; init; } = [];

    /// <summary>Assembles a decoder's weights from a function that makes the parameter of a slot.</summary>
    public DecoderWeights Build(DecoderShape shape, Func<WeightSlot, Parameter> make)
    {
        Parameter embedding = make(Matrix("embedding", (Embedding, shape.Vocabulary, shape.Width)));
        BlockWeights[] blocks = [.. Enumerable.Range(0, shape.Layers).Select(layer => BuildBlock(shape, layer, make))];
        return new DecoderWeights
        {
            Embedding = embedding,
            Blocks = blocks,
            FinalNorm = make(Norm("norm", FinalNorm, shape)),
            Head = shape.TiedHead ? embedding : make(Matrix("head", (Head, shape.Vocabulary, shape.Width))),
        };
    }

    private BlockWeights BuildBlock(DecoderShape shape, int layer, Func<WeightSlot, Parameter> make)
    {
        string prefix = string.Create(CultureInfo.InvariantCulture, $"layers.{layer}.");
        string At(string pattern) => string.Format(CultureInfo.InvariantCulture, pattern, layer);
        (string, long, long)[] qkv =
        [
            (At(Query), shape.QueryWidth, shape.Width),
            (At(Key), shape.KeyValueWidth, shape.Width),
            (At(Value), shape.KeyValueWidth, shape.Width),
        ];
        (string, long, long)[] output = [(At(Output), shape.Width, shape.QueryWidth)];
        (string, long, long)[] gateUp = [(At(Gate), shape.InnerWidth, shape.Width), (At(Up), shape.InnerWidth, shape.Width)];
        (string, long, long)[] down = [(At(Down), shape.Width, shape.InnerWidth)];
        Parameter? Biases(bool has, string name, (string, long, long)[] parts) => has ? make(Bias(prefix + name, parts)) : null;
        return new BlockWeights
        {
            AttentionNorm = make(Norm(prefix + "attention_norm", At(AttentionNorm), shape)),
            QueryKeyValue = make(Matrix(prefix + "qkv", qkv)),
            QueryKeyValueBias = Biases(shape.AttentionBias, "qkv_bias", qkv),
            Output = make(Matrix(prefix + "output", output)),
            OutputBias = Biases(shape.AttentionBias, "output_bias", output),
            MlpNorm = make(Norm(prefix + "mlp_norm", At(MlpNorm), shape)),
            GateUp = make(Matrix(prefix + "gate_up", gateUp)),
            GateUpBias = Biases(shape.MlpBias, "gate_up_bias", gateUp),
            Down = make(Matrix(prefix + "down", down)),
            DownBias = Biases(shape.MlpBias, "down_bias", down),
        };
    }

    private static WeightSlot Matrix(string name, params (string Name, long Rows, long Columns)[] parts) =>
        new(name, SlotKind.Matrix, [.. parts.Select(p => new WeightPart(p.Name + ".weight", [p.Rows, p.Columns]))]);

    private static WeightSlot Bias(string name, (string Name, long Rows, long Columns)[] parts) =>
        new(name, SlotKind.Bias, [.. parts.Select(p => new WeightPart(p.Name + ".bias", [p.Rows]))]);

    private static WeightSlot Norm(string name, string published, DecoderShape shape) =>
        new(name, SlotKind.Norm, [new WeightPart(published + ".weight", [shape.Width])]);
}

/// <summary>What kind of numbers a slot holds; decides initialisation and weight decay.</summary>
internal enum SlotKind
{
    Matrix,
    Bias,
    Norm,
}

/// <summary>One of our parameters and the published tensors whose rows it stacks.</summary>
internal sealed record WeightSlot(string Name, SlotKind Kind, IReadOnlyList<WeightPart> Parts);

/// <summary>A published tensor: its name and shape in the Hugging Face folder.</summary>
internal sealed record WeightPart(string Name, long[] Shape);
