using System.Runtime.InteropServices;

namespace Simper.Cli;

/// <summary>
/// SIGINT (Ctrl-C) and SIGTERM while a command runs: the first cancels it, so that it finishes its step and saves; the second
/// ends the process at once, with the exit code of a stopped command.
/// </summary>
internal sealed partial class StopSignals : IDisposable
{
    private const int ByInterrupt = 130; // 128 plus the signal's number
    private const int ByTermination = 143;

    private static int _exitCode = ByInterrupt;

    private readonly CancellationTokenSource _stop = new();
    private readonly IReadOnlyList<PosixSignalRegistration> _watched;
    private int _signals;

    public StopSignals() =>
        _watched = [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, context => Receive(context, ByInterrupt)),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => Receive(context, ByTermination)),
        ];

    /// <summary>The exit code of a command that was stopped; that of an interrupt before any signal.</summary>
    public static int ExitCode => Volatile.Read(ref _exitCode);

    /// <summary>Is cancelled by the first signal.</summary>
    public CancellationToken Stop => _stop.Token;

    public void Dispose()
    {
        foreach (PosixSignalRegistration signal in _watched)
            signal.Dispose();
        _stop.Dispose();
    }

    private void Receive(PosixSignalContext context, int exitCode)
    {
        bool isTaken = context.Cancel; // by the command itself, whose handlers are called first: the server's second signal
        context.Cancel = true; // else the system ends the process
        Volatile.Write(ref _exitCode, exitCode);
        if (Interlocked.Increment(ref _signals) > 1 && !isTaken)
            End(exitCode);
        if (!Console.IsErrorRedirected)
            Console.Error.WriteLine(
                "\r\u001b[2KStopping: what is under way is finished and kept. A second time ends it at once."
            );
        try
        {
            _stop.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The command has just ended.
        }
    }

    // Without the handlers of an orderly end, which wait for threads that compute.
    private static void End(int exitCode)
    {
        if (OperatingSystem.IsWindows())
            Environment.Exit(exitCode);
        else
            ExitNow(exitCode);
    }

    [LibraryImport("libc", EntryPoint = "_exit")]
    private static partial void ExitNow(int code);
}
