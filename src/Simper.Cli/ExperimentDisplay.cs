using System.Globalization;
using Simper.Experiments;
using Spectre.Console;

namespace Simper.Cli;

/// <summary>Shows an experiment while it goes on: a progress line where there is a terminal, and a line for every measurement.</summary>
internal sealed class ExperimentDisplay(IAnsiConsole console)
{
    private readonly bool _interactive = console.Profile.Capabilities.Interactive && console.Profile.Out.IsTerminal;
    private TimeSpan? _left;

    /// <summary>Iterates the experiment.</summary>
    /// <returns>Whether it came to its end, and was not stopped.</returns>
    public bool Show(IEnumerable<ExperimentEvent> events, string outputDir)
    {
        try
        {
            if (_interactive)
            {
                console.Progress().AutoClear(true).HideCompleted(false)
                    .Columns(new SpinnerColumn(), new ProgressBarColumn(), new TaskDescriptionColumn { Alignment = Justify.Left })
                    .Start(context =>
                    {
                        ProgressTask task = context.AddTask("reading", maxValue: 1);
                        task.IsIndeterminate = true;
                        foreach (ExperimentEvent happened in events)
                            Tell(happened, task);
                    });
            }
            else
            {
                foreach (ExperimentEvent happened in events)
                    Tell(happened, null);
            }
            return true;
        }
        catch (OperationCanceledException)
        {
            console.WriteLine($"stopped; what came to its end is kept in {outputDir}: the same command goes on with the rest.");
            return false;
        }
    }

    private void Tell(ExperimentEvent happened, ProgressTask? task)
    {
        switch (happened)
        {
            case ExperimentEvent.Message message:
                console.WriteLine(message.Text);
                break;
            case ExperimentEvent.Progress progress:
                _left = progress.Left;
                if (task is not null)
                {
                    task.IsIndeterminate = false;
                    task.MaxValue = progress.Arms * progress.Steps;
                    task.Value = (progress.Number - 1) * progress.Steps + progress.Step;
                    task.Description = Markup.Escape($"{progress.Number} of {progress.Arms}: {progress.Arm}  step {progress.Step}/{progress.Steps}  left {Left()}");
                }
                break;
            case ExperimentEvent.Measured { Measurement: { Set: PairSet.HeldOut } found } measured:
                console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{measured.Arm}: step {found.Step}, accuracy {found.MeanAccuracy:P1}, margin {found.MeanMargin:F4}, chosen {found.ChosenMean:F4}, rejected {found.RejectedMean:F4}{(_left is null ? "" : $"  left {Left()}")}"));
                break;
            case ExperimentEvent.ArmFinished { Kept: true } kept:
                console.WriteLine($"{kept.Trajectory.Arm}: done before{(kept.Trajectory.Diverged is null ? "" : ", diverged")}");
                break;
            case ExperimentEvent.ArmFinished finished:
                console.WriteLine(finished.Trajectory.Diverged is { } diverged
                    ? $"{finished.Trajectory.Arm}: diverged. {diverged}"
                    : string.Create(CultureInfo.InvariantCulture, $"{finished.Trajectory.Arm}: done in {finished.Trajectory.Seconds:F0} s"));
                break;
        }
    }

    private string Left() => $"{_left:d\\.hh\\:mm\\:ss}".TrimStart('0').TrimStart('.');
}
