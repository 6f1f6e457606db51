namespace Simper.Text.Preferences.Duplicates;

/// <summary>
/// The set of a text's shingles: every five words in a row, as a 64-bit hash; of a shorter text all its words together.
/// Immutable.
/// </summary>
public sealed class Shingles
{
    /// <summary>Words of a shingle.</summary>
    public const int Words = 5;

    private readonly ulong[] _sorted;

    private Shingles(ulong[] sorted) => _sorted = sorted;

    /// <summary>Number of different shingles; 0 for an empty text.</summary>
    public int Count => _sorted.Length;

    /// <summary>Their hashes, in ascending order.</summary>
    public ReadOnlySpan<ulong> Hashes => _sorted;

    /// <summary>The shingles of texts that stand one behind the other.</summary>
    public static Shingles Of(params IEnumerable<string> texts)
    {
        var words = new List<ulong>();
        foreach (string text in texts)
            WordHashes.Read(text, words);
        if (words.Count == 0)
            return new Shingles([]);
        var hashes = new ulong[Math.Max(1, words.Count - Words + 1)];
        for (int i = 0; i < hashes.Length; i++)
        {
            ulong hash = 0;
            for (int j = i; j < Math.Min(i + Words, words.Count); j++)
                hash = (DeterministicRandom.Mixed(hash) + words[j]) * 0x9e3779b97f4a7c15;
            hashes[i] = DeterministicRandom.Mixed(hash);
        }
        Array.Sort(hashes);
        int kept = 1;
        for (int i = 1; i < hashes.Length; i++)
        {
            if (hashes[i] != hashes[kept - 1])
                hashes[kept++] = hashes[i];
        }
        return new Shingles(hashes[..kept]);
    }

    /// <summary>The Jaccard similarity: how many shingles both have, of those that any has; 1 for two empty texts.</summary>
    public double Jaccard(Shingles other)
    {
        if (Count == 0 && other.Count == 0)
            return 1;
        int common = 0;
        for (int i = 0, j = 0; i < Count && j < other.Count; )
        {
            (ulong a, ulong b) = (_sorted[i], other._sorted[j]);
            common += a == b ? 1 : 0;
            i += a <= b ? 1 : 0;
            j += b <= a ? 1 : 0;
        }
        return (double)common / (Count + other.Count - common);
    }
}
