using Simper.Text.Templates;

namespace Simper.Text.Preferences;

/// <summary>
/// TRL's DPO, KTO and SFT (1.16). Prompt, and prompt with each answer, are encoded separately; the answers begin where the first
/// of them diverges from the prompt's ids, at one boundary for all, and everything after it is scored.
/// </summary>
internal sealed class TrlRule(ModelText model) : ITokenizationRule
{
    private TokenizationOptions Options => model.Options;

    public TokenizationResult Tokenize(PreferenceGroup group)
    {
        RowNotes notes = RowNotes.None;
        (int[] prompt, List<int[]> wholes) = model.ReadsAsText(group) ? Texts(group) : Conversations(group, ref notes);
        int boundary = wholes.Min(ids => ids.AsSpan().CommonPrefixLength(prompt));
        // An end token that the post-processor appends to the prompt is not a token across its end.
        bool straddled = boundary < prompt.Length - (prompt.Length > 0 && model.Stops.Contains(prompt[^1]) ? 1 : 0);
        return Fitted(group, boundary, [.. wholes.Select(ids => AnswerSequence.ScoredFrom(boundary, ids))], straddled) with
        {
            Notes = notes,
        };
    }

    // The tokenizer adds its special tokens, the default.
    private (int[] Prompt, List<int[]> Wholes) Texts(PreferenceGroup group)
    {
        string prompt = ModelText.TextOf(group.Prompt);
        return (
            model.Tokenizer.EncodeToIds(prompt, addSpecialTokens: true),
            [.. group.Answers.Select(a => model.Tokenizer.EncodeToIds(prompt + model.EndedTextOf(a), addSpecialTokens: true))]
        );
    }

    // The template itself writes the special tokens, with or without the end token.
    private (int[] Prompt, List<int[]> Wholes) Conversations(PreferenceGroup group, ref RowNotes notes)
    {
        List<object?> messages = Values(group.Prompt);
        string prompt = model.Render(messages, generation: true, group);
        List<string> wholes = [.. group.Answers.Select(a => model.Render([.. messages, .. Values(a)], generation: false, group))];
        notes |= RenderingNotes.OfWholes(model, group, prompt, wholes);
        return (model.Tokenizer.EncodeToIds(prompt), [.. wholes.Select(whole => model.Tokenizer.EncodeToIds(whole))]);
    }

    private static List<object?> Values(IReadOnlyList<ChatMessage> messages) => [.. messages.Select(m => m.ToValue())];

    private TokenizationResult Fitted(PreferenceGroup group, int boundary, List<AnswerSequence> sequences, bool straddled)
    {
        bool tooLong = sequences.Any(s => s.Ids.Length > Options.MaxLength);
        if (tooLong && Options.RefusesCuts)
            return TokenizationResult.Dropped(group, DropReasons.TooLong);
        if (boundary >= Options.MaxLength && Options.Truncation == TruncationMode.KeepStart)
            return TokenizationResult.Dropped(group, DropReasons.PromptFills);
        AnswerSequence[] fitted =
        [
            .. sequences.Select(s =>
                Options.Truncation == TruncationMode.KeepEnd ? s.KeepEnd(Options.MaxLength) : s.KeepStart(Options.MaxLength)
            ),
        ];
        return fitted.All(s => s.HasScored)
            ? new TokenizationResult(AnswerSequence.Group(group, fitted), null, straddled)
            : TokenizationResult.Dropped(group, DropReasons.NothingScored);
    }
}
