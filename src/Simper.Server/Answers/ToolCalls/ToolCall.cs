namespace Simper.Server.Answers.ToolCalls;

/// <summary>A call of a tool that a model made.</summary>
/// <param name="Name">The tool's name.</param>
/// <param name="Arguments">Its arguments, as JSON.</param>
internal sealed record ToolCall(string Name, string Arguments)
{
    /// <summary>Its name for the client, who refers to it when the tool has answered.</summary>
    public string Id { get; } = "call_" + Guid.NewGuid().ToString("N")[..24];
}
