using System.Buffers;
using System.Text;

namespace Simper.Text.Tokenization;

/// <summary>
/// Finds added tokens in a text: the leftmost, and of those starting there the longest. An Aho-Corasick automaton over the
/// reversed tokens reads the text from its end, so that each index gets the longest token starting there; linear in the text
/// whatever the tokens. Immutable, thread safe.
/// </summary>
internal sealed class AddedTokenMatcher
{
    private const int Root = 0;

    private readonly Dictionary<(int State, char Next), int> _step = [];
    private readonly List<int> _shorter = [Root]; // the state of the longest proper suffix
    private readonly List<(AddedToken? Token, int Length)> _found = [(null, 0)]; // the longest token that ends in a state
    private readonly SearchValues<char> _lastCharacters;

    /// <param name="tokens">The tokens, each with its text; of equal texts the last wins.</param>
    public AddedTokenMatcher(IEnumerable<(string Content, AddedToken Token)> tokens)
    {
        foreach ((string content, AddedToken token) in tokens)
        {
            if (content.Length > 0)
                _found[Insert(content)] = (token, content.Length);
        }
        _lastCharacters = SearchValues.Create([.. _step.Keys.Where(k => k.State == Root).Select(k => k.Next)]);
        Link();
    }

    /// <summary>The text's parts in order: (start, end, token, or null for text in between).</summary>
    public List<(int Start, int End, AddedToken? Token)> Cut(string text)
    {
        var parts = new List<(int, int, AddedToken?)>();
        int done = 0;
        int matched = 0;
        foreach ((int at, int length, AddedToken token) in Occurrences(text))
        {
            if (at < matched)
                continue;
            int start = at;
            int end = matched = at + length;
            if (token.SingleWord && (IsWordBefore(text, start) || IsWordAt(text, end)))
                continue;
            if (token.StripsLeft)
            {
                while (start > 0 && char.IsWhiteSpace(text[start - 1]))
                    start--;
                start = Math.Max(start, done);
                if (start >= end)
                    continue; // white space consumed by the token before it
            }
            if (token.StripsRight)
            {
                while (end < text.Length && char.IsWhiteSpace(text[end]))
                    end++;
            }
            if (start > done)
                parts.Add((done, start, null));
            parts.Add((start, end, token));
            done = end;
        }
        if (done < text.Length)
            parts.Add((done, text.Length, null));
        return parts;
    }

    private int Insert(string content)
    {
        int state = Root;
        for (int i = content.Length - 1; i >= 0; i--)
        {
            if (!_step.TryGetValue((state, content[i]), out int next))
            {
                next = _found.Count;
                _step.Add((state, content[i]), next);
                _shorter.Add(Root);
                _found.Add((null, 0));
            }
            state = next;
        }
        return state;
    }

    private void Link()
    {
        ILookup<int, (char Next, int To)> children = _step.ToLookup(s => s.Key.State, s => (s.Key.Next, s.Value));
        var breadthFirst = new Queue<int>(children[Root].Select(c => c.To));
        while (breadthFirst.TryDequeue(out int state))
        {
            if (_found[state].Token is null)
                _found[state] = _found[_shorter[state]];
            foreach ((char next, int to) in children[state])
            {
                _shorter[to] = Step(_shorter[state], next);
                breadthFirst.Enqueue(to);
            }
        }
    }

    private int Step(int state, char next)
    {
        int to;
        while (!_step.TryGetValue((state, next), out to) && state != Root)
            state = _shorter[state];
        return to; // 0 where nothing was found: the root
    }

    /// <summary>The longest token at each index where one starts, in order; they may overlap.</summary>
    private Stack<(int At, int Length, AddedToken Token)> Occurrences(string text)
    {
        var occurrences = new Stack<(int, int, AddedToken)>();
        int state = Root;
        for (int i = text.Length - 1; i >= 0; i--)
        {
            if (state == Root && (i = text.AsSpan(0, i + 1).LastIndexOfAny(_lastCharacters)) < 0)
                break;
            state = Step(state, text[i]);
            if (_found[state] is ({ } token, int length))
                occurrences.Push((i, length, token));
        }
        return occurrences;
    }

    private static bool IsWordBefore(string text, int at) =>
        at > 0
        && Rune.DecodeLastFromUtf16(text.AsSpan(0, at), out Rune rune, out _) == OperationStatus.Done
        && CharacterKinds.IsWord(rune);

    private static bool IsWordAt(string text, int at) =>
        at < text.Length
        && Rune.DecodeFromUtf16(text.AsSpan(at), out Rune rune, out _) == OperationStatus.Done
        && CharacterKinds.IsWord(rune);
}
