namespace Simper.Serving.Patterns;

/// <summary>A set of Unicode's characters, as ranges in order that do not touch. Immutable.</summary>
internal sealed class CodePoints
{
    private CodePoints(IReadOnlyList<(int First, int Last)> ranges) => Ranges = ranges;

    /// <summary>All of them; surrogates are none.</summary>
    public static CodePoints All { get; } = new([(0, 0xD7FF), (0xE000, 0x10FFFF)]);

    /// <summary>Those of <c>.</c>: all but the ends of lines.</summary>
    public static CodePoints Dot { get; } = Of(('\n', '\n'), ('\r', '\r'), ('\u2028', '\u2029')).Others();

    /// <summary>Those of <c>\d</c>.</summary>
    public static CodePoints Digits { get; } = Of(('0', '9'));

    /// <summary>Those of <c>\w</c>.</summary>
    public static CodePoints WordCharacters { get; } = Of(('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z'));

    /// <summary>Those of <c>\s</c>, as ECMAScript has it.</summary>
    public static CodePoints Spaces { get; } =
        Of(
            ('\t', '\r'),
            (' ', ' '),
            ('\u00a0', '\u00a0'),
            ('\u1680', '\u1680'),
            ('\u2000', '\u200a'),
            ('\u2028', '\u2029'),
            ('\u202f', '\u202f'),
            ('\u205f', '\u205f'),
            ('\u3000', '\u3000'),
            ('\ufeff', '\ufeff')
        );

    public IReadOnlyList<(int First, int Last)> Ranges { get; }

    /// <summary>A set of ranges in any order.</summary>
    public static CodePoints Of(params IEnumerable<(int First, int Last)> ranges)
    {
        var merged = new List<(int First, int Last)>();
        foreach ((int first, int last) in ranges.OrderBy(r => r.First))
        {
            if (merged.Count > 0 && first <= merged[^1].Last + 1)
                merged[^1] = (merged[^1].First, Math.Max(merged[^1].Last, last));
            else
                merged.Add((first, last));
        }
        return new(merged);
    }

    /// <summary>These and others.</summary>
    public CodePoints With(CodePoints others) => Of([.. Ranges, .. others.Ranges]);

    /// <summary>All but these.</summary>
    public CodePoints Others()
    {
        var others = new List<(int, int)>();
        foreach ((int first, int last) in All.Ranges)
        {
            int next = first;
            foreach ((int from, int to) in Ranges)
            {
                if (to < next || from > last)
                    continue;
                if (from > next)
                    others.Add((next, from - 1));
                next = Math.Max(next, to + 1);
            }
            if (next <= last)
                others.Add((next, last));
        }
        return new(others);
    }
}
