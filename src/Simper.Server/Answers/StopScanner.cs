namespace Simper.Server.Answers;

/// <summary>
/// Finds stop texts in an answer that comes in pieces, also across their borders: returns what is certain not to belong to one,
/// and holds back what may be its beginning. Not thread safe.
/// </summary>
/// <param name="stops">Texts that end the answer; not empty ones.</param>
internal sealed class StopScanner(IReadOnlyList<string> stops)
{
    private readonly int _longest = stops.Count == 0 ? 0 : stops.Max(s => s.Length);
    private string _held = "";

    /// <summary>Whether a stop text was found; nothing is returned from then on.</summary>
    public bool IsStopped { get; private set; }

    /// <summary>What a piece makes certain.</summary>
    public string Push(string piece)
    {
        if (IsStopped)
            return "";
        if (_longest == 0)
            return piece;
        string text = _held + piece;
        int found = First(text);
        if (found >= 0)
        {
            IsStopped = true;
            _held = "";
            return text[..found];
        }
        int held = Beginning(text);
        _held = text[^held..];
        return text[..^held];
    }

    /// <summary>What was held back, at the end of the answer.</summary>
    public string Flush()
    {
        string rest = IsStopped ? "" : _held;
        _held = "";
        return rest;
    }

    private int First(string text)
    {
        int first = -1;
        foreach (string stop in stops)
        {
            int at = text.IndexOf(stop, StringComparison.Ordinal);
            if (at >= 0 && (first < 0 || at < first))
                first = at;
        }
        return first;
    }

    // The longest end of the text that a stop text begins with.
    private int Beginning(string text)
    {
        for (int length = Math.Min(_longest - 1, text.Length); length > 0; length--)
        {
            ReadOnlySpan<char> end = text.AsSpan(text.Length - length);
            foreach (string stop in stops)
            {
                if (stop.Length > length && stop.AsSpan().StartsWith(end, StringComparison.Ordinal))
                    return length;
            }
        }
        return 0;
    }
}
