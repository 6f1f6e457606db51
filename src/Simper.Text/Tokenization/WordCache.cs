namespace Simper.Text.Tokenization;

/// <summary>A word's tokens: their ids, and for each the part of the word that it stands for.</summary>
internal sealed record WordTokens(string Word, int[] Ids, (byte Start, byte End)[] Parts);

/// <summary>
/// Tokens of words that were met, in a table of fixed size: where no place is free an older word gives way, so that memory stays flat
/// over any text. Reading takes no lock; thread safe.
/// </summary>
internal sealed class WordCache
{
    /// <summary>Longer words are rare, and do not come again.</summary>
    public const int LongestWord = 48;

    private const int Bits = 16, Ways = 4;

    private readonly WordTokens?[] _words = new WordTokens?[1 << Bits];

    /// <summary>The tokens of a word, or null; <paramref name="place"/> is where to put them.</summary>
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
        // All ways are taken by others: the word itself says which one gives way.
        place = first + (word.Length + word[^1]) % Ways;
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
