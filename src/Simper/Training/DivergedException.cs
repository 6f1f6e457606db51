namespace Simper.Training;

/// <summary>
/// A loss or a gradient is not finite, or the model's health is in trouble again and again: the training diverged. The weights
/// are those before the step, or of the latest healthy checkpoint.
/// </summary>
public sealed class DivergedException : SimperException
{
    public DivergedException(string message)
        : base(message) { }

    public DivergedException(string message, Exception inner)
        : base(message, inner) { }

    /// <param name="step">The step at which it was found, from 1.</param>
    /// <param name="what">What was found, without a full stop.</param>
    /// <param name="advice">What was done about it and what to do, in sentences.</param>
    internal DivergedException(int step, string what, string advice)
        : base($"{what}; {advice}") => (Step, What) = (step, what);

    /// <summary>The step at which it was found, from 1; 0 if it is not known.</summary>
    public int Step { get; }

    /// <summary>What was found, without a full stop and without advice; empty if there is only a message.</summary>
    public string What { get; } = "";
}
