using System.Globalization;
using Simper.Experiments;
using Spectre.Console;

namespace Simper.Cli;

/// <summary>
/// Displays an experiment while it runs: a progress line on a terminal, and a line for every measurement.
/// </summary>
internal sealed class ExperimentDisplay(IAnsiConsole console)
{
    private TimeSpan? _left;

    /// <summary>Iterates the experiment.</summary>
    /// <returns>Whether it was completed, and not stopped.</returns>
    public bool Show(IEnumerable<ExperimentEvent> events, string outputDir) =>
        ErrorNotes.Folder(outputDir, () => Iterate(events, outputDir));

    private bool Iterate(IEnumerable<ExperimentEvent> events, string outputDir)
    {
        try
        {
            using var status = new StatusLine(console, "reading");
            foreach (ExperimentEvent happened in events)
            {
                if (happened is ExperimentEvent.Progress progress)
                    Show(progress, status);
                else
                    status.Above(() => Tell(happened));
            }
            return true;
        }
        catch (OperationCanceledException)
        {
            console.WriteLine($"stopped; what came to its end is kept in {outputDir}: the same command goes on with the rest.");
            return false;
        }
    }

    private void Show(ExperimentEvent.Progress progress, StatusLine status)
    {
        _left = progress.Left;
        status.Show(
            ((progress.Number - 1) * progress.Steps + progress.Step) / (double)(progress.Arms * progress.Steps),
            $"{progress.Number} of {progress.Arms}",
            $"step {progress.Step}/{progress.Steps}",
            $"left {Clock.Text(progress.Left)}",
            progress.Arm.ToString()
        );
    }

    private void Tell(ExperimentEvent happened)
    {
        switch (happened)
        {
            case ExperimentEvent.Message message:
                console.WriteLine(message.Text);
                break;
            case ExperimentEvent.Measured { Measurement: { Set: PairSet.HeldOut } found } measured:
                console.WriteLine(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{measured.Arm}: step {found.Step}, accuracy {found.MeanAccuracy:P1}, margin "
                            + $"{found.MeanMargin:F4}, chosen {found.ChosenMean:F4}, rejected {found.RejectedMean:F4}"
                            + $"{(_left is not { } left ? "" : $"  left {Clock.Text(left)}")}"
                    )
                );
                break;
            case ExperimentEvent.ArmFinished { Kept: true } kept:
                console.WriteLine($"{kept.Trajectory.Arm}: done before{(kept.Trajectory.Diverged is null ? "" : ", diverged")}");
                break;
            case ExperimentEvent.ArmFinished finished:
                console.WriteLine(
                    finished.Trajectory.Diverged is { } diverged
                        ? $"{finished.Trajectory.Arm}: diverged. {diverged}"
                        : string.Create(
                            CultureInfo.InvariantCulture,
                            $"{finished.Trajectory.Arm}: done in {finished.Trajectory.Seconds:F0} s"
                        )
                );
                break;
        }
    }
}
