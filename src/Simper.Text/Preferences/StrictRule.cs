using Simper.Text.Templates;
using Simper.Text.Tokenization;

namespace Simper.Text.Preferences;

/// <summary>
/// Simper's own mode. Where an answer starts is known from rendering: it is what the rendering of prompt and answer adds to that
/// of the prompt. Scored is what the assistant says, up to and including its end-of-turn tokens; the prompt's ids are the same
/// for all answers.
/// </summary>
internal sealed class StrictRule(ModelText model) : ITokenizationRule
{
    private TokenizationOptions Options => model.Options;

    public TokenizationResult Tokenize(PreferenceGroup group)
    {
        bool asText = model.ReadsAsText(group);
        group = asText ? group : Transcripts.Unfolded(group);
        var prompts = new GroupPrompt(model.Tokenizer, model.Stops);
        ConversationRenderer? renderer = asText ? null : new ConversationRenderer(model, group);
        int[]? prompt = null;
        var answers = new List<TokenizedAnswer>(group.Answers.Count);
        bool straddled = false;
        RowNotes notes = RowNotes.None;
        foreach (IReadOnlyList<ChatMessage> answer in group.Answers)
        {
            SpokenText text = renderer?.Of(answer) ?? Text(group, answer);
            if (renderer is not null)
                notes |= text.Notes | RenderingNotes.OfAnswer(model, group, answer, text.Whole[text.Boundary..]);
            (int[] ids, TokenizedAnswer tokens, bool straddles) = Joint(prompts, text, addSpecialTokens: asText);
            if (prompt is not null && !prompt.AsSpan().SequenceEqual(ids))
                throw new SimperException(
                    "the prompt is rendered differently for its answers; such rows cannot be used with this chat template."
                );
            prompt = ids;
            answers.Add(tokens);
            straddled |= straddles;
        }
        if (renderer is not null)
            notes |= RenderingNotes.OfPrompt(model, group, renderer.Before(speaks: true));
        if (notes.HasFlag(RowNotes.NothingWritten))
            return TokenizationResult.Dropped(group, DropReasons.NothingWritten) with { Notes = notes };
        TokenizationResult result = LengthLimits.Apply(Options, model.BosId, prompt!, answers) switch
        {
            { Fault: { } fault } => TokenizationResult.Dropped(group, fault),
            var limited when Options.Truncation == TruncationMode.KeepEnd && limited.Longest > Options.MaxLength =>
                FittedOnTheLeft(group, limited.Prompt, limited.Answers, straddled),
            var limited => Fitted(group, limited.Prompt, limited.Answers, straddled) with
            {
                Notes = limited.Prompt.Length < prompt!.Length ? RowNotes.PromptCut : RowNotes.None,
            },
        };
        return result with { Notes = result.Notes | notes };
    }

    // Answers that differ in the data, but were truncated to the same tokens, or whose difference the template does not write.
    private TokenizationResult Alike(PreferenceGroup group, IEnumerable<TokenizedAnswer> answers) =>
        TokenizationResult.Dropped(
            group,
            answers.Any(a => a.WasCut) ? DropReasons.EqualAfterCutting
                : model.ReadsAsText(group) ? DropReasons.TokensAlike
                : DropReasons.EqualRendered
        );

    private SpokenText Text(PreferenceGroup group, IReadOnlyList<ChatMessage> answer)
    {
        string prompt = ModelText.TextOf(group.Prompt);
        string text = model.EndedTextOf(answer);
        return new SpokenText(prompt + text, prompt.Length, [(prompt.Length, prompt.Length + text.Length)]);
    }

    // Rendered texts are encoded without special tokens: the template writes them itself.
    private (int[] Prompt, TokenizedAnswer Answer, bool Straddles) Joint(
        GroupPrompt prompts,
        SpokenText text,
        bool addSpecialTokens
    )
    {
        (string whole, int boundary, List<(int Start, int End)> spoken) = text;
        int[] prompt = prompts.Encode(whole.AsSpan(0, boundary), addSpecialTokens);
        TokenBuffer found = TokenBuffer.Take();
        bool straddles = !prompts.TryEncodeBehind(whole, addSpecialTokens, found);
        if (straddles)
        {
            // A token would contain the end of the prompt and the start of the answer. At inference the model reads the prompt
            // alone, so the prompt's tokens are kept.
            found.Clear();
            model.Tokenizer.Encode(whole[boundary..], addSpecialTokens: false, found);
            found.Shift(boundary);
        }
        TokenizedAnswer answer = Scored(found.Ids, found.Parts, spoken);
        TokenBuffer.Give(found);
        return (prompt, answer, straddles);
    }

