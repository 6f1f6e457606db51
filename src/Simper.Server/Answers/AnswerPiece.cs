using Simper.Server.Answers.ToolCalls;

namespace Simper.Server.Answers;

/// <summary>A part of one of a request's answers.</summary>
/// <param name="Choice">Which answer.</param>
/// <param name="Text">What it adds to the text; may be empty.</param>
/// <param name="Tokens">What it adds to the log-probs.</param>
/// <param name="Calls">Calls of tools that it completes.</param>
/// <param name="Finish">Why the answer ends with it; null where it goes on.</param>
internal sealed record AnswerPiece(
    int Choice,
    string Text,
    IReadOnlyList<ShownToken> Tokens,
    IReadOnlyList<ToolCall> Calls,
    string? Finish
)
{
    /// <summary>Whether there is nothing in it to send.</summary>
    public bool IsEmpty => Text.Length == 0 && Tokens.Count == 0 && Calls.Count == 0 && Finish is null;
}
