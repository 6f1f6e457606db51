using Simper.Text.Templates;

namespace Simper.Text.Preferences;

/// <summary>
/// The code of SimPER's authors: the prompt is rendered without a generation prompt and the answer alone, so that the answer
/// contains the header of its turn; both are split as in <see cref="SplitTokens"/>. Rows that are too long are truncated in two
/// steps, judged by the longest answer.
/// </summary>
internal sealed class SimPerReferenceRule(ModelText model) : ITokenizationRule
{
    private TokenizationOptions Options => model.Options;

    public TokenizationResult Tokenize(PreferenceGroup group)
    {
        RowNotes notes = RowNotes.None;
        (string prompt, List<string> answers) = model.ReadsAsText(group)
            ? (ModelText.TextOf(group.Prompt), [.. group.Answers.Select(ModelText.TextOf)])
            : Conversations(group, ref notes);
        SplitTokens[] split = SplitTokens.Of(model, prompt, answers, out bool straddled);
        if (Options.RefusesCuts && split.Any(s => s.Length > Options.MaxLength))
            return TokenizationResult.Dropped(group, DropReasons.TooLong);
        int longestAnswer = split.Max(s => s.Answer.Length);
        AnswerSequence[] cut = [.. split.Select(s => Cut(s, longestAnswer))];
        return cut.All(s => s.HasScored)
            ? new TokenizationResult(AnswerSequence.Group(group, cut), null, straddled) { Notes = notes }
            : TokenizationResult.Dropped(group, DropReasons.NothingScored);
    }

    // First the prompt keeps its end (losing the start token with its beginning); then an answer keeps what max_prompt_length
    // leaves, however short the prompt is.
    private AnswerSequence Cut(SplitTokens whole, int longestAnswer)
    {
        SplitTokens cut = whole;
        if (cut.Prompt.Length + longestAnswer > Options.MaxLength)
            cut = cut with { Prompt = cut.Prompt[^Math.Min(cut.Prompt.Length, Options.PromptRoom)..] };
        if (cut.Prompt.Length + longestAnswer > Options.MaxLength)
            cut = cut with { Answer = cut.Answer[..Math.Min(cut.Answer.Length, Options.MaxLength - Options.PromptRoom)] };
        return cut.Joined(wasCut: cut.Length < whole.Length);
    }

    private (string Prompt, List<string> Answers) Conversations(PreferenceGroup group, ref RowNotes notes)
    {
        if (group.Prompt.Count == 0)
            throw new SimperException("the conversation has no prompt, which compatibility simper-reference needs.");
        string source = model.Templates!.For(hasTools: false).Source;
        bool addsSystem =
            group.Prompt[0].Role != "system"
            && (source.Contains("system", StringComparison.Ordinal) || source.Contains("<|im_start|>", StringComparison.Ordinal));
        IEnumerable<ChatMessage> prompt = addsSystem ? [new ChatMessage("system", ""), .. group.Prompt] : group.Prompt;
        string rendered = Render(prompt);
        List<string> answers = [.. group.Answers.Select(a => WithoutStart(Render(a)))];
        notes |= group.Tools is null ? RowNotes.None : RowNotes.ToolsUnwritten; // the authors' code passes none on
        for (int i = 0; i < answers.Count; i++)
            notes |= RenderingNotes.OfAnswer(model, group, group.Answers[i], answers[i]);
        return (rendered, answers);
    }

    private string Render(IEnumerable<ChatMessage> messages) =>
        model.Render([.. messages.Select(m => m.ToValue())], generation: false, tools: null, rowVariables: null);

    private string WithoutStart(string text) =>
        model.Bos is { Length: > 0 } bos && text.StartsWith(bos, StringComparison.Ordinal) ? text[bos.Length..] : text;
}
