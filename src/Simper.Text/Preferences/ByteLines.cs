namespace Simper.Text.Preferences;

/// <summary>Lines of a stream as bytes, without their ends; never more in memory than one line. Skips a byte-order mark.</summary>
internal sealed class ByteLines(Stream stream, string file, int longestLine, long longestWhole) : IDisposable
{
    private byte[] _buffer = new byte[1 << 16];
    private int _start, _end;
    private long _dropped; // bytes that the buffer no longer holds
    private bool _ended, _begun;

    /// <summary>The first byte that is no white space; nothing is taken.</summary>
    public char FirstCharacter()
    {
        SkipMark();
        for (int i = _start; ; i++)
        {
            if (i == _end && !Fill())
                return '\0';
            if (_buffer[i] is not ((byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n'))
                return (char)_buffer[i];
        }
    }

    /// <summary>Where in the stream the line began that was read last.</summary>
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

    /// <summary>All that is left.</summary>
    public byte[] Rest()
    {
        SkipMark();
        while (Fill())
        {
            if (_end - _start > longestWhole)
                throw new SimperException($"{file}: an array of more than {longestWhole >> 20} MB is not read; write it as JSON lines.");
        }
        return _buffer[_start.._end];
    }

    // Reads more behind what is pending; false at the end of the stream.
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
        return !_ended;
    }

    private void SkipMark()
    {
        if (_begun)
            return;
        _begun = true;
        while (_end - _start < 3 && Fill())
        {
        }
        if (_buffer.AsSpan(_start, _end - _start).StartsWith("\ufeff"u8))
            _start += 3;
    }

    public void Dispose() => stream.Dispose();
}
