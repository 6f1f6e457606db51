using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Text;

namespace Simper.Text.Tokenization;

/// <summary>
/// Byte-pair encoding of one piece: its characters as symbols, merged pair by pair by rank, leftmost first among equals. A heap
/// finds the next pair, so a piece of n characters costs n log n. Immutable except for its cache; thread safe.
/// </summary>
internal sealed class BpeModel : TokenModel
{
    private const int LongestScanned = 64;
    private const int LongestCached = 64;
    private const int LargestCache = 1 << 17;

    private readonly Dictionary<string, int> _vocabulary;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _bySpan;
    private readonly MergeTable _merges;
    private readonly BpeOptions _options;
    private readonly int[]? _byteIds;
    private readonly int[] _idOfCharacter = new int[512]; // for the first characters, which include ASCII and the byte alphabet
    private readonly ConcurrentDictionary<string, Symbol[]> _cache = new(StringComparer.Ordinal);
    private readonly bool _hasAffixes;
    private int _cached;

    public BpeModel(Dictionary<string, int> vocabulary, Dictionary<(int, int), (int, int)> merges, BpeOptions options)
    {
        (_vocabulary, _merges, _options) = (vocabulary, new MergeTable(merges), options);
        for (int c = 0; c < _idOfCharacter.Length; c++)
            _idOfCharacter[c] = vocabulary.GetValueOrDefault(((char)c).ToString(), -1);
        _bySpan = vocabulary.GetAlternateLookup<ReadOnlySpan<char>>();
        _hasAffixes = options.Prefix.Length + options.Suffix.Length > 0;
        _byteIds = options.ByteFallback ? ByteTokens.Ids(vocabulary) : null;
    }

    /// <summary>
    /// Whether no merge joins something with a mark after it, so that a text may be split before every run of marks.
    /// </summary>
    public bool MergesStayBehind(char mark)
    {
        if (_options.IgnoreMerges || _hasAffixes || !_vocabulary.ContainsKey(mark.ToString()))
            return false;
        var crossing = new HashSet<int>();
        foreach ((string token, int id) in _vocabulary)
        {
            if (token.AsSpan().TrimStart(mark).Contains(mark))
                crossing.Add(id);
        }
        return !_merges.Results().Any(crossing.Contains);
    }

    public override IReadOnlyList<Symbol> Encode(string piece)
    {
        if (piece.Length > LongestCached)
            return EncodeAnew(piece);
        if (_cache.TryGetValue(piece, out Symbol[]? known))
            return known;
        Symbol[] symbols = EncodeAnew(piece);
        // It just stops growing at its limit: frequent pieces come early.
        if (Volatile.Read(ref _cached) < LargestCache && _cache.TryAdd(piece, symbols))
            Interlocked.Increment(ref _cached);
        return symbols;
    }

    /// <summary>Like <see cref="TokenModel.EncodePiece"/>, for a caller with its own cache.</summary>
    public void EncodeUnknownPiece(AlignedText piece, TokenBuffer to) => Add(EncodeAnew(piece.Text), piece, to);

    private Symbol[] EncodeAnew(string piece)
    {
        if (_options.IgnoreMerges && _vocabulary.TryGetValue(piece, out int whole))
            return [new Symbol(whole, piece.Length)];
        List<Symbol> symbols = Characters(piece);
        return symbols.Count < 2 ? [.. symbols]
            : symbols.Count <= LongestScanned ? JoinByScanning(symbols)
            : Join(symbols);
    }

    private List<Symbol> Characters(string piece)
    {
        var symbols = new List<Symbol>(piece.Length);
        bool lastIsUnknown = false;
        for (int i = 0; i < piece.Length; )
        {
            Rune.DecodeFromUtf16(piece.AsSpan(i), out Rune rune, out int length);
            bool known = TryGetId(piece, i, length, out int id);
            if (known)
                symbols.Add(new Symbol(id, length));
            else if (_byteIds is null || !ByteTokens.Add(symbols, rune, _byteIds))
                AddUnknown(symbols, length, lastIsUnknown);
            lastIsUnknown = !known && symbols.Count > 0 && symbols[^1].Id == _options.UnknownId;
            i += length;
        }
        return symbols;
    }

    private bool TryGetId(string piece, int at, int length, out int id)
    {
        if (_hasAffixes)
            return _vocabulary.TryGetValue(WithAffixes(piece, at, length), out id);
        if (piece[at] >= _idOfCharacter.Length)
            return _bySpan.TryGetValue(piece.AsSpan(at, length), out id);
        id = _idOfCharacter[piece[at]];
        return id >= 0;
    }

