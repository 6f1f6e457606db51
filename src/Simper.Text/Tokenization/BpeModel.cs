using System.Collections.Concurrent;
using System.Text;

namespace Simper.Text.Tokenization;

/// <summary>
/// Byte-pair encoding of one piece: its characters as symbols, joined pair by pair in order of the merges' ranks, the leftmost
/// first among equals. A heap finds the next pair, so a piece of n characters costs n log n. Immutable but for its cache;
/// thread safe.
/// </summary>
internal sealed class BpeModel : TokenModel
{
    private const int LongestCached = 64, LargestCache = 1 << 17;

    private readonly Dictionary<string, int> _vocabulary;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _bySpan;
    private readonly Dictionary<(int Left, int Right), (int Rank, int Id)> _merges;
    private readonly BpeOptions _options;
    private readonly int[]? _byteIds;
    private readonly ConcurrentDictionary<string, Symbol[]> _cache = new(StringComparer.Ordinal);
    private int _cached;

    public BpeModel(Dictionary<string, int> vocabulary, Dictionary<(int, int), (int, int)> merges, BpeOptions options)
    {
        (_vocabulary, _merges, _options) = (vocabulary, merges, options);
        _bySpan = vocabulary.GetAlternateLookup<ReadOnlySpan<char>>();
        _byteIds = options.ByteFallback ? ByteTokens.Ids(vocabulary) : null;
    }

    public override IReadOnlyList<Symbol> Encode(string piece)
    {
        if (piece.Length > LongestCached)
            return EncodeAnew(piece);
        if (_cache.TryGetValue(piece, out Symbol[]? known))
            return known;
        Symbol[] symbols = EncodeAnew(piece);
        // Simply full at its limit: frequent pieces come early.
        if (Volatile.Read(ref _cached) < LargestCache && _cache.TryAdd(piece, symbols))
            Interlocked.Increment(ref _cached);
        return symbols;
    }

    private Symbol[] EncodeAnew(string piece)
    {
        if (_options.IgnoreMerges && _vocabulary.TryGetValue(piece, out int whole))
            return [new Symbol(whole, piece.Length)];
        List<Symbol> symbols = Characters(piece);
        return symbols.Count < 2 ? [.. symbols] : Join(symbols);
    }

    private List<Symbol> Characters(string piece)
    {
        var symbols = new List<Symbol>(piece.Length);
        bool lastIsUnknown = false;
        for (int i = 0; i < piece.Length;)
        {
            Rune.DecodeFromUtf16(piece.AsSpan(i), out Rune rune, out int length);
            bool known = _bySpan.TryGetValue(piece.AsSpan(i, length), out int id);
            if (known)
                symbols.Add(new Symbol(id, length));
            else if (_byteIds is null || !ByteTokens.Add(symbols, rune, _byteIds))
                AddUnknown(symbols, length, lastIsUnknown);
            lastIsUnknown = !known && symbols.Count > 0 && symbols[^1].Id == _options.UnknownId;
            i += length;
        }
        return symbols;
    }

    private void AddUnknown(List<Symbol> symbols, int length, bool lastIsUnknown)
    {
        if (_options.UnknownId is not { } unknown)
            return; // as the reference does: a character without a token and without an unknown token leaves nothing
        if (_options.FuseUnknown && lastIsUnknown)
            symbols[^1] = symbols[^1] with { Length = symbols[^1].Length + length };
        else
            symbols.Add(new Symbol(unknown, length));
    }

    private Symbol[] Join(List<Symbol> symbols)
    {
        int count = symbols.Count;
        var ids = new int[count];
        var lengths = new int[count];
        var previous = new int[count];
        var next = new int[count];
        var queue = new PriorityQueue<(int At, int Left, int Right), (int Rank, int At)>();
        for (int i = 0; i < count; i++)
            (ids[i], lengths[i], previous[i], next[i]) = (symbols[i].Id, symbols[i].Length, i - 1, i + 1 < count ? i + 1 : -1);
        for (int i = 0; i + 1 < count; i++)
            Propose(i);

        while (queue.TryDequeue(out (int At, int Left, int Right) pair, out _))
        {
            int left = pair.At, right = next[left];
            // What was proposed may be gone: joined into something else meanwhile.
            if (ids[left] != pair.Left || right < 0 || ids[right] != pair.Right)
                continue;
            ids[left] = _merges[(pair.Left, pair.Right)].Id;
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
            if (next[at] >= 0 && _merges.TryGetValue((ids[at], ids[next[at]]), out (int Rank, int Id) merge))
                queue.Enqueue((at, ids[at], ids[next[at]]), (merge.Rank, at));
        }
    }
}

/// <summary>The switches of a BPE model, by their names in tokenizer.json.</summary>
internal sealed record BpeOptions
{
    /// <summary><c>byte_fallback</c>: characters without a token become the tokens of their bytes.</summary>
    public bool ByteFallback { get; init; }

    /// <summary><c>ignore_merges</c>: a piece that is a token is that token, whatever the merges say.</summary>
    public bool IgnoreMerges { get; init; }

    /// <summary><c>fuse_unk</c>: neighbouring unknown characters are one unknown token.</summary>
    public bool FuseUnknown { get; init; }

    /// <summary>The id of <c>unk_token</c>.</summary>
    public int? UnknownId { get; init; }
}
