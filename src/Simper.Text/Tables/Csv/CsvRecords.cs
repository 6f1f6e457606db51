namespace Simper.Text.Tables.Csv;

/// <summary>
/// Records of delimited text (RFC 4180): cells may be quoted, and then contain delimiters, line ends, and quotes that are
/// doubled. Line ends may be those of any system; empty lines are passed over. One record is in memory.
/// </summary>
/// <param name="stream">The text in UTF-8.</param>
/// <param name="delimiter">What is between cells.</param>
internal sealed class CsvRecords(Stream stream, byte delimiter)
{
    private const int LongestRecord = 64 << 20;
    private const int End = -1;

    private readonly byte[] _buffer = new byte[1 << 16];
    private int _position;
    private int _length;
    private int _line = 1;
    private byte[] _record = new byte[1 << 12];
    private int _filled;
    private readonly List<int> _ends = [];

    /// <summary>The line at which the record begins, from 1.</summary>
    public int Line { get; private set; }

    /// <summary>Number of its cells.</summary>
    public int Count => _ends.Count;

    /// <summary>A cell, valid until the next record.</summary>
    public ReadOnlySpan<byte> this[int cell] => _record.AsSpan((cell == 0 ? 0 : _ends[cell - 1]).._ends[cell]);

    /// <summary>Goes to the next record; false behind the last.</summary>
    /// <exception cref="TableRefusal">A quote is not closed, or text follows one that is.</exception>
    public bool Next()
    {
        while (Peek() is '\n' or '\r')
            LineEnd();
        if (Peek() == End)
            return false;
        (_filled, Line) = (0, _line);
        _ends.Clear();
        do
        {
            if (Peek() == '"')
                Quoted();
            else
                Plain();
            _ends.Add(_filled);
        } while (Take(delimiter));
        if (Peek() != End)
            LineEnd();
        return true;
    }

    private void Plain()
    {
        while (Peek() is not (End or '\n' or '\r') and var next && next != delimiter)
            Keep();
    }

    private void Quoted()
    {
        int opened = _line;
        _position++;
        while (true)
        {
            switch (Peek())
            {
                case End:
                    throw NotClosed(opened);
                case '"':
                    _position++;
                    if (Peek() == '"')
                    {
                        Keep();
                        break;
                    }
                    if (Peek() is not (End or '\n' or '\r') and var next && next != delimiter)
                        throw new TableRefusal(
                            $"has {Shown((char)next)} behind a closing quote in line {_line}; quotes within a quoted text have "
                                + "to be doubled (\"\")"
                        );
                    return;
                case '\r' or '\n':
                    KeepLineEnd();
                    break;
                default:
                    Keep();
                    break;
            }
        }
    }

    // Windows has two characters for one line end.
    private void KeepLineEnd()
    {
        if (Peek() == '\r')
        {
            Keep();
            if (Peek() != '\n')
            {
                _line++;
                return;
            }
        }
        Keep();
        _line++;
    }

    private void LineEnd()
    {
        Take((byte)'\r');
        Take((byte)'\n');
        _line++;
    }

    private bool Take(byte expected)
    {
        if (Peek() != expected)
            return false;
        _position++;
        return true;
    }

    private void Keep()
    {
        if (_filled == _record.Length)
            Array.Resize(
                ref _record,
                _filled < LongestRecord
                    ? _filled * 2
                    : throw new TableRefusal($"has a record of more than {LongestRecord >> 20} MB")
            );
        _record[_filled++] = _buffer[_position++];
    }

    private int Peek()
    {
        if (_position < _length)
            return _buffer[_position];
        (_position, _length) = (0, stream.Read(_buffer));
        return _length > 0 ? _buffer[0] : End;
    }

    private static TableRefusal NotClosed(int line) =>
        new($"has a quote that is opened in line {line} and not closed; double quotes that belong to a text (\"\")");

    private static string Shown(char next) => next is > ' ' and < (char)127 ? $"\"{next}\"" : "text";
}
