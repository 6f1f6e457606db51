namespace Simper.Training;

/// <summary>
/// A loss or a gradient is not finite: the training diverged. The step was not applied.
/// </summary>
public sealed class DivergedException : SimperException
{
    public DivergedException(string message)
        : base(message) { }

    public DivergedException(string message, Exception inner)
        : base(message, inner) { }
}
