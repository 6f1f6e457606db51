using Simper.Text.Tokenization;

namespace Simper.Text.Preferences;

/// <summary>
/// The prompt of a group's answers as ids, encoded once while its text stays the same; texts of prompt and answer together are
/// then encoded from the prompt's last added token on, if they split identically up to there. Not thread safe.
/// </summary>
internal sealed class GroupPrompt(Tokenizer tokenizer, HashSet<int> stops)
{
    private string? _text;
    private int[] _ids = [];
    private TokenizedStart _start = TokenizedStart.None;

    /// <summary>
    /// The ids of a prompt. An end token that the post-processor appends is left out: it belongs after the answer.
    /// </summary>
    public int[] Encode(ReadOnlySpan<char> text, bool addSpecialTokens)
    {
        if (_text is not null && text.SequenceEqual(_text))
            return _ids;
        _text = text.ToString();
        TokenBuffer found = TokenBuffer.Take();
        TokenizedStart start = tokenizer.Encode(_text, addSpecialTokens, found);
        _start = addSpecialTokens ? TokenizedStart.None : start; // only if nothing is left out below
        ReadOnlySpan<int> ids =
            addSpecialTokens && found.Count > 0 && stops.Contains(found.Ids[^1]) ? found.Ids[..^1] : found.Ids;
        _ids = ids.ToArray();
        TokenBuffer.Give(found);
        return _ids;
    }

    /// <summary>
    /// Appends what follows the prompt in a text that begins with it; false, and something else appended, if the text's ids do
    /// not begin with the prompt's.
    /// </summary>
    public bool TryEncodeBehind(string whole, bool addSpecialTokens, TokenBuffer to)
    {
        int known = tokenizer.EncodeFrom(_start, whole, addSpecialTokens, to);
        ReadOnlySpan<int> rest = _ids.AsSpan(Math.Min(known, _ids.Length));
        if (!to.Ids.StartsWith(rest))
            return false;
        to.DropFirst(rest.Length);
        return true;
    }
}
