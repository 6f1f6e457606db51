namespace Simper.Text.Preferences;

/// <summary>A group as token ids. The arrays are not to be changed.</summary>
public sealed record TokenizedGroup
{
    /// <summary>
    /// Ids of the prompt, up to where the answers begin; the same for all answers. Where a <see cref="Compatibility"/> mode has
    /// the prompts of two answers differ, it is what they begin with alike, maybe nothing, and the rest of each begins its
    /// answer's ids, unscored.
    /// </summary>
    public required int[] Prompt { get; init; }

    /// <summary>The answers, the chosen first.</summary>
    public required TokenizedAnswer[] Answers { get; init; }

    /// <summary>
    /// How good each answer is: 1 for a chosen one, -1 for a rejected one, between them where answers are ranked or graded, 0 for
    /// one that is only looked at. Null where the first is chosen and any other rejected. Objectives over pairs need no more than
    /// the order, separable ones multiply by it.
    /// </summary>
    public double[]? Weights { get; init; }

    /// <summary>The weight of an answer; see <see cref="Weights"/>.</summary>
    public double WeightOf(int answer) =>
        Weights is { } weights ? weights[answer]
        : answer == 0 ? 1
        : -1;

    /// <summary>The group with one of its answers alone, its weight kept.</summary>
    public TokenizedGroup Only(int answer) => this with { Answers = [Answers[answer]], Weights = [WeightOf(answer)] };

    /// <summary>The whole prompt of an answer: what comes before its first scored token.</summary>
    public int[] PromptOf(int answer) =>
        [.. Prompt, .. Answers[answer].Ids.AsSpan(0, Array.IndexOf(Answers[answer].IsScored, true))];

    /// <summary>Row of the file, from 1.</summary>
    public int Row { get; init; }
}
