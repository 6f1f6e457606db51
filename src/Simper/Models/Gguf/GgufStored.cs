namespace Simper.Models.Gguf;

/// <summary>Rows of a slot; for a vector, its values.</summary>
internal readonly record struct SlotRows(string Slot, long Start, long Count);

/// <summary>
/// A tensor of a GGUF file in terms of our weights: its rows are those of <see cref="Sources"/>, one source after the other.
/// </summary>
internal sealed record GgufStored(string Name, long[] Shape, IReadOnlyList<SlotRows> Sources)
{
    /// <summary>Heads whose rotated rows are stored as neighbours instead of halves; 0 for none.</summary>
    public int RotatedHeads { get; init; }

    /// <summary>How many rows of such a head are rotated.</summary>
    public int RotatedWidth { get; init; }

    /// <summary>What is added to the values that Hugging Face's folder has (1 to the Gemmas' norms).</summary>
    public int Offset { get; init; }

    /// <summary>Whether rows are queries, or norms of queries, which carry a scale that has no key.</summary>
    public bool IsQuery { get; init; }
}
