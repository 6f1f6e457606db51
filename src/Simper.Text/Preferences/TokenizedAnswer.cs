namespace Simper.Text.Preferences;

/// <summary>An answer as token ids. The arrays are not to be changed.</summary>
public sealed record TokenizedAnswer
{
    /// <summary>Ids of the answer, to the token that ends it.</summary>
    public required int[] Ids { get; init; }

    /// <summary>
    /// Which of them are scored: those that the assistant says, its end-of-turn tokens included (in modes of other programs what
    /// these score). At least one.
    /// </summary>
    public required bool[] IsScored { get; init; }

    /// <summary>Whether it was cut to fit, and so lacks its end; of a cut on the left, its beginning or its prompt's.</summary>
    public bool WasCut { get; init; }

    /// <summary>
    /// Tokens of the answer that count in its length though nothing predicts them: those that a cut on the left put first.
    /// </summary>
    public int UnpredictedTokens { get; init; }
}
