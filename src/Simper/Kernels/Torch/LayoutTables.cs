using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Kernels.Torch;

/// <summary>Queries [First, First + Count) of a layout's axis, and the first key that any of them attends to.</summary>
internal readonly record struct QueryChunk(int First, int Count, int FirstKey)
{
    /// <summary>Keys from the first one to the last query: none after it is attended to.</summary>
    public int Keys => First + Count - FirstKey;
}

/// <summary>
/// The attention mask of a layout, on a device. In a walk that enters a segment before its children and leaves it after them, a
/// token attends to another exactly if that one comes no later and its segment has not been left yet.
/// </summary>
internal sealed class LayoutTables : IDisposable
{
    /// <summary>Most mask values that are cached for the next layer; larger masks are recomputed.</summary>
    private const long MostKept = 32 << 20;

    private readonly Tensor _place; // int32 [T], position in the walk
    private readonly Tensor _left; // int32 [T], where the token's segment is left
    private readonly Tensor _position; // int32 [T]
    private readonly Dictionary<(QueryChunk, int), Tensor> _masks = [];
    private long _kept;

    public LayoutTables(TokenLayout layout, Device device)
    {
        Layout = layout;
        (int[] place, int[] left) = Walk(layout);
        _place = OnDevice(place);
        _left = OnDevice(left);
        _position = OnDevice([.. layout.Positions().Select(p => (int)p)]);

        Tensor OnDevice(int[] numbers) => tensor(numbers, device: device).DetachFromDisposeScope();
    }

    public TokenLayout Layout { get; }

    /// <summary>The queries of a tree of segments, at most <paramref name="most"/> at a time.</summary>
    public IEnumerable<QueryChunk> Chunks((int First, int Count) tree, int most, int window)
    {
        int end = Layout.Segments[tree.First + tree.Count - 1].End;
        int segment = tree.First;
        for (int first = Layout.Segments[tree.First].Start; first < end; first += most)
        {
            int count = Math.Min(most, end - first);
            while (Layout.Segments[segment].End <= first)
                segment++;
            int firstKey = first;
            for (int s = segment; s < Layout.Segments.Count && Layout.Segments[s].Start < first + count; s++)
                firstKey = Math.Min(firstKey, FirstSeen(s, Math.Max(first, Layout.Segments[s].Start), window));
            yield return new QueryChunk(first, count, firstKey);
        }
    }

    /// <summary>
    /// Whether a key is masked for a query [queries, keys]; belongs to the tables, or to the open dispose scope.
    /// </summary>
    public Tensor Hidden(QueryChunk chunk, int window)
    {
        if (_masks.TryGetValue((chunk, window), out Tensor? kept))
            return kept;
        Tensor hidden = Mask(chunk, window);
        long numbers = (long)chunk.Count * chunk.Keys;
        if (_kept + numbers > MostKept)
            return hidden;
        _kept += numbers;
        return _masks[(chunk, window)] = hidden.DetachFromDisposeScope();
    }

    private Tensor Mask(QueryChunk chunk, int window)
    {
        using var scope = NewDisposeScope();
        Tensor query = Queries(_place);
        Tensor hidden = Keys(_place).gt(query).logical_or_(Keys(_left).le(query));
        if (window > 0)
            hidden.logical_or_(Keys(_position).le(Queries(_position).Plus(-(long)window)));
        return hidden.MoveToOuterDisposeScope();

        Tensor Queries(Tensor tokens) => tokens.narrow(0, chunk.First, chunk.Count).unsqueeze(1);
        Tensor Keys(Tensor tokens) => tokens.narrow(0, chunk.FirstKey, chunk.Keys).unsqueeze(0);
    }

    // The first place on the axis within a token's window.
    private int FirstSeen(int segment, int token, int window)
    {
        TokenLayout.Segment own = Layout.Segments[segment];
        int position = own.FirstPosition + token - own.Start;
        int first = window > 0 ? Math.Max(0, position - window + 1) : 0;
        while (own.FirstPosition > first)
            own = Layout.Segments[own.Parent];
        return own.Start + first - own.FirstPosition;
    }

    private static (int[] Place, int[] Left) Walk(TokenLayout layout)
    {
        IReadOnlyList<TokenLayout.Segment> segments = layout.Segments;
        var sizes = new int[segments.Count]; // with all their descendants
        for (int s = segments.Count - 1; s >= 0; s--)
        {
            sizes[s] += segments[s].Length;
            if (segments[s].Parent >= 0)
                sizes[segments[s].Parent] += sizes[s];
        }
        var next = new int[segments.Count]; // where a segment's next child begins
        int nextRoot = 0;
        var place = new int[layout.Tokens];
        var left = new int[layout.Tokens];
        for (int s = 0; s < segments.Count; s++)
        {
            TokenLayout.Segment segment = segments[s];
            ref int start = ref (segment.Parent < 0 ? ref nextRoot : ref next[segment.Parent]);
            for (int i = 0; i < segment.Length; i++)
                (place[segment.Start + i], left[segment.Start + i]) = (start + i, start + sizes[s]);
            next[s] = start + segment.Length;
            start += sizes[s];
        }
        return (place, left);
    }

    public void Dispose()
    {
        _place.Dispose();
        _left.Dispose();
        _position.Dispose();
        foreach (Tensor mask in _masks.Values)
            mask.Dispose();
        _masks.Clear();
    }
}
