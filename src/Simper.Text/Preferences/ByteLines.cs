namespace Simper.Text.Preferences;

/// <summary>
/// Lines of a stream as bytes, without line ends; at most one line is in memory. Skips a byte-order mark.
/// </summary>
internal sealed class ByteLines(Stream stream, string file, int longestLine, long longestWhole) : IDisposable
{
    private byte[] _buffer = new byte[1 << 16];
    private int _start;
    private int _end;
    private long _dropped; // bytes no longer in the buffer
    private bool _ended;
    private bool _begun;

    /// <summary>The first byte that is not white space; nothing is consumed.</summary>
    public char FirstCharacter()
    {
        SkipMark();
        return After(0) is >= 0 and var at ? (char)_buffer[_start + at] : '\0';
    }

    /// <summary>The first line, or the read part of a long one; nothing is consumed.</summary>
    /// <param name="longest">How many bytes suffice.</param>
    public byte[] FirstLine(int longest)
    {
        SkipMark();
        int first = Math.Max(0, After(0));
        while (true)
        {
            int length = _buffer.AsSpan(_start + first, _end - _start - first).IndexOf((byte)'\n');
            if (length >= 0 || _end - _start - first >= longest || !Fill())
                return _buffer[(_start + first)..(length >= 0 ? _start + first + length : _end)];
        }
    }

    /// <summary>The first bytes, fewer where there are no more; nothing is consumed.</summary>
    /// <param name="most">How many.</param>
    public byte[] First(int most)
    {
        SkipMark();
        while (_end - _start < most && Fill()) { }
        return _buffer[_start..Math.Min(_end, _start + most)];
    }

    /// <summary>
    /// Whether only white space follows the first line, which <see cref="FirstLine"/> has read; nothing is consumed.
    /// </summary>
    public bool IsOneLine()
    {
        int first = Math.Max(0, After(0));
        int end = _buffer.AsSpan(_start + first, _end - _start - first).IndexOf((byte)'\n');
        return end < 0 || After(first + end) < 0;
    }

    // The first byte that is not white space, from a pending byte on: its index among the pending ones, -1 if there is none.
    private int After(int from)
    {
        for (int i = from; ; i++)
        {
            if (_start + i == _end && !Fill())
                return -1;
            if (_buffer[_start + i] is not ((byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n'))
                return i;
        }
    }

    /// <summary>Where the last line read begins in the stream.</summary>
    public long LineStart { get; private set; }

    /// <summary>The next line, or null at the end.</summary>
    public byte[]? Next()
    {
        SkipMark();
        LineStart = _dropped + _start;
        int searched = _start;
        while (true)
        {
            int at = Array.IndexOf(_buffer, (byte)'\n', searched, _end - searched);
            if (at >= 0)
            {
                byte[] line = _buffer[_start..at];
                _start = at + 1;
                return line;
            }
            int pending = _end - _start;
            if (pending > longestLine)
                throw new SimperException($"{file}: a line is longer than {longestLine >> 20} MB; is it a file of JSON lines?");
            if (!Fill())
            {
                byte[]? last = _start == _end ? null : _buffer[_start.._end];
                _start = _end;
                return last;
            }
            searched = _start + pending;
        }
    }

    /// <summary>Everything left.</summary>
    public byte[] Rest()
    {
        SkipMark();
        while (Fill())
        {
            if (_end - _start > longestWhole)
                throw new SimperException(
                    $"{file}: JSON of more than {longestWhole >> 20} MB that is not lines is not read; write an object a line."
                );
        }
        return _buffer[_start.._end];
    }

    // Appends to the pending bytes; false at the end of the stream.
    private bool Fill()
    {
        if (_ended)
            return false;
        if (_start > 0)
        {
            Buffer.BlockCopy(_buffer, _start, _buffer, 0, _end - _start);
            _dropped += _start;
            (_start, _end) = (0, _end - _start);
        }
        if (_end == _buffer.Length)
            Array.Resize(ref _buffer, _buffer.Length * 2);
        try
        {
            int read = stream.Read(_buffer, _end, _buffer.Length - _end);
            _end += read;
            _ended = read == 0;
        }
        catch (InvalidDataException e)
        {
            throw new SimperException($"{file} is damaged: {e.Message}", e);
        }
        catch (System.Text.DecoderFallbackException e)
        {
            throw new SimperException($"{file} is not valid UTF-16: {e.Message}", e);
        }
        return !_ended;
    }

    private void SkipMark()
    {
        if (_begun)
            return;
        _begun = true;
        while (_end - _start < 3 && Fill()) { }
        if (_buffer.AsSpan(_start, _end - _start).StartsWith("\ufeff"u8))
            _start += 3;
    }

    public void Dispose() => stream.Dispose();
}
