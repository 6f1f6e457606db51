using System.Runtime.InteropServices;

namespace Simper.Text.Tokenization;

/// <summary>
/// Text of tokens that come one by one: gives what is certain and holds back what may still change, so half a character is never
/// given out. All that it gives, with <see cref="Flush"/>, is what decoding at once gives. Not thread safe.
/// </summary>
/// <param name="tokenizer">The tokenizer of the ids.</param>
/// <param name="skipSpecialTokens">Whether special tokens leave no text.</param>
public sealed class IncrementalDecoder(Tokenizer tokenizer, bool skipSpecialTokens = true)
{
    // The tokens whose text came out last, then those held back. The former are decoded again with the latter, since the
    // text of a token can depend on whether it is the first.
    private readonly List<int> _ids = [];
    private int _given;

    /// <summary>The text that has become certain with this token; often empty, never half a character.</summary>
    public string Append(int id)
    {
        if (tokenizer.TokenOf(id) is null || (skipSpecialTokens && tokenizer.IsSpecial(id)))
            return "";
        _ids.Add(id);
        return tokenizer.MayChange(CollectionsMarshal.AsSpan(_ids)) ? "" : Take();
    }

    /// <summary>
    /// What was held back: at the end of the tokens broken characters come out as U+FFFD. The decoder is as new then.
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
