namespace Simper.Serving;

/// <summary>
/// Which pages of the cache are used, by how many sequences, and what is in them. Full pages whose tokens are known stay after
/// their sequences, for a prefix that comes again, until their place is needed: the one that nobody used longest goes first.
/// Pages are known by their tokens and by the page before them, compared in full: a prefix is found by what it is, not by a
/// hash. Not thread safe.
/// </summary>
internal sealed class PagePool
{
    private readonly int[] _references;
    private readonly PrefixPage?[] _known;
    private readonly Stack<int> _free;
    private readonly LinkedList<int> _idle = []; // known, of no sequence; the longest unused first
    private readonly LinkedListNode<int>?[] _idlePlaces;
    private readonly Dictionary<PrefixKey, PrefixPage> _prefixes = [];
    private long _lastNode;

    public PagePool(int pages)
    {
        _references = new int[pages];
        _known = new PrefixPage?[pages];
        _idlePlaces = new LinkedListNode<int>?[pages];
        _free = new Stack<int>(Enumerable.Range(0, pages).Reverse());
    }

    public int Pages => _references.Length;

    /// <summary>Pages that can be taken now.</summary>
    public int Available => _free.Count + _idle.Count;

    /// <summary>Pages that are kept though no sequence uses them.</summary>
    public int Kept => _idle.Count;

    /// <summary>A page for one sequence, with undefined contents; -1 if all are used.</summary>
    public int Take()
    {
        if (!_free.TryPop(out int page))
        {
            if (_idle.First is not { } oldest)
                return -1;
            page = oldest.Value;
            _idle.Remove(oldest);
            _idlePlaces[page] = null;
            _prefixes.Remove(_known[page]!.Key);
            _known[page] = null;
        }
        _references[page] = 1;
        return page;
    }

    /// <summary>The page of these tokens after those of another, or null. Not taken yet.</summary>
    public PrefixPage? Find(PrefixKey key) => _prefixes.GetValueOrDefault(key);

    /// <summary>Whether a page that was found is of no sequence now.</summary>
    public bool IsIdle(PrefixPage prefix) => _references[prefix.Page] == 0;

    /// <summary>One more sequence uses a page that was found.</summary>
    public void Share(PrefixPage prefix)
    {
        int page = prefix.Page;
        if (_references[page]++ > 0)
            return;
        _idle.Remove(_idlePlaces[page]!);
        _idlePlaces[page] = null;
    }

    /// <summary>
    /// Makes a full page known by its tokens. Where equal ones are known already, that page, and this one stays unknown.
    /// </summary>
    public PrefixPage Know(int page, PrefixKey key)
    {
        if (_prefixes.TryGetValue(key, out PrefixPage? known))
            return known;
        known = new PrefixPage(page, ++_lastNode, key);
        _prefixes.Add(key, known);
        _known[page] = known;
        return known;
    }

    /// <summary>A sequence does not use a page any more.</summary>
    public void Return(int page)
    {
        if (--_references[page] > 0)
            return;
        if (_known[page] is null)
            _free.Push(page);
        else
            _idlePlaces[page] = _idle.AddLast(page);
    }
}

/// <summary>A full page whose tokens are known.</summary>
/// <param name="Page">Where it is.</param>
/// <param name="Node">A number that no other prefix has or had.</param>
/// <param name="Key">Its tokens, and what stands before them.</param>
internal sealed record PrefixPage(int Page, long Node, PrefixKey Key)
{
    /// <summary>The log-probs of its tokens, if they were computed; null at the first of a sequence.</summary>
    public ScoredToken?[]? Scores { get; set; }

    /// <summary>How many likely tokens each of them names.</summary>
    public int TopScores { get; set; }
}

/// <summary>The tokens of a page, and the node of the page before it; 0 for none.</summary>
internal readonly struct PrefixKey(long parent, int[] tokens) : IEquatable<PrefixKey>
{
    private readonly long _parent = parent;
    private readonly int[] _tokens = tokens;

    public bool Equals(PrefixKey other) => _parent == other._parent && _tokens.AsSpan().SequenceEqual(other._tokens);

    public override bool Equals(object? obj) => obj is PrefixKey other && Equals(other);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.Add(_parent);
        foreach (int token in _tokens)
            hash.Add(token);
        return hash.ToHashCode();
    }
}
