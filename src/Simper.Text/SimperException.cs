namespace Simper;

/// <summary>
/// A mistake in the user's input (a recipe, a file, a checkpoint, data): one sentence that says what is wrong, where (file, line,
/// key) and what to do. Programs print only the message and exit with code 2.
/// </summary>
public class SimperException : Exception
{
    public SimperException(string message)
        : base(message) { }

    public SimperException(string message, Exception inner)
        : base(message, inner) { }
}
