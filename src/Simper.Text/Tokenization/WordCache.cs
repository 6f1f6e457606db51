namespace Simper.Text.Tokenization;

/// <summary>A word's tokens: their ids, and for each the part of the word that it stands for.</summary>
internal sealed record WordTokens(string Word, int[] Ids, (byte Start, byte End)[] Parts);

/// <summary>
/// Tokens of words that were met, in a table of fixed size, so that memory stays flat over any text. Where no place is free an
/// older word gives way, but only now and then: rare words would drive frequent ones out, and what is replaced is costly garbage.
/// Reading takes no lock; thread safe.
/// </summary>
internal sealed class WordCache
{
    /// <summary>Longer words are rare, and do not come again.</summary>
    public const int LongestWord = 48;

    private const int Bits = 16;
    private const int Ways = 4;
    private const int MissesForPlace = 16;

    private readonly WordTokens?[] _words = new WordTokens?[1 << Bits];
    private uint _misses; // not exact among threads: it decides about speed alone

    /// <summary>The tokens of a word, or null; then <paramref name="place"/> is where to put them, or -1: nowhere.</summary>
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
