namespace Simper.Training;

/// <summary>
/// A loss or a gradient is no finite number: the training has left the range where its numbers mean something. The step was not
/// applied.
/// </summary>
public sealed class DivergedException : SimperException
{
    public DivergedException(string message)
        : base(message) { }

    public DivergedException(string message, Exception inner)
        : base(message, inner) { }
}
