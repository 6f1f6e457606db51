namespace Simper.Text.Tokenization;

/// <summary>
/// A piece of text after normalisation, with the way back: character i stands for the original text from map[i] to
/// map[i + 1]. Where nothing moved there is no map, only a shift.
/// </summary>
internal sealed class AlignedText
{
    private readonly int[]? _map; // one entry more than characters
    private readonly int _shift;

    public AlignedText(string text, int shift) => (Text, _shift, _map) = (text, shift, null);

    private AlignedText(string text, int[] map) => (Text, _shift, _map) = (text, 0, map);

    public string Text { get; }

    public int Length => Text.Length;

    /// <summary>Where character i begins in the original text; i = Length gives the end.</summary>
    public int OriginalAt(int i) => _map is null ? _shift + i : _map[i];

    public AlignedText Slice(int start, int length)
    {
        if (start == 0 && length == Length)
            return this;
        string text = Text.Substring(start, length);
        return _map is null ? new AlignedText(text, _shift + start) : new AlignedText(text, _map[start..(start + length + 1)]);
    }

    /// <summary>Replaces parts: each edit says which characters [start, end) become which text. Edits are in order, without overlap.</summary>
    public AlignedText Edit(IReadOnlyList<(int Start, int End, string Replacement)> edits)
    {
        if (edits.Count == 0)
            return this;
        TextGrowth.Check(Length + edits.Sum(e => (long)e.Replacement.Length - (e.End - e.Start)), TextGrowth.Limit(OriginalAt(Length) - OriginalAt(0)));
        var text = new System.Text.StringBuilder(Length);
        var map = new List<int>(Length + 1);
        int at = 0;
        foreach ((int start, int end, string replacement) in edits)
        {
            Keep(at, start);
            foreach (char c in replacement)
            {
                text.Append(c);
                map.Add(OriginalAt(start)); // all of the replacement begins where what it replaces began
            }
            at = end;
        }
        Keep(at, Length);
        map.Add(OriginalAt(Length));
        return new AlignedText(text.ToString(), [.. map]);

        void Keep(int from, int to)
        {
            text.Append(Text, from, to - from);
            for (int i = from; i < to; i++)
                map.Add(OriginalAt(i));
        }
    }

    /// <summary>A text made from this one character by character: entry i of <paramref name="from"/> is the character that made character i.</summary>
    public AlignedText Derive(string text, int[] from)
    {
        var map = new int[text.Length + 1];
        for (int i = 0; i < text.Length; i++)
            map[i] = OriginalAt(from[i]);
        map[^1] = OriginalAt(Length);
        return new AlignedText(text, map);
    }

    /// <summary>Another text of the same length whose characters stand for this one's.</summary>
    public AlignedText Derive(string text) => _map is null ? new AlignedText(text, _shift) : new AlignedText(text, _map);

    /// <summary>The original part [Start, End) behind characters [start, end).</summary>
    public (int Start, int End) Original(int start, int end)
    {
        int from = OriginalAt(start), to = OriginalAt(end);
        if (_map is not null && to == from)
        {
            // Several characters of one original (the bytes of a letter): all of them stand for the whole of it.
            int next = end;
            while (next < Length && _map[next] == from)
                next++;
            to = _map[next];
        }
        return (from, to);
    }
}
