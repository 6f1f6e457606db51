namespace Simper.Text.Tokenization;

/// <summary>A word's tokens: their ids, and the part of the word that each covers.</summary>
internal sealed record WordTokens(string Word, int[] Ids, (byte Start, byte End)[] Parts);

/// <summary>
/// The tokens of words seen, in a table of fixed size, so that memory stays flat over any text. If no slot is free an older word
/// is evicted, but only now and then: rare words would evict frequent ones, and replaced entries are costly garbage. Lock-free
/// reads; thread safe.
/// </summary>
internal sealed class WordCache
{
    /// <summary>Longer words are rare, and do not recur.</summary>
    public const int LongestWord = 48;

    private const int Bits = 16;
    private const int Ways = 4;
    private const int MissesForPlace = 16;

    private readonly WordTokens?[] _words = new WordTokens?[1 << Bits];
    private uint _misses; // not exact across threads: it only affects speed

    /// <summary>
    /// The tokens of a word, or null; then <paramref name="place"/> is the slot to store them in, or -1 for none.
    /// </summary>
    public WordTokens? Find(ReadOnlySpan<char> word, out int place)
    {
        int first = place = (int)(Hash(word) >> (64 - Bits)) & ~(Ways - 1);
        for (int way = 0; way < Ways; way++)
        {
            if (_words[first + way] is not { } known)
            {
                place = first + way;
                return null;
            }
            if (word.SequenceEqual(known.Word))
                return known;
        }
        uint misses = _misses++;
        place = misses % MissesForPlace == 0 ? first + (int)(misses / MissesForPlace % Ways) : -1;
        return null;
    }

    public void Put(int place, WordTokens tokens) => Volatile.Write(ref _words[place], tokens);

    private static ulong Hash(ReadOnlySpan<char> word)
    {
        ulong hash = (ulong)word.Length;
        foreach (char c in word)
            hash = (hash ^ c) * 0x9e3779b97f4a7c15;
        return hash * 0xd6e8feb86659fd93;
    }
}