    private TokenizedAnswer Scored(
        ReadOnlySpan<int> ids,
        ReadOnlySpan<(int Start, int End)> offsets,
        List<(int Start, int End)> spoken
    )
    {
        var scored = new bool[ids.Length];
        int end = 0;
        foreach ((int start, int stop) in spoken)
        {
            int from = 0;
            int to = 0;
            while (from < ids.Length && offsets[from].End <= start && offsets[from].Start < start)
                from++;
            while (to < ids.Length && offsets[to].Start < stop)
                to++;
            if (to <= from)
                continue; // nothing was said
            // What the template writes after the end-of-turn token (usually a line break) is not said by the model.
            int last = to - 1;
            while (last >= from && !model.Stops.Contains(ids[last]))
                last--;
            to = last >= from ? last + 1 : to;
            Array.Fill(scored, true, from, to - from);
            end = to;
        }
        return new TokenizedAnswer { Ids = ids[..end].ToArray(), IsScored = scored[..end] };
    }

    // Nothing stands before it, so the model does not predict it.
    private static TokenizedAnswer WithoutFirst(TokenizedAnswer answer) =>
        answer.IsScored.Length == 0
            ? answer
            : new TokenizedAnswer
            {
                Ids = answer.Ids,
                IsScored = [false, .. answer.IsScored[1..]],
                WasCut = answer.WasCut,
            };

    private TokenizationResult Fitted(PreferenceGroup group, int[] prompt, IReadOnlyList<TokenizedAnswer> answers, bool straddled)
    {
        int room = Options.MaxLength - prompt.Length;
        if (room < 1)
            return TokenizationResult.Dropped(group, DropReasons.PromptFills);
        if (answers.Any(a => a.Ids.Length > room) && Options.RefusesCuts)
            return TokenizationResult.Dropped(group, DropReasons.TooLong);
        TokenizedAnswer[] fitted = [.. answers.Select(a => LengthLimits.Cut(a, room))];
        if (prompt.Length == 0)
            fitted = [.. fitted.Select(WithoutFirst)];
        if (fitted.Any(a => !a.IsScored.Contains(true)))
            return TokenizationResult.Dropped(
                group,
                fitted.Any(a => a.WasCut) ? DropReasons.CutToNothing : DropReasons.NothingScored
            );
        if (AreEqual(fitted))
            return Alike(group, fitted);
        return new TokenizationResult(
            new TokenizedGroup
            {
                Prompt = prompt,
                Answers = fitted,
                Weights = group.Weights?.ToArray(),
                Row = group.Row,
            },
            null,
            straddled
        );
    }

    private TokenizationResult FittedOnTheLeft(
        PreferenceGroup group,
        int[] prompt,
        IReadOnlyList<TokenizedAnswer> answers,
        bool straddled
    )
    {
        var silent = new bool[prompt.Length];
        AnswerSequence[] fitted =
        [
            .. answers.Select(a =>
                new AnswerSequence([.. prompt, .. a.Ids], [.. silent, .. a.IsScored]).KeepEnd(Options.MaxLength) with
                {
                    UnpredictedTokens = 0,
                }
            ),
        ];
        if (!fitted.All(s => s.HasScored))
            return TokenizationResult.Dropped(
                group,
                answers.All(a => a.IsScored.Contains(true)) ? DropReasons.CutToNothing : DropReasons.NothingScored
            );
        TokenizedGroup cut = AnswerSequence.Group(group, fitted);
        return AreEqual(cut.Answers) ? Alike(group, cut.Answers) : new TokenizationResult(cut, null, straddled);
    }

    private static bool AreEqual(TokenizedAnswer[] answers) =>
        answers.Length > 1 && answers.All(a => a.Ids.AsSpan().SequenceEqual(answers[0].Ids));
}
