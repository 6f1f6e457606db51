namespace Simper.Text.Tokenization;

/// <summary>
/// Tokens being collected: ids, and the parts of the text that they cover. Growable and reusable. Not thread safe.
/// </summary>
internal sealed class TokenBuffer
{
    private const int LargestKept = 1 << 16;

    [ThreadStatic]
    private static TokenBuffer? s_spare;

    private int[] _ids = new int[1024];
    private (int Start, int End)[] _parts = new (int, int)[1024];

    public int Count { get; private set; }

    public ReadOnlySpan<int> Ids => _ids.AsSpan(0, Count);

    public ReadOnlySpan<(int Start, int End)> Parts => _parts.AsSpan(0, Count);

    /// <summary>An empty buffer, reusing this thread's spare one if any.</summary>
    public static TokenBuffer Take()
    {
        TokenBuffer buffer = s_spare ?? new TokenBuffer();
        s_spare = null;
        buffer.Count = 0;
        return buffer;
    }

    /// <summary>Returns a buffer for reuse.</summary>
    public static void Give(TokenBuffer buffer)
    {
        if (buffer._ids.Length <= LargestKept)
            s_spare = buffer;
    }

    public void Add(int id, (int Start, int End) part)
    {
        Reserve(1);
        (_ids[Count], _parts[Count]) = (id, part);
        Count++;
    }

    /// <summary>Adds the tokens of a word at an offset of the text.</summary>
    public void Add(WordTokens word, int at)
    {
        int[] ids = word.Ids;
        Reserve(ids.Length);
        for (int i = 0; i < ids.Length; i++)
        {
            _ids[Count + i] = ids[i];
            _parts[Count + i] = (at + word.Parts[i].Start, at + word.Parts[i].End);
        }
        Count += ids.Length;
    }

    /// <summary>Shifts all parts.</summary>
    public void Shift(int by)
    {
        for (int i = 0; i < Count; i++)
            _parts[i] = (_parts[i].Start + by, _parts[i].End + by);
    }

    public void Clear() => Count = 0;

    /// <summary>Drops the first tokens.</summary>
    public void DropFirst(int count)
    {
        _ids.AsSpan(count, Count - count).CopyTo(_ids);
        _parts.AsSpan(count, Count - count).CopyTo(_parts);
        Count -= count;
    }

    private void Reserve(int more)
    {
        if (Count + more <= _ids.Length)
            return;
        int size = Math.Max(Count + more, 2 * _ids.Length);
        Array.Resize(ref _ids, size);
        Array.Resize(ref _parts, size);
    }
}
