namespace Simper.Server.Answers.ToolCalls;

/// <summary>
/// Takes calls of tools out of an answer that comes in pieces. What looks like a call and is none stays text. Not thread safe.
/// </summary>
/// <param name="format">How the model writes them.</param>
/// <param name="tools">The tools it was shown.</param>
internal sealed class ToolCallReader(ToolCallFormat format, ToolSet tools)
{
    private readonly List<ToolCall> _found = [];
    private string _held = "";
    private string? _open = format.BeginsOpen ? "" : null; // the mark whose calls are being read
    private bool _isText; // a whole answer that cannot be calls

    /// <summary>Whether a call was found so far.</summary>
    public bool HasCalls { get; private set; }

    /// <summary>Calls since the last time.</summary>
    public IReadOnlyList<ToolCall> Take()
    {
        ToolCall[] taken = [.. _found];
        _found.Clear();
        return taken;
    }

    /// <summary>The text that a piece leaves.</summary>
    public string Push(string piece)
    {
        _held += piece;
        return format.Opens.Count > 0 ? Marked() : Whole();
    }

    /// <summary>The text that is left at the end.</summary>
    public string Flush()
    {
        string text = "";
        if (_open is not null)
            text = Closed(UpTo(_held.Length), ""); // the answer ended instead of the mark
        else if (format.Opens.Count == 0 && !_isText && Found(_held))
            _held = "";
        return text + UpTo(_held.Length);
    }

    private string Marked()
    {
        string text = "";
        while (true)
        {
            IReadOnlyList<string> marks = _open is null || format.Close is null ? format.Opens : [format.Close];
            (int at, string mark) = First(marks);
            if (at < 0)
                return _open is null ? text + UpTo(_held.Length - marks.Max(Beginning)) : text;
            string before = UpTo(at);
            UpTo(mark.Length);
            bool isClose = mark == format.Close;
            text += _open is null ? before : Closed(before, isClose ? mark : "");
            _open = isClose ? null : mark;
        }
    }

    // What stands between marks: its calls are taken, or it is the text that it was.
    private string Closed(string body, string close)
    {
        string open = _open!;
        _open = null;
        return Found(body) ? "" : format.Text(body) ?? open + body + close;
    }

    // Whether it is a call is known at the end; whether it cannot be one, at the first letters.
    private string Whole()
    {
        string begun = _held.TrimStart();
        foreach (string mark in format.Inner)
            begun = begun.StartsWith(mark, StringComparison.Ordinal) ? begun[mark.Length..].TrimStart() : begun;
        bool mayBegin =
            begun.Length == 0
            || begun.StartsWith(format.Begins, StringComparison.Ordinal)
            || format.Inner.Any(m => m.StartsWith(begun, StringComparison.Ordinal));
        _isText = _isText || !mayBegin;
        return _isText ? UpTo(_held.Length) : "";
    }

    private bool Found(string body)
    {
        if (format.Read(body, tools) is not { Count: > 0 } calls)
            return false;
        _found.AddRange(calls);
        return HasCalls = true;
    }

    private (int At, string Mark) First(IReadOnlyList<string> marks)
    {
        (int At, string Mark) first = (-1, "");
        foreach (string mark in marks)
        {
            int at = _held.IndexOf(mark, StringComparison.Ordinal);
            if (at >= 0 && (first.At < 0 || at < first.At))
                first = (at, mark);
        }
        return first;
    }

    private string UpTo(int length)
    {
        string taken = _held[..length];
        _held = _held[length..];
        return taken;
    }

    // The longest end of the text that a mark begins with.
    private int Beginning(string mark)
    {
        for (int length = Math.Min(mark.Length - 1, _held.Length); length > 0; length--)
        {
            if (_held.AsSpan(_held.Length - length).SequenceEqual(mark.AsSpan(0, length)))
                return length;
        }
        return 0;
    }
}
