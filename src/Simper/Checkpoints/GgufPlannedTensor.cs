namespace Simper.Checkpoints;

/// <summary>A tensor that is to be written: its name, its type in the file, its sizes, outermost first.</summary>
internal sealed record GgufPlannedTensor(string Name, BlockType Type, long[] Shape)
{
    /// <summary>How many values it has.</summary>
    public long Count => Shape.Aggregate(1L, (a, b) => a * b);

    /// <summary>The bytes that it takes in the file.</summary>
    public long Bytes => Count / Type.Values * Type.Bytes;
}
