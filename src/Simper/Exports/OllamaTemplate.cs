using Simper.Text.Templates;

namespace Simper.Exports;

/// <summary>
/// A chat template in the language of Go's templates, found by rendering: what stands before and after each message is cut out of
/// a few conversations, and longer ones must come out the same. Templates that do more than to frame messages have none.
/// </summary>
internal sealed class OllamaTemplate
{
    private const string System = "system-message-0";
    private static readonly string[] Users = ["user-message-1", "user-message-2", "user-message-3"];
    private static readonly string[] Answers = ["assistant-message-1", "assistant-message-2"];

    private readonly ChatTemplate _template;
    private readonly string _bos;
    private readonly TemplateContext _context;

    private OllamaTemplate(ChatTemplate template, string? addedBos, TemplateContext context) =>
        (_template, _bos, _context) = (template, addedBos ?? "", context);

    /// <summary>The frame of messages.</summary>
    private sealed record Frame(
        string Default,
        string BeforeSystem,
        string AfterSystem,
        string BeforeUser,
        string AfterUser,
        string AfterAnswer
    )
    {
        /// <summary>A conversation as Ollama renders it.</summary>
        public string Render(bool hasSystem, int turns) =>
            (hasSystem ? BeforeSystem + System + AfterSystem : Default)
            + string.Concat(
                Enumerable
                    .Range(0, turns)
                    .Select(i => BeforeUser + Users[i] + AfterUser + (i < turns - 1 ? Answers[i] + AfterAnswer : ""))
            );

        public override string ToString() =>
            $"{{{{ if .System }}}}{BeforeSystem}{{{{ .System }}}}{AfterSystem}{{{{ else }}}}{Default}{{{{ end }}}}"
            + "{{ range .Messages }}{{ if eq .Role \"user\" }}"
            + $"{BeforeUser}{{{{ .Content }}}}{AfterUser}"
            + "{{ else if eq .Role \"assistant\" }}"
            + $"{{{{ .Content }}}}{AfterAnswer}"
            + "{{ end }}{{ end }}";
    }

    /// <summary>The template, or null if it has no counterpart.</summary>
    /// <param name="template">The model's template.</param>
    /// <param name="addedBos">The token that is put before all texts anyway, or null.</param>
    /// <param name="bos">The token that templates call bos_token.</param>
    /// <param name="eos">The one that they call eos_token.</param>
    public static string? Of(ChatTemplate template, string? addedBos, string? bos, string? eos)
    {
        var context = new TemplateContext
        {
            AddGenerationPrompt = true,
            BosToken = bos,
            EosToken = eos,
        };
        return new OllamaTemplate(template, addedBos, context).Find()?.ToString();
    }

    private Frame? Find()
    {
        if (
            Cut(hasSystem: false, turns: 1) is not [var before, var end]
            || Cut(hasSystem: false, turns: 2) is not [var first, var between, var next, var last]
            || before != first
            || end != between
            || last != between
        )
            return null;
        // A template may refuse system messages; then nothing is said of them.
        string[]? withSystem = Cut(hasSystem: true, turns: 1);
        string[] starts = withSystem is null ? [before, next] : [before, next, withSystem[1]];
        string user = CommonEnd(starts);
        var frame = new Frame(
            before[..^user.Length],
            withSystem?[0] ?? before[..^user.Length],
            withSystem?[1][..^user.Length] ?? "",
            user,
            between,
            next[..^user.Length]
        );
        bool isSame =
            frame.Render(hasSystem: false, turns: 3) == Rendered(hasSystem: false, turns: 3)
            && (withSystem is null || frame.Render(hasSystem: true, turns: 3) == Rendered(hasSystem: true, turns: 3));
        string all = frame.Default + frame.BeforeSystem + frame.AfterSystem + user + between + frame.AfterAnswer;
        return isSame && !all.Contains("{{", StringComparison.Ordinal) && !all.Contains("\"\"\"", StringComparison.Ordinal)
            ? frame
            : null;
    }

    // The texts around the messages of a conversation, in order.
    private string[]? Cut(bool hasSystem, int turns)
    {
        string? rest = Rendered(hasSystem, turns);
        var parts = new List<string>();
        foreach (ChatMessage message in Conversation(hasSystem, turns))
        {
            int at = rest?.IndexOf(message.Content, StringComparison.Ordinal) ?? -1;
            if (at < 0)
                return null;
            parts.Add(rest![..at]);
            rest = rest[(at + message.Content.Length)..];
        }
        return [.. parts, rest!];
    }

    private string? Rendered(bool hasSystem, int turns)
    {
        try
        {
            string text = _template.Render([.. Conversation(hasSystem, turns)], _context);
            return _bos.Length > 0 && text.StartsWith(_bos, StringComparison.Ordinal) ? text[_bos.Length..] : text;
        }
        catch (SimperException)
        {
            return null;
        }
    }

    private static IEnumerable<ChatMessage> Conversation(bool hasSystem, int turns)
    {
        if (hasSystem)
            yield return new ChatMessage("system", System);
        for (int i = 0; i < turns; i++)
        {
            yield return new ChatMessage("user", Users[i]);
            if (i < turns - 1)
                yield return new ChatMessage("assistant", Answers[i]);
        }
    }

    // From where a token that looks like one begins, so that none is cut in two.
    private static string CommonEnd(string[] texts)
    {
        int length = 0;
        while (texts.All(t => t.Length > length && t[^(length + 1)] == texts[0][^(length + 1)]))
            length++;
        string end = texts[0][(texts[0].Length - length)..];
        int begin = end.IndexOfAny(['<', '[']);
        return begin < 0 ? end : end[begin..];
    }
}
