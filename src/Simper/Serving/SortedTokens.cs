using System.Text.Unicode;
using Simper.Text.Tokenization;

namespace Simper.Serving;

/// <summary>The bytes of a model's tokens, sorted: those that begin alike are looked at once. Immutable.</summary>
internal sealed class SortedTokens
{
    /// <param name="tokenizer">Whose tokens.</param>
    /// <param name="vocabulary">Number of logits.</param>
    public SortedTokens(Tokenizer tokenizer, int vocabulary)
    {
        Words = (vocabulary + 63) / 64;
        List<(byte[] Bytes, int Id)> all =
        [
            .. from id in Enumerable.Range(0, Math.Min(vocabulary, tokenizer.VocabularySize))
            where !tokenizer.IsSpecial(id)
            let bytes = tokenizer.BytesOf(id)
            where bytes is { Length: > 0 }
            select (bytes, id),
        ];
        all.Sort((a, b) => a.Bytes.AsSpan().SequenceCompareTo(b.Bytes));
        All = [.. all];
        Plain = new ulong[Words];
        foreach ((byte[] bytes, int id) in all.Where(t => IsPlain(t.Bytes)))
        {
            Plain[id / 64] |= 1UL << (id % 64);
            LongestPlain = Math.Max(LongestPlain, bytes.Length);
        }
        NotPlain = [.. all.Where(t => !IsPlain(t.Bytes))];
    }

    /// <summary>Words of a set of tokens.</summary>
    public int Words { get; }

    /// <summary>All tokens but those that belong to the format.</summary>
    public (byte[] Bytes, int Id)[] All { get; }

    /// <summary>Those that are whole characters, and may stand in a JSON string anywhere, as a set.</summary>
    public ulong[] Plain { get; }

    /// <summary>The bytes of the longest of these: at least as many as it has characters.</summary>
    public int LongestPlain { get; }

    /// <summary>The others, sorted.</summary>
    public (byte[] Bytes, int Id)[] NotPlain { get; }

    private static bool IsPlain(byte[] bytes) => bytes.All(b => b >= 0x20 && b != '"' && b != '\\') && Utf8.IsValid(bytes);
}
