namespace Simper.Text.Tokenization;

/// <summary>
/// A piece of text after normalisation, with an alignment to the original: each character maps to the part [Start, End) of the
/// original text that it came from. If nothing moved there is only a shift.
/// </summary>
internal sealed class AlignedText
{
    private readonly (int Start, int End)[]? _parts; // one for each character
    private readonly int _shift;

    public AlignedText(string text, int shift) => (Text, _shift) = (text, shift);

    private AlignedText(string text, (int, int)[] parts) => (Text, _parts) = (text, parts);

    public string Text { get; }

    public int Length => Text.Length;

    /// <summary>The original part of characters [start, end), at least one.</summary>
    public (int Start, int End) Original(int start, int end) => (Part(start).Start, Part(end - 1).End);

    public AlignedText Slice(int start, int length)
    {
        if (start == 0 && length == Length)
            return this;
        string text = Text.Substring(start, length);
        return _parts is null ? new AlignedText(text, _shift + start) : new AlignedText(text, _parts[start..(start + length)]);
    }

    /// <summary>
    /// Replaces parts: each edit replaces characters [start, end) by a text. Edits are in order, without overlap.
    /// </summary>
    public AlignedText Edit(IReadOnlyList<(int Start, int End, string Replacement)> edits)
    {
        if (edits.Count == 0)
            return this;
        long length = Length + edits.Sum(e => (long)e.Replacement.Length - (e.End - e.Start));
        TextGrowth.Check(length, TextGrowth.Limit(Length == 0 ? 0 : Original(0, Length).End - Original(0, Length).Start));
        var text = new System.Text.StringBuilder((int)length);
        var parts = new List<(int, int)>((int)length);
        int at = 0;
        foreach ((int start, int end, string replacement) in edits)
        {
            Keep(at, start);
            text.Append(replacement);
            for (int i = 0; i < replacement.Length; i++)
                parts.Add(end > start ? Original(start, end) : Beside(start));
            at = end;
        }
        Keep(at, Length);
        return new AlignedText(text.ToString(), [.. parts]);

        void Keep(int from, int to)
        {
            text.Append(Text, from, to - from);
            for (int i = from; i < to; i++)
                parts.Add(Part(i));
        }
    }

    /// <summary>
    /// A text derived from this one character by character: entry i of <paramref name="from"/> is the source of character i.
    /// </summary>
    public AlignedText Derive(string text, int[] from) => new(text, Array.ConvertAll(from, Part));

    /// <summary>Another text of the same length, aligned with this one's characters.</summary>
    public AlignedText Derive(string text) => _parts is null ? new AlignedText(text, _shift) : new AlignedText(text, _parts);

    /// <summary>The part of one character; of a surrogate, that of its pair.</summary>
    private (int Start, int End) Part(int i) =>
        _parts is not null ? _parts[i]
        : char.IsLowSurrogate(Text[i]) ? (_shift + i - 1, _shift + i + 1)
        : (_shift + i, _shift + i + (char.IsHighSurrogate(Text[i]) ? 2 : 1));

    /// <summary>What an insertion is aligned to: the character after it, at the end the one before it.</summary>
    private (int, int) Beside(int i) => Length == 0 ? (_shift, _shift) : Part(Math.Min(i, Length - 1));
}
