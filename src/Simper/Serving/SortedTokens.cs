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
        foreach ((byte[] bytes, int id) in all.Where(t => t.Bytes.All(IsPlain)))
            Plain[id / 64] |= 1UL << (id % 64);
        NotPlain = [.. all.Where(t => !t.Bytes.All(IsPlain))];
    }

    /// <summary>Words of a set of tokens.</summary>
    public int Words { get; }

    /// <summary>All tokens but those that belong to the format.</summary>
    public (byte[] Bytes, int Id)[] All { get; }

    /// <summary>Those that may stand in a JSON string anywhere, as a set.</summary>
    public ulong[] Plain { get; }

    /// <summary>The others, sorted.</summary>
    public (byte[] Bytes, int Id)[] NotPlain { get; }

    /// <summary>Whether a byte stands for itself in a JSON string.</summary>
    public static bool IsPlain(byte b) => b >= 0x20 && b != '"' && b != '\\';
}
