namespace Simper.Text.Tokenization;

/// <summary>Turns the matches of a pattern into pieces, according to the behaviour.</summary>
internal static class PieceSplitter
{
    /// <summary>Pieces as (start, length), none empty.</summary>
    public static IEnumerable<(int Start, int Length)> Split(
        int length,
        List<(int Start, int Length)> matches,
        SplitBehavior behavior,
        bool invert
    )
    {
        List<(int Start, int End, bool IsMatch)> parts = Parts(length, matches, invert);
        List<(int Start, int End)> pieces = behavior switch
        {
            SplitBehavior.Removed => [.. parts.Where(p => !p.IsMatch).Select(p => (p.Start, p.End))],
            SplitBehavior.Isolated => [.. parts.Select(p => (p.Start, p.End))],
            SplitBehavior.Contiguous => Contiguous(parts),
            SplitBehavior.MergedWithPrevious => MergedWithPrevious(parts),
            SplitBehavior.MergedWithNext => MergedWithNext(parts),
            _ => throw new InvalidOperationException($"Unknown behaviour {behavior}."),
        };
        return pieces.Where(p => p.End > p.Start).Select(p => (p.Start, p.End - p.Start));
    }

    private static List<(int, int, bool)> Parts(int length, List<(int Start, int Length)> matches, bool invert)
    {
        var parts = new List<(int, int, bool)>(matches.Count * 2 + 1);
        int at = 0;
        foreach ((int start, int count) in matches)
        {
            if (count == 0)
                continue;
            if (start > at)
                parts.Add((at, start, invert));
            parts.Add((start, start + count, !invert));
            at = start + count;
        }
        if (at < length)
            parts.Add((at, length, invert));
        return parts;
    }

    private static List<(int, int)> Contiguous(List<(int Start, int End, bool IsMatch)> parts)
    {
        var pieces = new List<(int, int)>();
        for (int i = 0; i < parts.Count; i++)
        {
            if (i > 0 && parts[i].IsMatch == parts[i - 1].IsMatch)
                pieces[^1] = (pieces[^1].Item1, parts[i].End);
            else
                pieces.Add((parts[i].Start, parts[i].End));
        }
        return pieces;
    }

    private static List<(int, int)> MergedWithPrevious(List<(int Start, int End, bool IsMatch)> parts)
    {
        var pieces = new List<(int, int)>();
        for (int i = 0; i < parts.Count; i++)
        {
            if (i > 0 && parts[i].IsMatch && !parts[i - 1].IsMatch)
                pieces[^1] = (pieces[^1].Item1, parts[i].End);
            else
                pieces.Add((parts[i].Start, parts[i].End));
        }
        return pieces;
    }

    private static List<(int, int)> MergedWithNext(List<(int Start, int End, bool IsMatch)> parts)
    {
        var pieces = new List<(int, int)>();
        for (int i = 0; i < parts.Count; i++)
        {
            if (i > 0 && parts[i - 1].IsMatch && !parts[i].IsMatch)
                pieces[^1] = (pieces[^1].Item1, parts[i].End);
            else
                pieces.Add((parts[i].Start, parts[i].End));
        }
        return pieces;
    }
}
