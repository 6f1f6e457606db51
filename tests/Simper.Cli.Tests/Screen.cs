using System.Globalization;
using System.Text;

namespace Simper.Cli.Tests;

/// <summary>
/// What stands on a terminal after a text was written to it: the few control codes that the program uses, and lines that are
/// full.
/// </summary>
internal sealed class Screen(int width)
{
    private readonly List<StringBuilder> _rows = [new()];
    private int _row;
    private int _column;

    /// <summary>The rows, without spaces at their ends.</summary>
    public IReadOnlyList<string> Rows => [.. _rows.Select(r => r.ToString().TrimEnd())];

    /// <summary>Where the cursor stands, from 0.</summary>
    public (int Row, int Column) Cursor => (_row, _column);

    public static Screen Of(string text, int width)
    {
        var screen = new Screen(width);
        screen.Write(text);
        return screen;
    }

    private void Write(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            switch (text[i])
            {
                case '\r':
                    _column = 0;
                    break;
                case '\n':
                    _column = 0;
                    Down();
                    break;
                case '\u001b':
                    int end = i + 2;
                    while (!char.IsAsciiLetter(text[end]))
                        end++;
                    Control(text[(i + 2)..end], text[end]);
                    i = end;
                    break;
                default:
                    Put(text[i]);
                    break;
            }
        }
    }

    private void Put(char character)
    {
        if (_column == width)
        {
            _column = 0;
            Down();
        }
        StringBuilder row = _rows[_row];
        if (row.Length <= _column)
            row.Append(' ', _column + 1 - row.Length);
        row[_column++] = character;
    }

    private void Down()
    {
        if (++_row == _rows.Count)
            _rows.Add(new StringBuilder());
    }

    private void Control(string number, char code)
    {
        int count = number.Length == 0 ? 1 : int.Parse(number, CultureInfo.InvariantCulture);
        switch (code)
        {
            case 'K' when number == "2":
                _rows[_row].Clear();
                break;
            case 'J' when number.Length == 0:
                _rows[_row].Length = Math.Min(_rows[_row].Length, _column);
                _rows.RemoveRange(_row + 1, _rows.Count - _row - 1);
                break;
            case 'A':
                _row -= count;
                break;
            case 'C':
                _column += count;
                break;
            case 'm':
                break; // colours
            default:
                throw new InvalidOperationException($"The control code {number}{code} is not known here.");
        }
    }
}
