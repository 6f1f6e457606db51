namespace Simper.Kernels.Cpu;

/// <summary>Neighbouring queries of a segment that are processed together.</summary>
/// <param name="First">Index of the first one in its segment.</param>
/// <param name="Token">Index of the first one on the flat axis.</param>
/// <param name="Position">Position of the first one in its sequence.</param>
/// <param name="Count">How many queries there are.</param>
internal readonly record struct QueryBlock(int First, int Token, int Position, int Count)
{
    /// <summary>The blocks of a segment, in order, of at most <paramref name="most"/> queries.</summary>
    public static IEnumerable<QueryBlock> Of(TokenLayout.Segment segment, int most)
    {
        for (int first = 0; first < segment.Length; first += most)
            yield return new(first, segment.Start + first, segment.FirstPosition + first, Math.Min(most, segment.Length - first));
    }
}
