using Simper.Text.Templates;

namespace Simper.Text.Preferences;

/// <summary>A prompt followed by an answer.</summary>
/// <param name="Whole">The whole text.</param>
/// <param name="Boundary">Where the answer begins.</param>
/// <param name="Spoken">The parts that the assistant says, after the boundary.</param>
internal sealed record SpokenText(string Whole, int Boundary, List<(int Start, int End)> Spoken)
{
    /// <summary>Notes on it.</summary>
    public RowNotes Notes { get; init; }
}

/// <summary>
/// Renders a group's prompt with each of its answers. Where a turn begins is known from rendering what precedes it; what precedes
/// the answers is the same for all, and rendered once.
/// </summary>
/// <param name="model">The model, whose template is used.</param>
/// <param name="group">The group.</param>
internal sealed class ConversationRenderer(ModelText model, PreferenceGroup group)
{
    /// <summary>What is said where a template hides the end of the prompt.</summary>
    public const string Unknown = "so it is not known where the answer begins";

    private readonly List<object?> _prompt = [.. group.Prompt.Select(m => m.ToValue())];

    // what precedes the answers: user speaks next, assistant speaks next
    private readonly string?[] _before = new string?[2];
    private int? _header; // how much of it all answers share, if the generation prompt is not used as is

    public SpokenText Of(IReadOnlyList<ChatMessage> answer)
    {
        List<object?> messages = With(answer);
        string whole = Render(messages, generation: false);
        int first = _prompt.Count;
        var spoken = new List<(int Start, int End)>(1);
        int? begins = null;
        RowNotes notes = RowNotes.None;
        for (int i = first; i < messages.Count; i++)
        {
            if (answer[i - first].Role != "assistant")
                continue;
            bool isScored = answer[i - first].IsScored;
            if (!isScored && begins is not null)
                continue;
            int start = StartOf(messages, i, whole, speaks: true);
            begins ??= start;
            if (!isScored)
                continue;
            int end = i + 1 < messages.Count ? StartOf(messages, i + 1, whole, speaks: false) : whole.Length;
            // The answer is what was said; an empty thinking block that the template inserts before it is part of the input and
            // not scored.
            int block = end > start ? EmptyThoughts.Length(whole.AsSpan(start, end - start), answer[i - first].Content) : 0;
            notes |= block > 0 ? RowNotes.EmptyThoughts : RowNotes.None;
            spoken.Add((start + block, end));
        }
        int boundary = answer[0].Role == "assistant" ? begins!.Value : StartOf(messages, first, whole, speaks: false);
        return new SpokenText(whole, boundary, spoken) { Notes = notes };
    }

    /// <summary>What the template writes before the answers if the assistant speaks next.</summary>
    public string Before(bool speaks) => _before[speaks ? 1 : 0] ??= Render(_prompt, speaks);

    private List<object?> With(IReadOnlyList<ChatMessage> answer) => [.. _prompt, .. answer.Select(m => m.ToValue())];

    private string Render(List<object?> messages, bool generation) => model.Render(messages, generation, group);

    private int StartOf(List<object?> messages, int index, string whole, bool speaks)
    {
        if (index == 0)
            return 0;
        string before = index == _prompt.Count ? Before(speaks) : Render(messages[..index], speaks);
        if (whole.StartsWith(before, StringComparison.Ordinal))
            return before.Length;
        if (!speaks || model.Options.AddGenerationPrompt)
            throw Differs(before, whole, speaks ? Render(messages[..index], generation: false) : before);
        string plain = index == _prompt.Count ? Before(speaks: false) : Render(messages[..index], generation: false);
        if (!whole.StartsWith(plain, StringComparison.Ordinal))
            throw Differs(before, whole, plain);
        return index == _prompt.Count
            ? _header ??= group.Answers.Min(a => Header(before, plain, Render(With(a), generation: false)))
            : Header(before, plain, whole);
    }

    // What the generation prompt and the answer have in common: the header of the turn. A tag that only starts the same belongs
    // to neither.
    private static int Header(string before, string plain, string whole)
    {
        int common = before.AsSpan().CommonPrefixLength(whole);
        ReadOnlySpan<char> header = common > plain.Length ? before.AsSpan(plain.Length, common - plain.Length) : [];
        int open = header.LastIndexOfAny('<', '[');
        bool isOpen = open >= 0 && header[open..].IndexOf(header[open] == '<' ? '>' : ']') < 0;
        return plain.Length + (isOpen ? open : header.Length);
    }

    private static SimperException Differs(string before, string whole, string plain)
    {
        if (before.Length <= plain.Length || !whole.StartsWith(plain, StringComparison.Ordinal))
        {
            return new SimperException(
                $"the chat template renders the conversation differently once an answer follows, {Unknown}; "
                    + "give another template as chat_template_path, or take compatibility trl, which compares tokens."
            );
        }
        string dropped = before[before.AsSpan().CommonPrefixLength(whole)..].ReplaceLineEndings("\\n");
        return new SimperException(
            $"the generation prompt of the chat template ends in \"{dropped}\", which the template does not write before "
                + $"the answer, {Unknown}; "
                + "give a template that keeps it (and the reasoning) as chat_template_path, or set add_generation_prompt "
                + "to false, which leaves that end out of the prompt."
        );
    }
}
