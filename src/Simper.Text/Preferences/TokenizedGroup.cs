namespace Simper.Text.Preferences;

/// <summary>A group as token ids. The arrays are not to be changed.</summary>
public sealed record TokenizedGroup
{
    /// <summary>Ids of the prompt, up to where the answers begin; the same for all answers.</summary>
    public required int[] Prompt { get; init; }

    /// <summary>The answers, the chosen first.</summary>
    public required TokenizedAnswer[] Answers { get; init; }

    /// <summary>Row of the file, from 1.</summary>
    public int Row { get; init; }
}
