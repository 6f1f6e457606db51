using System.Diagnostics;
using System.Globalization;
using Simper.Judging.OnPolicy;
using Spectre.Console;

namespace Simper.Cli.Commands;

/// <summary>
/// How far the making of pairs is: a line that changes on a terminal; else a line at the first prompt, one in ten seconds, and
/// one at the last.
/// </summary>
internal sealed class PairProgressDisplay(IAnsiConsole console) : IDisposable
{
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(10);

    private readonly bool _hasStatus = StatusLine.IsPossible(console);
    private readonly StatusLine _status = new(console, "answering");
    private readonly Stopwatch _time = new();
    private TimeSpan _said;

    /// <summary>Shows progress; called by one thread at a time.</summary>
    public void Show(PairProgress progress)
    {
        if (!_time.IsRunning)
        {
            _time.Start();
            if (progress.Kept > 0)
                _status.Above(() =>
                    console.WriteLine($"{progress.Kept:N0} of {progress.All:N0} prompts were answered before and are not again")
                );
            return;
        }
        if (_hasStatus)
        {
            _status.Show((double)progress.Done / progress.All, [.. Fields(progress)]);
            return;
        }
        bool isDue = progress.Done == 1 || progress.Done == progress.All || _time.Elapsed - _said >= Between;
        if (!isDue)
            return;
        _said = _time.Elapsed;
        console.WriteLine(string.Join("  ", Fields(progress)));
    }

    public void Dispose() => _status.Dispose();

    private IEnumerable<string> Fields(PairProgress progress)
    {
        TimeSpan left = _time.Elapsed / Math.Max(progress.Done, 1) * (progress.All - progress.Done);
        yield return $"prompt {progress.Done}/{progress.All}";
        yield return $"left {Clock.Text(left)}";
        yield return $"{progress.Sampled} answers";
        yield return string.Create(
            CultureInfo.InvariantCulture,
            $"{progress.Sampled / Math.Max(_time.Elapsed.TotalSeconds, 1e-3):F2} answers/s"
        );
    }
}
