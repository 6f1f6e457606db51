using System.Text;

namespace Simper.Text.Tokenization;

/// <summary>A token that is cut out of the text before the model sees it (<c>added_tokens</c>).</summary>
internal sealed record AddedToken(int Id, string Content)
{
    public bool IsSpecial { get; init; }

    /// <summary>Matched in the normalised text rather than in the raw one.</summary>
    public bool IsNormalized { get; init; }

    /// <summary>Not inside a word.</summary>
    public bool SingleWord { get; init; }

    /// <summary>Takes the white space before it along.</summary>
    public bool StripsLeft { get; init; }

    /// <summary>Takes the white space behind it along.</summary>
    public bool StripsRight { get; init; }
}

/// <summary>Finds added tokens in a text: the leftmost, and of those the longest. Immutable, thread safe.</summary>
internal sealed class AddedTokenMatcher
{
    private readonly Dictionary<char, (string Content, AddedToken Token)[]> _byFirst;

    /// <param name="tokens">The tokens, each with the text that stands for it.</param>
    public AddedTokenMatcher(IEnumerable<(string Content, AddedToken Token)> tokens) => _byFirst = tokens
        .Where(t => t.Content.Length > 0)
        .GroupBy(t => t.Content[0])
        .ToDictionary(g => g.Key, g => g.OrderByDescending(t => t.Content.Length).ToArray());

    /// <summary>The text as its parts in order: (start, end, token or null for what is between).</summary>
    public List<(int Start, int End, AddedToken? Token)> Cut(string text)
    {
        var parts = new List<(int, int, AddedToken?)>();
        int done = 0;
        for (int i = 0; i < text.Length && _byFirst.Count > 0;)
        {
            if (!_byFirst.TryGetValue(text[i], out (string, AddedToken)[]? candidates) || Match(text, i, candidates) is not { } match)
            {
                i++;
                continue;
            }
            (string content, AddedToken token) = match;
            int start = i, end = i + content.Length;
            if (token.StripsLeft)
            {
                while (start > done && char.IsWhiteSpace(text[start - 1]))
                    start--;
            }
            if (token.StripsRight)
            {
                while (end < text.Length && char.IsWhiteSpace(text[end]))
                    end++;
            }
            if (start > done)
                parts.Add((done, start, null));
            parts.Add((start, end, token));
            i = done = end;
        }
        if (done < text.Length)
            parts.Add((done, text.Length, null));
        return parts;
    }

    private static (string, AddedToken)? Match(string text, int at, (string Content, AddedToken Token)[] candidates)
    {
        foreach ((string content, AddedToken token) in candidates)
        {
            if (string.CompareOrdinal(text, at, content, 0, content.Length) == 0
                && (!token.SingleWord || (!IsWordBefore(text, at) && !IsWordAt(text, at + content.Length))))
                return (content, token);
        }
        return null;
    }

    private static bool IsWordBefore(string text, int at) => at > 0
        && Rune.DecodeLastFromUtf16(text.AsSpan(0, at), out Rune rune, out _) == System.Buffers.OperationStatus.Done && IsWord(rune);

    private static bool IsWordAt(string text, int at) => at < text.Length
        && Rune.DecodeFromUtf16(text.AsSpan(at), out Rune rune, out _) == System.Buffers.OperationStatus.Done && IsWord(rune);

    private static bool IsWord(Rune rune) => Rune.IsLetterOrDigit(rune) || rune.Value == '_';
}
