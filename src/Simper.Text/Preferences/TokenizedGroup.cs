namespace Simper.Text.Preferences;

/// <summary>A group as token ids. The arrays must not be modified.</summary>
public sealed record TokenizedGroup
{
    /// <summary>
    /// Ids of the prompt, up to where the answers begin; the same for all answers. If the prompts of two answers differ in a
    /// <see cref="Compatibility"/> mode, it is their common prefix, possibly empty, and the rest of each begins its answer's ids,
    /// unscored.
    /// </summary>
    public required int[] Prompt { get; init; }

    /// <summary>The answers (TRL: completions), the chosen first.</summary>
    public required TokenizedAnswer[] Answers { get; init; }

    /// <summary>
    /// The weight of each answer: 1 for a chosen one, -1 for a rejected one, in between for ranked or graded ones, 0 for one that
    /// is only observed. Null if the first is chosen and any other rejected. Objectives over pairs need only the order, separable
    /// ones multiply by it.
    /// </summary>
    public double[]? Weights { get; init; }

    /// <summary>The weight of an answer; see <see cref="Weights"/>.</summary>
    public double WeightOf(int answer) =>
        Weights is { } weights ? weights[answer]
        : answer == 0 ? 1
        : -1;

    /// <summary>The group with only one of its answers, its weight kept.</summary>
    public TokenizedGroup Only(int answer) => this with { Answers = [Answers[answer]], Weights = [WeightOf(answer)] };

    /// <summary>The whole prompt of an answer: everything before its first scored token.</summary>
    public int[] PromptOf(int answer) =>
        [.. Prompt, .. Answers[answer].Ids.AsSpan(0, Array.IndexOf(Answers[answer].IsScored, true))];

    /// <summary>Row of the file, from 1.</summary>
    public int Row { get; init; }

    /// <summary>
    /// Its place in the tokenized data set, from 0: other than a row, which each file of a folder counts anew, no other group has
    /// it. What is made of a group, such as a single answer of a pair, keeps it.
    /// </summary>
    public int Place { get; init; }
}
