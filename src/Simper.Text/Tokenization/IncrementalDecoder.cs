using System.Runtime.InteropServices;

namespace Simper.Text.Tokenization;

/// <summary>
/// Decodes tokens as they arrive: returns what is certain and holds back what may still change, so that half a character is never
/// returned. The concatenated output, with <see cref="Flush"/>, equals decoding at once. Not thread safe.
/// </summary>
/// <param name="tokenizer">The tokenizer of the ids.</param>
/// <param name="skipSpecialTokens">Whether to skip special tokens.</param>
public sealed class IncrementalDecoder(Tokenizer tokenizer, bool skipSpecialTokens = true)
{
    // The tokens whose text was returned last, then those held back. The former are decoded again with the latter, since a
    // token's text can depend on whether it is the first.
    private readonly List<int> _ids = [];
    private int _given;

    /// <summary>The text that this token makes certain; often empty, never half a character.</summary>
    public string Append(int id)
    {
        if (tokenizer.TokenOf(id) is null || (skipSpecialTokens && tokenizer.IsSpecial(id)))
            return "";
        _ids.Add(id);
        return tokenizer.MayChange(CollectionsMarshal.AsSpan(_ids)) ? "" : Take();
    }

    /// <summary>
    /// What was held back: at the end incomplete characters become U+FFFD. Resets the decoder.
    /// </summary>
    public string Flush()
    {
        string rest = Take();
        _ids.Clear();
        _given = 0;
        return rest;
    }

    private string Take()
    {
        int known = Decode(_given).Length;
        string now = Decode(_ids.Count);
        if (now.Length <= known)
            return ""; // a token without text: the next is decoded with it
        _ids.RemoveRange(0, _given);
        _given = _ids.Count;
        return now[known..];
    }

    private string Decode(int count) => tokenizer.Decode(CollectionsMarshal.AsSpan(_ids)[..count], skipSpecialTokens);
}
