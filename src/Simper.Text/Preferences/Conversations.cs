using System.Text.Json.Nodes;
using Simper.Text.Templates;

namespace Simper.Text.Preferences;

/// <summary>
/// Answers that are whole conversations: where their prompt ends, whether or not a prompt stands beside them that they repeat.
/// </summary>
internal static class Conversations
{
    // What templates write, and so what makes two messages different.
    private static readonly string[] Spoken = ["tool_calls", "reasoning_content", "reasoning", "thinking", "name"];

    /// <summary>Whether an answer begins with what others say: it is a conversation with its prompt.</summary>
    public static bool IsWhole(List<ChatMessage> answer) =>
        answer.Count > 1 && (answer[0].Role == "user" || MessageRoles.IsSystem(answer[0].Role));

    /// <summary>How many messages all conversations begin with alike; never all of one.</summary>
    /// <param name="conversations">One at least.</param>
    /// <param name="isExact">Whether white space around a text tells messages apart.</param>
    public static int CommonStart(IReadOnlyList<List<ChatMessage>> conversations, bool isExact)
    {
        int common = 0;
        int most = conversations.Min(c => c.Count) - 1;
        while (common < most && conversations.All(c => AreAlike(c[common], conversations[0][common], isExact)))
            common++;
        return common;
    }

    /// <summary>Whether two answers say the same.</summary>
    public static bool AreEqual(IReadOnlyList<ChatMessage> a, IReadOnlyList<ChatMessage> b) =>
        a.Count == b.Count && Enumerable.Range(0, a.Count).All(i => AreAlike(a[i], b[i], isExact: true));

    /// <summary>Whether a message says something: a text, a call, a thought.</summary>
    public static bool Says(ChatMessage message) =>
        !string.IsNullOrWhiteSpace(message.Content)
        || Spoken[..^1]
            .Any(k =>
                message.Extra?[k] is { } said
                && (said is JsonArray { Count: > 0 } or JsonObject || !string.IsNullOrWhiteSpace(said.ToString()))
            );

    /// <summary>
    /// The prompt and the answers where some of these are whole conversations. The prompt is found in them, with the turns before
    /// it, whatever white space is around its texts and whether or not its system message is repeated; where all go on alike
    /// behind it (the prompt was the first of several turns), all of that is the prompt. Null where the conversations contradict
    /// the prompt.
    /// </summary>
    /// <param name="prompt">What stands beside the answers.</param>
    /// <param name="answers">Whole conversations, or what comes behind the prompt.</param>
    /// <param name="isLabel">Whether the prompt was a text, which may be no more than a name for the conversation: then two
    /// conversations say themselves what their prompt is.</param>
    public static (List<ChatMessage> Prompt, List<ChatMessage>[] Answers, bool UsesPrompt)? Apart(
        List<ChatMessage> prompt,
        List<ChatMessage>[] answers,
        bool isLabel
    )
    {
        List<ChatMessage> asked = WithoutSystem(prompt);
        bool areWhole = Array.TrueForAll(answers, IsWhole);
        bool isBlank = asked.TrueForAll(m => !Says(m));
        List<ChatMessage>[] turns = [.. answers.Select(a => IsWhole(a) ? WithoutSystem(a) : a)];
        int[] ends = [.. answers.Select((a, i) => IsWhole(a) && !isBlank ? EndOf(asked, turns[i]) : -1)];
        bool repeat = !isBlank && Enumerable.Range(0, answers.Length).All(i => !IsWhole(answers[i]) || ends[i] >= 0);
        if (areWhole && !repeat && !isBlank && isLabel && answers.Length > 1)
        {
            int common = CommonStart(answers, isExact: true);
            return (answers[0][..common], [.. answers.Select(a => a[common..])], false);
        }
        if (System([prompt, .. answers]) is not { } system)
            return null;
        if (areWhole && (repeat || isBlank))
        {
            int common =
                answers.Length > 1 ? CommonStart(turns, isExact: isBlank)
                : repeat ? ends[0]
                : turns[0].Count - 1;
            return ([.. system, .. turns[0][..common]], [.. turns.Select(t => t[common..])], true);
        }
        if (repeat)
        {
            int first = Array.FindIndex(answers, IsWhole);
            return (
                [.. system, .. turns[first][..ends[first]]],
                [.. turns.Select((t, i) => ends[i] >= 0 ? t[ends[i]..] : t)],
                true
            );
        }
        // Behind an answer the conversation goes on with another question.
        return asked.Count > 0 && asked[^1].Role == "assistant" ? (prompt, answers, true) : null;
    }

    // Behind the last message of the prompt, where it stands in a conversation; -1 where it does not. What a prompt lacks may
    // stand before it.
    private static int EndOf(List<ChatMessage> prompt, List<ChatMessage> conversation)
    {
        for (int start = 0; start + prompt.Count < conversation.Count; start++)
        {
            if (Enumerable.Range(0, prompt.Count).All(i => AreAlike(prompt[i], conversation[start + i], isExact: false)))
                return start + prompt.Count;
        }
        return -1;
    }

    private static List<ChatMessage> WithoutSystem(List<ChatMessage> messages) =>
        messages[messages.TakeWhile(m => MessageRoles.IsSystem(m.Role)).Count()..];

    // The system messages of the first that has some; null where two differ.
    private static ChatMessage[]? System(params List<ChatMessage>[] lists)
    {
        ChatMessage[][] found =
        [
            .. lists.Select(l => l.TakeWhile(m => MessageRoles.IsSystem(m.Role)).ToArray()).Where(s => s.Length > 0),
        ];
        if (found.Length == 0)
            return [];
        return Array.TrueForAll(
            found,
            f => f.Length == found[0].Length && f.Zip(found[0]).All(p => AreAlike(p.First, p.Second, isExact: false))
        )
            ? found[0]
            : null;
    }

    private static bool AreAlike(ChatMessage a, ChatMessage b, bool isExact) =>
        a.Role == b.Role
        && (isExact ? a.Content == b.Content : a.Content.AsSpan().Trim().SequenceEqual(b.Content.AsSpan().Trim()))
        && Spoken.All(k => JsonNode.DeepEquals(a.Extra?[k], b.Extra?[k]));
}
