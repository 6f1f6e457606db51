using System.Text.Json.Nodes;
using Simper.Text.Templates;

namespace Simper.Text.Preferences;

/// <summary>
/// Answers that are whole conversations: where their prompt ends, whether or not the row also has the prompt that they repeat.
/// </summary>
internal static class Conversations
{
    // What templates write, and so what distinguishes two messages.
    private static readonly string[] Spoken = ["tool_calls", "reasoning_content", "reasoning", "thinking", "name"];

    /// <summary>Whether an answer begins with another role's message: then it is a conversation with its prompt.</summary>
    public static bool IsWhole(List<ChatMessage> answer) =>
        answer.Count > 1 && (answer[0].Role == "user" || MessageRoles.IsSystem(answer[0].Role));

    /// <summary>The number of leading messages that all conversations share; never all of one.</summary>
    /// <param name="conversations">At least one.</param>
    /// <param name="isExact">Whether surrounding white space distinguishes messages.</param>
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

    /// <summary>Whether a message has content: text, a tool call, reasoning.</summary>
    public static bool Says(ChatMessage message) =>
        !string.IsNullOrWhiteSpace(message.Content)
        || Spoken[..^1]
            .Any(k =>
                message.Extra?[k] is { } said
                && (said is JsonArray { Count: > 0 } or JsonObject || !string.IsNullOrWhiteSpace(said.ToString()))
            );

    /// <summary>
    /// The prompt and the answers if some answers are whole conversations. The prompt is located in them, with the turns before
    /// it, ignoring white space around its texts and whether its system message is repeated; if all continue with the same
    /// messages after it (the prompt was the first of several turns), those are part of the prompt. Null if the conversations
    /// contradict the prompt.
    /// </summary>
    /// <param name="prompt">The row's prompt.</param>
    /// <param name="answers">Whole conversations, or what follows the prompt.</param>
    /// <param name="isLabel">Whether the prompt was a text, which may be just a title of the conversation: then two conversations
    /// determine their prompt themselves.</param>
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
        // After an answer the conversation continues with another question.
        return asked.Count > 0 && asked[^1].Role == "assistant" ? (prompt, answers, true) : null;
    }

    // The index after the prompt's last message in a conversation; -1 if it is not there. Messages that the prompt lacks may
    // precede it.
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

    // The system messages of the first one that has some; null if two differ.
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
