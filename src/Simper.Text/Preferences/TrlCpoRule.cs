using Simper.Text.Templates;

namespace Simper.Text.Preferences;

/// <summary>
/// TRL's CPO, ORPO and SimPO (1.16): the template renders strings, which are split as in <see cref="SplitTokens"/>. Each answer
/// is truncated to the room its own prompt leaves.
/// </summary>
internal sealed class TrlCpoRule(ModelText model) : ITokenizationRule
{
    public TokenizationResult Tokenize(PreferenceGroup group)
    {
        RowNotes notes = RowNotes.None;
        (string prompt, List<string> answers) = model.ReadsAsText(group)
            ? (ModelText.TextOf(group.Prompt), [.. group.Answers.Select(ModelText.TextOf)])
            : Conversations(group, ref notes);
        SplitTokens[] split = SplitTokens.Of(model, prompt, answers, out bool straddled);
        int longest = model.Options.MaxLength;
        if (model.Options.RefusesCuts && split.Any(s => s.Length > longest))
            return TokenizationResult.Dropped(group, DropReasons.TooLong);
        if (split.Any(s => s.Prompt.Length >= longest))
            return TokenizationResult.Dropped(group, DropReasons.CutToNaN);
        AnswerSequence[] cut = [.. split.Select(s => s.Joined(wasCut: false).KeepStart(longest))];
        return cut.All(s => s.HasScored)
            ? new TokenizationResult(AnswerSequence.Group(group, cut), null, straddled) { Notes = notes }
            : TokenizationResult.Dropped(group, DropReasons.NothingScored);
    }

    // What a template writes only into the generation prompt (such as an opening thinking tag) is removed from the prompt's end.
    private (string Prompt, List<string> Answers) Conversations(PreferenceGroup group, ref RowNotes notes)
    {
        List<object?> messages = [.. group.Prompt.Select(m => m.ToValue())];
        List<string> wholes =
        [
            .. group.Answers.Select(a => model.Render([.. messages, .. a.Select(m => m.ToValue())], generation: false, group)),
        ];
        string prompt = Prompt(group, messages);
        notes |= RenderingNotes.OfWholes(model, group, prompt, wholes);
        int common = wholes.Min(whole => whole.AsSpan().CommonPrefixLength(prompt));
        return (prompt[..common], [.. wholes.Select(whole => whole[common..])]);
    }

    private string Prompt(PreferenceGroup group, List<object?> messages)
    {
        ChatMessage last =
            group.Prompt.Count > 0
                ? group.Prompt[^1]
                : throw new SimperException("the conversation has no prompt, which compatibility trl-cpo needs.");
        switch (last.Role)
        {
            case "user" or "tool":
                return model.Render(messages, generation: true, group);
            case "assistant":
                // The answer continues where the last message ends.
                string whole = model.Render(messages, generation: false, group);
                string said = last.Content.Trim();
                int at = whole.LastIndexOf(said, StringComparison.Ordinal);
                return at >= 0
                    ? whole[..(at + said.Length)]
                    : throw new SimperException(
                        "the chat template does not render the prompt's last message as it stands, so it cannot be continued."
                    );
            default:
                throw new SimperException(
                    $"the prompt's last message is of the role {last.Role}; compatibility trl-cpo needs user, tool or "
                        + "assistant there."
                );
        }
    }
}
