namespace Simper.Text.Preferences;

/// <summary>An answer as token ids. The arrays must not be modified.</summary>
public sealed record TokenizedAnswer
{
    /// <summary>Ids of the answer, up to and including the token that ends it.</summary>
    public required int[] Ids { get; init; }

    /// <summary>
    /// The loss mask: true for what the assistant says, its end-of-turn tokens included (in modes of other programs, what these
    /// score). At least one is true.
    /// </summary>
    public required bool[] IsScored { get; init; }

    /// <summary>
    /// Whether it was truncated, and so lacks its end; or, if truncated on the left, its beginning or its prompt's.
    /// </summary>
    public bool WasCut { get; init; }

    /// <summary>
    /// Tokens that count in the answer's length though nothing predicts them: those that truncation on the left made the first.
    /// </summary>
    public int UnpredictedTokens { get; init; }
}