    private string WithAffixes(string piece, int at, int length) =>
        string.Concat(
            at > 0 ? _options.Prefix : "",
            piece.AsSpan(at, length),
            at + length == piece.Length ? _options.Suffix : ""
        );

    private void AddUnknown(List<Symbol> symbols, int length, bool lastIsUnknown)
    {
        if (_options.UnknownId is not { } unknown)
            return; // as in the reference: without an unknown token, a character without a token is dropped
        if (_options.FuseUnknown && lastIsUnknown)
            symbols[^1] = symbols[^1] with { Length = symbols[^1].Length + length };
        else
            symbols.Add(new Symbol(unknown, length));
    }

    // The same for a few symbols: scanning all pairs each time is faster than a heap.
    private Symbol[] JoinByScanning(List<Symbol> symbols)
    {
        int count = symbols.Count;
        Span<Symbol> left = stackalloc Symbol[count];
        Span<(int Rank, int Id)> merges = stackalloc (int, int)[count]; // of each symbol with the next
        CollectionsMarshal.AsSpan(symbols).CopyTo(left);
        for (int i = 0; i + 1 < count; i++)
            merges[i] = MergeOf(left[i].Id, left[i + 1].Id);
        while (true)
        {
            int best = 0;
            for (int i = 1; i + 1 < count; i++)
                best = merges[i].Rank < merges[best].Rank ? i : best;
            if (count < 2 || merges[best].Rank == int.MaxValue)
                return left[..count].ToArray();
            left[best] = new Symbol(merges[best].Id, left[best].Length + left[best + 1].Length);
            left[(best + 2)..count].CopyTo(left[(best + 1)..]);
            merges[(best + 1)..(count - 1)].CopyTo(merges[best..]);
            count--;
            if (best > 0)
                merges[best - 1] = MergeOf(left[best - 1].Id, left[best].Id);
            if (best + 1 < count)
                merges[best] = MergeOf(left[best].Id, left[best + 1].Id);
        }

        (int Rank, int Id) MergeOf(int first, int second) =>
            _merges.TryGet(first, second, out (int Rank, int Id) merge) ? merge : (int.MaxValue, 0);
    }

    private Symbol[] Join(List<Symbol> symbols)
    {
        int count = symbols.Count;
        var ids = new int[count];
        var lengths = new int[count];
        var previous = new int[count];
        var next = new int[count];
        var queue = new PriorityQueue<(int At, int Left, int Right, int Joined), (int Rank, int At)>();
        for (int i = 0; i < count; i++)
            (ids[i], lengths[i], previous[i], next[i]) = (symbols[i].Id, symbols[i].Length, i - 1, i + 1 < count ? i + 1 : -1);
        for (int i = 0; i + 1 < count; i++)
            Propose(i);

        while (queue.TryDequeue(out (int At, int Left, int Right, int Joined) pair, out _))
        {
            int left = pair.At;
            int right = next[left];
            // A candidate may be stale: merged into something else meanwhile.
            if (ids[left] != pair.Left || right < 0 || ids[right] != pair.Right)
                continue;
            ids[left] = pair.Joined;
            lengths[left] += lengths[right];
            ids[right] = -1;
            next[left] = next[right];
            if (next[left] >= 0)
                previous[next[left]] = left;
            if (previous[left] >= 0)
                Propose(previous[left]);
            Propose(left);
        }

        var joined = new List<Symbol>();
        for (int i = 0; i >= 0; i = next[i])
            joined.Add(new Symbol(ids[i], lengths[i]));
        return [.. joined];

        void Propose(int at)
        {
            if (next[at] >= 0 && _merges.TryGet(ids[at], ids[next[at]], out (int Rank, int Id) merge))
                queue.Enqueue((at, ids[at], ids[next[at]], merge.Id), (merge.Rank, at));
        }
    }
}

/// <summary>The switches of a BPE model, by their names in tokenizer.json.</summary>
internal sealed record BpeOptions
{
    /// <summary><c>continuing_subword_prefix</c>: stands before every character of a piece but the first.</summary>
    public string Prefix { get; init; } = "";

    /// <summary><c>end_of_word_suffix</c>: stands behind the last character of a piece.</summary>
    public string Suffix { get; init; } = "";

    /// <summary><c>byte_fallback</c>: characters without a token become the tokens of their bytes.</summary>
    public bool ByteFallback { get; init; }

    /// <summary><c>ignore_merges</c>: a piece that is a token is that token, regardless of the merges.</summary>
    public bool IgnoreMerges { get; init; }

    /// <summary><c>fuse_unk</c>: adjacent unknown characters are one unknown token.</summary>
    public bool FuseUnknown { get; init; }

    /// <summary>The id of <c>unk_token</c>.</summary>
    public int? UnknownId { get; init; }
}
