using TorchSharp;

namespace Simper.Kernels.Cpu;

// Legend: T tokens, E head width.

/// <summary>A tree's keys in blocks: each segment starts a new block and is padded to whole blocks.</summary>
internal readonly unsafe struct KeyTree
{
    /// <summary>Keys per block.</summary>
    public const int Block = 64;

    private readonly TokenLayout _layout;
    private readonly int _first;
    private readonly int[] _keys; // where each segment's keys start
    private readonly int _window;

    public KeyTree(TokenLayout layout, (int First, int Count) run, int window)
    {
        (_layout, _first, _keys, _window) = (layout, run.First, new int[run.Count + 1], window);
        Segments = Enumerable.Range(run.First, run.Count);
        int[] views = new int[run.Count];
        int[] depths = new int[run.Count];
        for (int i = 0; i < run.Count; i++)
        {
            TokenLayout.Segment segment = layout.Segments[run.First + i];
            _keys[i + 1] = _keys[i] + Up(segment.Length, Block);
            views[i] = Up(segment.Length, Block) + (segment.Parent < 0 ? 0 : views[segment.Parent - run.First]);
            depths[i] = 1 + (segment.Parent < 0 ? 0 : depths[segment.Parent - run.First]);
            // What a block of queries attends to, and the padding at each part's last block and the start of its first one.
            int reach = window > 0 && window < views[i] ? Up(window, Block) + (2 + depths[i]) * Block : views[i];
            LongestView = Math.Max(LongestView, Math.Min(reach, views[i]));
        }
    }

    public IEnumerable<int> Segments { get; }

    /// <summary>Keys of the tree, padding included.</summary>
    public int Keys => _keys[^1];

    /// <summary>Most keys that a token attends to, padding included.</summary>
    public int LongestView { get; }

    /// <summary>
    /// What queries of a segment attend to; whole blocks outside of the window are left out.
    /// </summary>
    public KeyView ViewOf(int segment, QueryBlock queries)
    {
        IReadOnlyList<TokenLayout.Segment> segments = _layout.Segments;
        int firstSeen = _window > 0 ? Math.Max(0, queries.Position - _window + 1) : 0;
        int depth = 0;
        for (int a = segment; a >= 0 && segments[a].FirstPosition + segments[a].Length > firstSeen; a = segments[a].Parent)
            depth++;
        var parts = new KeyView.Part[depth];
        for (int a = segment; depth > 0; a = segments[a].Parent)
        {
            int hidden = Math.Max(0, firstSeen - segments[a].FirstPosition) / Block * Block;
            parts[--depth] = new KeyView.Part(
                _keys[a - _first] + hidden,
                (a == segment ? queries.First + queries.Count : segments[a].Length) - hidden,
                segments[a].FirstPosition + hidden
            );
        }
        return new KeyView(parts, queries.Position, _window);
    }

    /// <summary>A head's rows for the tree's tokens, in blocks, zero-padded.</summary>
    public void Gather(BFloat16* head, int stride, int e, BFloat16* rows)
    {
        foreach (int s in Segments)
        {
            TokenLayout.Segment segment = _layout.Segments[s];
            Load(
                head + (long)segment.Start * stride,
                stride,
                segment.Length,
                Up(segment.Length, Block),
                e,
                rows + (long)_keys[s - _first] * e
            );
        }
    }

    /// <summary>Rows in blocks back to the tree's tokens [T, E].</summary>
    public void PutBack(float* rows, int e, float* tokens)
    {
        foreach (int s in Segments)
        {
            TokenLayout.Segment segment = _layout.Segments[s];
            new Span<float>(rows + (long)_keys[s - _first] * e, segment.Length * e).CopyTo(
                new Span<float>(tokens + (long)segment.Start * e, segment.Length * e)
            );
        }
    }

    public static int Up(int number, int multiple) => (number + multiple - 1) / multiple * multiple;

    /// <summary>Rows of a head, followed by rows of zeros.</summary>
    public static void Load(BFloat16* from, int stride, int count, int filled, int e, BFloat16* rows)
    {
        for (int i = 0; i < count; i++)
            new Span<BFloat16>(from + (long)i * stride, e).CopyTo(new Span<BFloat16>(rows + (long)i * e, e));
        new Span<BFloat16>(rows + (long)count * e, (filled - count) * e).Clear();
    }
}
