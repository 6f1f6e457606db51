using System.Globalization;
using System.Text;
using Spectre.Console.Rendering;

namespace Simper.Cli.Chat;

/// <summary>
/// A line being edited on a terminal: arrows, Home and End move in it, Up and Down recall earlier lines, and the shell's keys
/// work as they do there.
/// </summary>
/// <param name="readKey">The next key, Ctrl-C included.</param>
/// <param name="output">The terminal.</param>
/// <param name="width">Its width in columns.</param>
internal sealed class LineEditor(Func<ConsoleKeyInfo> readKey, TextWriter output, Func<int> width)
{
    private const string Prompt = "> ";
    private const string Warning = "Ctrl-C again leaves.";

    private readonly List<string> _history = [];
    private readonly StringBuilder _line = new();
    private int _cursor; // in characters of the line
    private int _row; // of the cursor, counted from the prompt
    private int _shown; // index of the line shown from the history; its count for the new one
    private string _draft = ""; // the new line while an earlier one is shown

    /// <summary>Reads a line.</summary>
    /// <returns>Null if Ctrl-D was typed into an empty line, or Ctrl-C a second time.</returns>
    public string? Read()
    {
        bool isWarned = false; // that another Ctrl-C exits
        Begin();
        while (true)
        {
            ConsoleKeyInfo key = readKey();
            bool isControl = key.Modifiers.HasFlag(ConsoleModifiers.Control);
            if (key.Key == ConsoleKey.Enter || key.KeyChar is '\r' or '\n')
                return Done();
            if (isControl && _line.Length == 0 && (key.Key == ConsoleKey.D || (key.Key == ConsoleKey.C && isWarned)))
            {
                output.Write(Environment.NewLine);
                return null;
            }
            if (isControl && key.Key == ConsoleKey.C)
            {
                Move(_line.Length);
                output.Write("^C" + Environment.NewLine + Warning + Environment.NewLine);
                isWarned = true;
                Begin();
                continue;
            }
            isWarned = false;
            if (isControl ? !Control(key.Key) : !Plain(key))
                continue;
            Draw();
        }
    }

    private void Begin()
    {
        _line.Clear();
        (_cursor, _row, _shown, _draft) = (0, 0, _history.Count, "");
        Draw();
    }

    private string Done()
    {
        Move(_line.Length);
        output.Write(Environment.NewLine);
        output.Flush();
        string line = _line.ToString();
        if (line.Trim().Length > 0 && (_history.Count == 0 || _history[^1] != line))
            _history.Add(line);
        return line;
    }

    private bool Control(ConsoleKey key)
    {
        switch (key)
        {
            case ConsoleKey.A:
                _cursor = 0;
                return true;
            case ConsoleKey.E:
                _cursor = _line.Length;
                return true;
            case ConsoleKey.B:
                _cursor -= Before();
                return true;
            case ConsoleKey.F:
                _cursor += After();
                return true;
            case ConsoleKey.P:
                return Recall(_shown - 1);
            case ConsoleKey.N:
                return Recall(_shown + 1);
            case ConsoleKey.D:
                _line.Remove(_cursor, After());
                return true;
            case ConsoleKey.H:
                return Back(Before());
            case ConsoleKey.K:
                _line.Remove(_cursor, _line.Length - _cursor);
                return true;
            case ConsoleKey.U:
                return Back(_cursor);
            case ConsoleKey.W:
                int word = _cursor;
                while (word > 0 && _line[word - 1] == ' ')
                    word--;
                while (word > 0 && _line[word - 1] != ' ')
                    word--;
                return Back(_cursor - word);
            default:
                return false;
        }
    }

    private bool Plain(ConsoleKeyInfo key)
    {
        switch (key.Key)
        {
            case ConsoleKey.LeftArrow:
                _cursor -= Before();
                return true;
            case ConsoleKey.RightArrow:
                _cursor += After();
                return true;
            case ConsoleKey.Home:
                _cursor = 0;
                return true;
            case ConsoleKey.End:
                _cursor = _line.Length;
                return true;
            case ConsoleKey.UpArrow:
                return Recall(_shown - 1);
            case ConsoleKey.DownArrow:
                return Recall(_shown + 1);
            case ConsoleKey.Backspace:
                return Back(Before());
            case ConsoleKey.Delete:
                _line.Remove(_cursor, After());
                return true;
            default:
                if (char.IsControl(key.KeyChar) && key.KeyChar != '\t')
                    return false;
                _line.Insert(_cursor++, key.KeyChar == '\t' ? ' ' : key.KeyChar);
                return !char.IsHighSurrogate(key.KeyChar); // the low surrogate follows
        }
    }

    private bool Back(int characters)
    {
        _cursor -= characters;
        _line.Remove(_cursor, characters);
        return true;
    }

    private bool Recall(int number)
    {
        if (number < 0 || number > _history.Count)
            return false;
        if (_shown == _history.Count)
            _draft = _line.ToString();
        _shown = number;
        _line.Clear().Append(number == _history.Count ? _draft : _history[number]);
        _cursor = _line.Length;
        return true;
    }

    // What a reader sees as one character may be several.
    private int Before() => _cursor == 0 ? 0 : _cursor - StringInfo.ParseCombiningCharacters(_line.ToString(0, _cursor))[^1];

    private int After() => StringInfo.GetNextTextElementLength(_line.ToString(_cursor, _line.Length - _cursor));

    private void Move(int cursor)
    {
        _cursor = cursor;
        Draw();
    }

    // The line may take several terminal rows: all are redrawn, from the prompt on.
    private void Draw()
    {
        int columns = Math.Max(width(), 10);
        int end = Cells(_line.Length);
        int at = Cells(_cursor);
        var text = new StringBuilder("\r");
        if (_row > 0)
            text.Append(CultureInfo.InvariantCulture, $"\u001b[{_row}A");
        text.Append("\u001b[J").Append(Prompt).Append(_line);
        if (end % columns == 0)
            text.Append("\r\n"); // else the cursor would stay behind the last column
        int up = end / columns - at / columns;
        if (up > 0)
            text.Append(CultureInfo.InvariantCulture, $"\u001b[{up}A");
        text.Append('\r');
        if (at % columns > 0)
            text.Append(CultureInfo.InvariantCulture, $"\u001b[{at % columns}C");
        _row = at / columns;
        output.Write(text);
        output.Flush();
    }

    private int Cells(int characters) =>
        Prompt.Length + (characters == 0 ? 0 : new Segment(_line.ToString(0, characters)).CellCount());
}
