namespace Simper.Serving;

/// <summary>A language that answers have to be in. Immutable, thread safe.</summary>
public interface ITokenMask
{
    /// <summary>The state before the first token of an answer.</summary>
    ITokenMaskState Start();
}

/// <summary>Where an answer stands in the language. Not thread safe.</summary>
public interface ITokenMaskState
{
    /// <summary>
    /// Which tokens may follow: bit id % 64 of word id / 64, of at least as many bits as there are tokens. Valid until
    /// <see cref="Accept"/>. Stop tokens are not among them: the engine allows these where <see cref="IsComplete"/>.
    /// </summary>
    ReadOnlySpan<ulong> Allowed { get; }

    /// <summary>Whether the answer may end here.</summary>
    bool IsComplete { get; }

    /// <summary>Takes the next token, one of the allowed.</summary>
    void Accept(int id);
}
