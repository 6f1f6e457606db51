using System.Globalization;

namespace Simper.Bench.Loading;

/// <summary>
/// The most memory that the process held at a time, every 10 ms, from /proc/self/status: its own (RssAnon), and that of mapped
/// files (RssFile), which the system takes back where it needs it.
/// </summary>
internal sealed class MemorySampler : IDisposable
{
    private readonly CancellationTokenSource _end = new();
    private readonly Thread _thread;
    private readonly Lock _gate = new();
    private (long Anonymous, long File, long All) _peaks;

    public MemorySampler()
    {
        _thread = new Thread(Run) { IsBackground = true };
        _thread.Start();
    }

    /// <summary>Peaks of the process's own memory, of mapped files, and of both together, in bytes.</summary>
    public (long Anonymous, long File, long All) Peaks
    {
        get
        {
            lock (_gate)
                return _peaks;
        }
    }

    public void Dispose()
    {
        _end.Cancel();
        _thread.Join();
        _end.Dispose();
    }

    private void Run()
    {
        while (!_end.Token.WaitHandle.WaitOne(10))
        {
            string[] status = File.ReadAllLines("/proc/self/status");
            long Bytes(string field) =>
                long.Parse(
                    status
                        .First(l => l.StartsWith(field, StringComparison.Ordinal))
                        .Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1],
                    CultureInfo.InvariantCulture
                ) * 1024;
            (long anonymous, long file) = (Bytes("RssAnon:"), Bytes("RssFile:"));
            lock (_gate)
                _peaks = (
                    Math.Max(_peaks.Anonymous, anonymous),
                    Math.Max(_peaks.File, file),
                    Math.Max(_peaks.All, anonymous + file)
                );
        }
    }
}
