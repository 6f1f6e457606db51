namespace Simper.Text.Tokenization;

/// <summary>
/// Text of tokens that come one by one: gives what is certain and holds back what may still change, so half a character is never
/// given out. All that it gives, with <see cref="Flush"/>, is what decoding at once gives. Not thread safe.
/// </summary>
public sealed class IncrementalDecoder(Tokenizer tokenizer, bool skipSpecialTokens = true)
{
    private readonly List<int> _ids = [];
    private int _context, _given; // ids before _given are out; those from _context on are decoded with the new ones

    /// <summary>The text that has become certain with this token; often empty, never half a character.</summary>
    public string Append(int id)
    {
        _ids.Add(id);
        (string known, string now) = (Decode(_given), Decode(_ids.Count));
        // The mark of broken bytes at the end: the rest of the character is still to come.
        if (now.Length <= known.Length || now.EndsWith('\ufffd') || !now.StartsWith(known, StringComparison.Ordinal))
            return "";
        (_context, _given) = (_given, _ids.Count);
        return now[known.Length..];
    }

    /// <summary>What was held back: at the end of the tokens broken characters come out as U+FFFD.</summary>
    public string Flush()
    {
        (string known, string now) = (Decode(_given), Decode(_ids.Count));
        (_context, _given) = (_ids.Count, _ids.Count);
        return now.StartsWith(known, StringComparison.Ordinal) ? now[known.Length..] : now;
    }

    private string Decode(int end) =>
        tokenizer.Decode(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_ids)[_context..end], skipSpecialTokens);
}
