namespace Simper.Kernels;

/// <summary>
/// The segments of a flat token axis and their attention mask: segments follow one another, each with a parent or none. A token
/// attends to the earlier tokens of its own segment and to all tokens of its segment's ancestors, nothing else. So [prompt |
/// chosen | rejected] with the prompt as the parent of both answers computes the prompt once.
/// </summary>
public sealed class TokenLayout
{
    private TokenLayout(Segment[] segments)
    {
        Segments = segments;
        Tokens = segments.Length == 0 ? 0 : segments[^1].End;
    }

    /// <summary>In axis order, without gaps; a parent comes before its children.</summary>
    public IReadOnlyList<Segment> Segments { get; }

    /// <summary>Length of the flat axis.</summary>
    public int Tokens { get; }

    /// <summary>
    /// For each segment, the length of the sequence that it belongs to, where that is longer than what is on the axis: the last
    /// token of an answer is only predicted. Empty where it is not.
    /// </summary>
    internal IReadOnlyList<int> Lengths { get; init; } = [];

    /// <summary>The length of every token's sequence [T].</summary>
    /// <exception cref="InvalidOperationException">A token belongs to several sequences.</exception>
    internal int[] SequenceLengths()
    {
        var lengths = new int[Tokens];
        for (int s = 0; s < Segments.Count; s++)
        {
            if (Segments[s].Parent >= 0)
                throw new InvalidOperationException("Sequences that share tokens have no length of their own.");
            lengths.AsSpan(Segments[s].Start, Segments[s].Length).Fill(Lengths.Count == 0 ? Segments[s].Length : Lengths[s]);
        }
        return lengths;
    }

    /// <summary>
    /// A number for each token [T] that depends on its id and on all ids that it attends to, and on the seed: the same however
    /// sequences are laid out.
    /// </summary>
    /// <param name="ids">The tokens' ids [T].</param>
    /// <param name="seed">Any number.</param>
    internal long[] Keys(ReadOnlySpan<long> ids, ulong seed)
    {
        var keys = new long[Tokens];
        foreach (Segment segment in Segments)
        {
            ulong key = segment.Parent < 0 ? seed : (ulong)keys[Segments[segment.Parent].End - 1];
            for (int i = segment.Start; i < segment.End; i++)
            {
                key = ulong.RotateLeft((key ^ (ulong)(ids[i] + 1)) * 0x9e3779b97f4a7c15, 29); // every step is bijective
                keys[i] = (long)key;
            }
        }
        return keys;
    }

    /// <summary>The same segments with other <see cref="Lengths"/>.</summary>
    internal TokenLayout WithLengths(IReadOnlyList<int> lengths) => new([.. Segments]) { Lengths = lengths };

    /// <summary>Makes a layout from (length, index of the parent or -1) in order of the axis.</summary>
    /// <exception cref="ArgumentException">A length below one, or a parent that does not come before its child.</exception>
    public static TokenLayout Of(params ReadOnlySpan<(int Length, int Parent)> segments)
    {
        var placed = new Segment[segments.Length];
        int start = 0;
        for (int i = 0; i < segments.Length; i++)
        {
            (int length, int parent) = segments[i];
            if (length < 1)
                throw new ArgumentException($"Segment {i} has {length} tokens; a segment has at least one.", nameof(segments));
            if (parent < -1 || parent >= i)
                throw new ArgumentException(
                    $"The parent of segment {i} is {parent}; it has to stand before it, or be -1.",
                    nameof(segments)
                );
            int position = parent < 0 ? 0 : placed[parent].FirstPosition + placed[parent].Length;
            placed[i] = new Segment(start, length, parent, position);
            start += length;
        }
        return new TokenLayout(placed);
    }

    /// <summary>
    /// Independent runs of segments (first, count): no segment's ancestor is in another run.
    /// </summary>
    internal IReadOnlyList<(int First, int Count)> Trees()
    {
        var trees = new List<(int First, int Count)>();
        for (int i = 0; i < Segments.Count; i++)
        {
            // A child of an earlier run merges all runs since then.
            int first = i;
            while (trees.Count > 0 && Segments[i].Parent >= 0 && trees[^1].First + trees[^1].Count > Segments[i].Parent)
            {
                first = trees[^1].First;
                trees.RemoveAt(trees.Count - 1);
                if (first <= Segments[i].Parent)
                    break;
            }
            trees.Add((first, i - first + 1));
        }
        return trees;
    }

    /// <summary>The position of every token in its sequence [T]: a segment continues where its parent ends.</summary>
    public long[] Positions()
    {
        var positions = new long[Tokens];
        foreach (Segment segment in Segments)
        {
            for (int i = 0; i < segment.Length; i++)
                positions[segment.Start + i] = segment.FirstPosition + i;
        }
        return positions;
    }

    /// <summary>The places of a sequence on the axis, up to and with the given one.</summary>
    internal int[] Path(int place)
    {
        int s = Segments.Count - 1;
        while (Segments[s].Start > place)
            s--;
        var path = new int[Segments[s].FirstPosition + place - Segments[s].Start + 1];
        for (int end = place; s >= 0; s = Segments[s].Parent, end = s < 0 ? 0 : Segments[s].End - 1)
        {
            for (int i = Segments[s].Start; i <= end; i++)
                path[Segments[s].FirstPosition + i - Segments[s].Start] = i;
        }
        return path;
    }

    /// <summary>The largest position.</summary>
    public int HighestPosition => Segments.Count == 0 ? 0 : Segments.Max(s => s.FirstPosition + s.Length - 1);

    /// <summary>Tokens [Start, Start + Length) of the axis; Parent is an index into the segments, or -1.</summary>
    public readonly record struct Segment(int Start, int Length, int Parent, int FirstPosition)
    {
        public int End => Start + Length;
    }
}
