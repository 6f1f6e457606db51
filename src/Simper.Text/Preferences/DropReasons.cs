namespace Simper.Text.Preferences;

/// <summary>Why rows are dropped, in words that follow "because".</summary>
internal static class DropReasons
{
    /// <summary>Those that <c>truncation_mode: raise</c> refuses.</summary>
    public static bool IsOfLength(string reason) =>
        reason is PromptFills or TooLong or PromptTooLong or AnswerTooLong or CutToNaN;

    public const string PromptFills = "the prompt alone fills max_length";
    public const string TooLong = "it is longer than max_length";
    public const string PromptTooLong = "its prompt is longer than max_prompt_length";
    public const string AnswerTooLong = "an answer is longer than max_completion_length";
    public const string AnswerFills = "an answer alone fills max_length";
    public const string CutToNothing = "an answer would be cut to nothing";
    public const string CutToNaN = "an answer would be cut to nothing, on which TRL trains with 0/0";
    public const string NothingScored = "an answer has no token to score";
    public const string NothingWritten = "the chat template writes nothing of an answer";
    public const string EqualRendered = "the chat template writes the same of its answers";
    public const string EqualAfterCutting = "the answers are equal after cutting";
    public const string TokensAlike = "its answers have the same tokens";
    public const string Repeats = "it repeats an earlier row word for word";
    public const string NearlyRepeats = "it is nearly the same as an earlier row";
    public const string Contradicts = "it contradicts another row";
}
