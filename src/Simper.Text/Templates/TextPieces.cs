namespace Simper.Text.Templates;

/// <summary>Parts of strings: split at separators, blanks or line ends, or between two indices.</summary>
internal static class TextPieces
{
    /// <summary>
    /// The part of a text that the second and the third argument bound, and where it starts in code points; null if they bound
    /// nothing, not even the empty text.
    /// </summary>
    public static (string Text, long Start)? Window(string text, CallArguments given)
    {
        if (given.Positional.Count < 2)
            return (text, 0);
        List<object?> characters = CodePoints.Of(text);
        long Bound(int place, long otherwise) =>
            given.Get(place, "") is not { } value ? otherwise
            : Filters.Whole(value, given.Line) is var at && at < 0 ? Math.Max(at + characters.Count, 0)
            : at;
        long start = Bound(1, 0);
        long stop = Math.Min(Bound(2, characters.Count), characters.Count);
        return start > stop ? null : (string.Concat(characters[(int)start..(int)stop]), start);
    }

    public static List<object?> Split(string text, CallArguments given, bool fromRight)
    {
        object? separator = given.Get(0, "sep");
        long most = given.Get(1, "maxsplit") is long m && m >= 0 ? m : int.MaxValue;
        if (separator is null or Undefined)
            return fromRight ? WordsFromRight(text, most) : Words(text, most);
        if (separator is not string { Length: > 0 } by)
            throw new TemplateException(given.Line, "split needs a separator that is not empty.");
        if (fromRight)
            return FromRight(text, by, most);
        string[] parts = text.Split(by);
        return parts.Length - 1 <= most ? [.. parts] : [.. parts[..(int)most], string.Join(by, parts[(int)most..])];
    }

    public static List<object?> Lines(string text, bool keepEnds)
    {
        var lines = new List<object?>();
        for (int start = 0; start < text.Length; )
        {
            int end = text.AsSpan(start).IndexOfAny("\n\r\v\f\u001c\u001d\u001e\u0085\u2028\u2029");
            int stop = end < 0 ? text.Length : start + end;
            int next =
                end < 0 ? text.Length
                : text.AsSpan(stop).StartsWith("\r\n") ? stop + 2
                : stop + 1;
            lines.Add(text[start..(keepEnds ? next : stop)]);
            start = next;
        }
        return lines;
    }

    public static List<object?> Partition(string text, string by, int at, bool missingFirst) =>
        new TemplateTuple(
            at >= 0 ? [text[..at], by, text[(at + by.Length)..]]
            : missingFirst ? [text, "", ""]
            : ["", "", text]
        );

    // What is left after the last split keeps its blanks.
    private static List<object?> Words(string text, long most)
    {
        var words = new List<object?>();
        for (int at = 0; ; )
        {
            while (at < text.Length && PythonCharacters.IsSpace(text[at]))
                at++;
            if (at == text.Length)
                return words;
            int end = at;
            while (end < text.Length && !PythonCharacters.IsSpace(text[end]))
                end++;
            if (words.Count == most)
            {
                words.Add(text[at..]);
                return words;
            }
            words.Add(text[at..end]);
            at = end;
        }
    }

    private static List<object?> WordsFromRight(string text, long most)
    {
        var words = new List<object?>();
        for (int end = text.Length; ; )
        {
            while (end > 0 && PythonCharacters.IsSpace(text[end - 1]))
                end--;
            if (end == 0)
                break;
            int start = end;
            while (start > 0 && !PythonCharacters.IsSpace(text[start - 1]))
                start--;
            if (words.Count == most)
            {
                words.Add(text[..end]);
                break;
            }
            words.Add(text[start..end]);
            end = start;
        }
        words.Reverse();
        return words;
    }

    private static List<object?> FromRight(string text, string by, long most)
    {
        var parts = new List<object?>();
        int end = text.Length;
        while (parts.Count < most && end >= by.Length && text.AsSpan(0, end).LastIndexOf(by) is >= 0 and var at)
        {
            parts.Add(text[(at + by.Length)..end]);
            end = at;
        }
        parts.Add(text[..end]);
        parts.Reverse();
        return parts;
    }
}
