namespace Simper.Experiments;

/// <summary>What an experiment tells while it goes on.</summary>
public abstract record ExperimentEvent
{
    /// <summary>A line to show.</summary>
    public sealed record Message(string Text) : ExperimentEvent;

    /// <summary>A step of an arm was done.</summary>
    /// <param name="Arm">The arm.</param>
    /// <param name="Number">Which of the arms that had to be run, from 1.</param>
    /// <param name="Arms">How many these are.</param>
    /// <param name="Step">Its steps so far.</param>
    /// <param name="Steps">All of them.</param>
    /// <param name="Left">What all arms will still take, at the pace so far.</param>
    public sealed record Progress(Arm Arm, int Number, int Arms, int Step, int Steps, TimeSpan Left) : ExperimentEvent;

    /// <summary>Held-out pairs were measured.</summary>
    public sealed record Measured(Arm Arm, Measurement Measurement) : ExperimentEvent;

    /// <summary>An arm came to its end, now or when the experiment was run before.</summary>
    /// <param name="Trajectory">Its course.</param>
    /// <param name="Kept">Whether it was read from the folder.</param>
    public sealed record ArmFinished(Trajectory Trajectory, bool Kept) : ExperimentEvent;
}
