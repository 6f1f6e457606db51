using Spectre.Console;

namespace Simper.Cli;

/// <summary>
/// A status line at the bottom of a terminal. It never takes more than one line, whatever the width, and is erased before
/// anything else is written, so that nothing of it remains. If the output is not a terminal there is none.
/// </summary>
internal sealed class StatusLine : IDisposable
{
    private const string Erase = "\r\u001b[2K";
    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(200);

    private readonly IAnsiConsole _console;
    private readonly bool _isOn;
    private readonly Timer? _timer;
    private readonly Lock _gate = new();
    private IReadOnlyList<string> _fields;
    private double? _share;
    private int _turns;

    public StatusLine(IAnsiConsole console, string beginning)
    {
        (_console, _fields) = (console, [beginning]);
        _isOn = IsPossible(console);
        if (!_isOn)
            return;
        Draw();
        _timer = new Timer(_ => Spin(), null, Turn, Turn);
    }

    /// <summary>Whether the console is a terminal on which a line can be erased.</summary>
    public static bool IsPossible(IAnsiConsole console) =>
        console.Profile.Capabilities is { Interactive: true, Ansi: true } && console.Profile.Out.IsTerminal;

    /// <summary>Updates the line.</summary>
    /// <param name="share">Progress from 0 to 1.</param>
    /// <param name="fields">The most important first: what does not fit is omitted.</param>
    public void Show(double share, params IReadOnlyList<string> fields)
    {
        lock (_gate)
        {
            (_share, _fields) = (share, fields);
            Draw();
        }
    }

    /// <summary>Writes something else, with the line erased meanwhile.</summary>
    public void Above(Action write)
    {
        lock (_gate)
        {
            Clear();
            write();
            Draw();
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _timer?.Dispose();
            Clear();
            _fields = [];
        }
    }

    /// <summary>The line for a width.</summary>
    internal static string Line(string spinner, double? share, IReadOnlyList<string> fields, int width, bool unicode)
    {
        string line = spinner;
        if (share is { } done)
        {
            int cells =
                width >= 100 ? 20
                : width >= 70 ? 10
                : 0;
            int full = (int)Math.Round(done * cells);
            string bar = new string(unicode ? '━' : '#', full) + new string(unicode ? '─' : '-', cells - full);
            line += cells > 0 ? $" {bar}" : "";
        }
        int room = width - 1; // a full line would wrap
        for (int i = 0; i < fields.Count; i++)
        {
            string field = (i == 0 ? " " : "  ") + fields[i];
            if (line.Length + field.Length > room)
                return i == 0 ? (line + field)[..Math.Max(room, 0)] : line;
            line += field;
        }
        return line;
    }

    private void Spin()
    {
        lock (_gate)
        {
            if (_fields.Count == 0)
                return; // disposed while this waited
            _turns++;
            Draw();
        }
    }

    private void Clear()
    {
        if (_isOn)
            Raw(Erase);
    }

    private void Draw()
    {
        if (!_isOn)
            return;
        bool unicode = _console.Profile.Capabilities.Unicode;
        string frames = unicode ? "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏" : "|/-\\";
        Raw(Erase + Line(frames[_turns % frames.Length].ToString(), _share, _fields, _console.Profile.Width, unicode));
    }

    private void Raw(string text)
    {
        _console.Profile.Out.Writer.Write(text);
        _console.Profile.Out.Writer.Flush();
    }
}
