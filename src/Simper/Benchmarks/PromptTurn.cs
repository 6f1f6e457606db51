using Simper.Text.Templates;

namespace Simper.Benchmarks;

/// <summary>
/// A piece of a prompt: a message of a conversation, and, where there is no chat template, a text and what follows it.
/// </summary>
internal readonly record struct PromptTurn(string Role, string Content, string Delimiter = "")
{
    /// <summary>The turns as one text.</summary>
    public static string Text(IEnumerable<PromptTurn> turns) => string.Concat(turns.Select(t => t.Content + t.Delimiter));

    /// <summary>The turns as messages.</summary>
    public static IReadOnlyList<ChatMessage> Messages(IEnumerable<PromptTurn> turns) =>
        [.. turns.Select(t => new ChatMessage(t.Role, t.Content))];

    /// <summary>
    /// The turns as one message of the user, between a system message and the beginning of the answer, if there are any.
    /// </summary>
    public static IReadOnlyList<ChatMessage> SingleTurn(IReadOnlyList<PromptTurn> turns)
    {
        int first = turns[0].Role == "system" ? 1 : 0;
        int last = turns[^1].Role == "assistant" ? turns.Count - 1 : turns.Count;
        PromptTurn[] user = [.. turns.Take(last).Skip(first)];
        user[^1] = user[^1] with { Delimiter = "" };
        return [.. Messages(turns.Take(first)), new ChatMessage("user", Text(user)), .. Messages(turns.Skip(last))];
    }
}
