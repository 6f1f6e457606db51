namespace Simper.Text.Tokenization;

/// <summary>
/// The merges of a BPE model: from a pair of ids to its rank and result. Open addressing in two flat arrays: a lookup is usually
/// one comparison, where a dictionary of tuples costs several calls. Immutable, thread safe.
/// </summary>
internal sealed class MergeTable
{
    private const ulong Empty = ulong.MaxValue; // not a pair of ids: they are nonnegative

    private readonly ulong[] _pairs;
    private readonly (int Rank, int Id)[] _merges;
    private readonly int _shift;

    public MergeTable(Dictionary<(int Left, int Right), (int Rank, int Id)> merges)
    {
        int bits = 4;
        while (1 << bits < 2 * merges.Count)
            bits++;
        _shift = 64 - bits;
        _pairs = new ulong[1 << bits];
        _merges = new (int, int)[1 << bits];
        Array.Fill(_pairs, Empty);
        foreach (((int left, int right), (int Rank, int Id) merge) in merges)
        {
            int at = Find(Pair(left, right));
            (_pairs[at], _merges[at]) = (Pair(left, right), merge);
        }
    }

    /// <summary>The merge of two adjacent symbols, if there is one.</summary>
    public bool TryGet(int left, int right, out (int Rank, int Id) merge)
    {
        int at = Find(Pair(left, right));
        merge = _merges[at];
        return _pairs[at] != Empty;
    }

    /// <summary>The ids that merges produce.</summary>
    public IEnumerable<int> Results() => _merges.Where((_, i) => _pairs[i] != Empty).Select(m => m.Id);

    private static ulong Pair(int left, int right) => ((ulong)(uint)left << 32) | (uint)right;

    // The slot of the pair, or the empty slot where it would be.
    private int Find(ulong pair)
    {
        ulong[] pairs = _pairs;
        int at = (int)((pair * 0x9e3779b97f4a7c15) >> _shift);
        while (pairs[at] != pair && pairs[at] != Empty)
            at = (at + 1) & (pairs.Length - 1);
        return at;
    }
}
