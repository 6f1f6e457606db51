namespace Simper.Text.Preferences;

/// <summary>A prompt and its answers within the limits that each has for itself, or why they are not.</summary>
/// <param name="Prompt">The prompt, perhaps cut.</param>
/// <param name="Answers">The answers, perhaps cut.</param>
/// <param name="Fault">Why the row is left out, or null.</param>
internal sealed record LengthLimits(int[] Prompt, IReadOnlyList<TokenizedAnswer> Answers, string? Fault = null)
{
    /// <summary>The longest sequence of the prompt and an answer.</summary>
    public int Longest => Prompt.Length + Answers.Max(a => a.Ids.Length);

    /// <summary>
    /// Applies <c>max_prompt_length</c> and <c>max_completion_length</c>, and <c>truncate_prompt</c>; what is still too long
    /// after it is cut, dropped or refused as <c>truncation_mode</c> says.
    /// </summary>
    /// <param name="options">The limits.</param>
    /// <param name="bos">The start token, which a cut prompt keeps.</param>
    /// <param name="prompt">The prompt.</param>
    /// <param name="answers">At least one.</param>
    public static LengthLimits Apply(TokenizationOptions options, int? bos, int[] prompt, IReadOnlyList<TokenizedAnswer> answers)
    {
        (int promptLimit, int answerLimit) = (
            options.MaxPromptLength ?? int.MaxValue,
            options.MaxCompletionLength ?? int.MaxValue
        );
        var whole = new LengthLimits(prompt, answers);
        if (options.RefusesCuts)
            return prompt.Length > promptLimit ? whole with { Fault = DropReasons.PromptTooLong }
                : answers.Any(a => a.Ids.Length > answerLimit) ? whole with { Fault = DropReasons.AnswerTooLong }
                : whole;
        TokenizedAnswer[] cut = [.. answers.Select(a => Cut(a, answerLimit))];
        if (options.Truncation != TruncationMode.TruncatePrompt)
            return whole with { Answers = cut };
        int room = Math.Min(promptLimit, options.MaxLength - cut.Max(a => a.Ids.Length));
        return room < Math.Min(1, prompt.Length)
            ? whole with
            {
                Fault = DropReasons.AnswerFills,
            }
            : new LengthLimits(KeepEnd(prompt, room, bos), cut);
    }

    /// <summary>An answer cut on the right.</summary>
    public static TokenizedAnswer Cut(TokenizedAnswer answer, int length) =>
        answer.Ids.Length <= length
            ? answer
            : new TokenizedAnswer
            {
                Ids = answer.Ids[..length],
                IsScored = answer.IsScored[..length],
                WasCut = true,
            };

    private static int[] KeepEnd(int[] prompt, int length, int? bos) =>
        prompt.Length <= length ? prompt
        : length > 1 && prompt[0] == bos ? [prompt[0], .. prompt[^(length - 1)..]]
        : prompt[^length..];
}
