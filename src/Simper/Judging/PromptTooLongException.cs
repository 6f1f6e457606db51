namespace Simper.Judging;

/// <summary>A server has no room for a conversation: others may fit.</summary>
public sealed class PromptTooLongException(string message) : SimperException(message);
