using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;

namespace Simper.Cli.Tests;

/// <summary>
/// Standard output of a program that sends itself a signal as soon as it has written a line, and goes on when the signal's
/// handlers have returned: so a test knows what the program does when it is told to stop.
/// </summary>
internal sealed class SignalAtLine : TextWriter
{
    /// <summary>The pattern of the line; without it nothing is done.</summary>
    public const string Line = "SIMPER_TEST_SIGNAL_AT";

    /// <summary>INT, or else TERM is sent.</summary>
    public const string Signal = "SIMPER_TEST_SIGNAL";

    /// <summary>How often; 1 when not given.</summary>
    public const string Times = "SIMPER_TEST_SIGNALS";

    /// <summary>Milliseconds after the line, while the program goes on; it waits for the handlers when not given.</summary>
    public const string Delay = "SIMPER_TEST_SIGNAL_DELAY";

    private readonly TextWriter _output;
    private readonly Regex _line;
    private readonly StringBuilder _written = new();
    private readonly AutoResetEvent _handled = new(initialState: false);
    private readonly (PosixSignal Signal, int Number) _signal;
    private readonly PosixSignalRegistration _watched;
    private bool _isSent;

    private SignalAtLine(TextWriter output, string line)
    {
        (_output, _line) = (output, new Regex(line));
        _signal = Value(Signal) == "INT" ? (PosixSignal.SIGINT, 2) : (PosixSignal.SIGTERM, 15);
        // Handlers are called in reverse order: this one after the program's own.
        _watched = PosixSignalRegistration.Create(_signal.Signal, _ => _handled.Set());
    }

    /// <summary>Takes the place of standard output, where a line is named.</summary>
    public static void Watch()
    {
        if (Value(Line) is { } line)
            Console.SetOut(new SignalAtLine(Console.Out, line));
    }

    public override Encoding Encoding => _output.Encoding;

    public override void Write(char value)
    {
        _output.Write(value);
        if (value != '\n')
        {
            _written.Append(value);
            return;
        }
        string line = _written.ToString().TrimEnd('\r');
        _written.Clear();
        if (_isSent || !_line.IsMatch(line))
            return;
        _isSent = true;
        _output.Flush();
        if (Value(Delay) is { } delay)
            new Thread(() => Send(int.Parse(delay, System.Globalization.CultureInfo.InvariantCulture))).Start();
        else
            Send(0);
    }

    public override void Flush() => _output.Flush();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _watched.Dispose();
            _handled.Dispose();
        }
        base.Dispose(disposing);
    }

    private void Send(int delay)
    {
        Thread.Sleep(delay);
        for (int i = 0; i < int.Parse(Value(Times) ?? "1", System.Globalization.CultureInfo.InvariantCulture); i++)
        {
            _ = Kill(Environment.ProcessId, _signal.Number);
            _handled.WaitOne();
        }
    }

    private static string? Value(string name) => Environment.GetEnvironmentVariable(name);

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Kill(int process, int signal);
}
