namespace Simper.Experiments;

/// <summary>An event that an experiment reports while it runs.</summary>
public abstract record ExperimentEvent
{
    /// <summary>A line to show.</summary>
    public sealed record Message(string Text) : ExperimentEvent;

    /// <summary>A step of an arm was done.</summary>
    /// <param name="Arm">Its number among the arms to run, from 1.</param>
    /// <param name="Number">Their number.</param>
    /// <param name="Arms">Its steps so far.</param>
    /// <param name="Step">All its steps.</param>
    /// <param name="Steps">Estimated time left for all arms, at the pace so far.</param>
    /// <param name="Left">What all arms will still take, at the pace so far.</param>
    public sealed record Progress(Arm Arm, int Number, int Arms, int Step, int Steps, TimeSpan Left) : ExperimentEvent;

    /// <summary>Held-out pairs were measured.</summary>
    public sealed record Measured(Arm Arm, Measurement Measurement) : ExperimentEvent;

    /// <summary>An arm was completed, now or in an earlier run of the experiment.</summary>
    /// <param name="Trajectory">Its trajectory.</param>
    /// <param name="Kept">Whether it was read from the folder.</param>
    public sealed record ArmFinished(Trajectory Trajectory, bool Kept) : ExperimentEvent;
}
