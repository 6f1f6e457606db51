using System.Text.Json.Nodes;

namespace Simper.Text.Preferences;

/// <summary>The names of conversation roles in data sets.</summary>
public static class MessageRoles
{
    /// <summary>Represents a turn of only tool calls: the assistant's.</summary>
    public const string Calls = "tool_calls";

    private static readonly Dictionary<string, string> Names = new(StringComparer.OrdinalIgnoreCase)
    {
        ["system"] = "system",
        ["developer"] = "developer",
        ["user"] = "user",
        ["human"] = "user",
        ["prompter"] = "user",
        ["assistant"] = "assistant",
        ["gpt"] = "assistant",
        ["chatgpt"] = "assistant",
        ["bot"] = "assistant",
        ["chatbot"] = "assistant",
        ["model"] = "assistant",
        ["ai"] = "assistant",
        ["bing"] = "assistant",
        ["bard"] = "assistant",
        ["tool"] = "tool",
        ["observation"] = "tool",
        ["function"] = "tool",
        ["ipython"] = "tool",
        ["tool_response"] = "tool",
        ["tool_result"] = "tool",
        ["function_response"] = "tool",
        ["function_call"] = Calls,
        ["tool_call"] = Calls,
    };

    /// <summary>The role as templates name it, or null if unknown.</summary>
    public static string? Known(string name) => Names.GetValueOrDefault(name.Trim());

    /// <summary>The role of a message as it is written, as templates name it; null if it has none that is known.</summary>
    internal static string? Of(JsonObject message) =>
        (message["role"] ?? message["from"]) is JsonValue role && role.TryGetValue(out string? name) ? Known(name) : null;

    /// <summary>Whether a role instructs the assistant before anyone speaks.</summary>
    public static bool IsSystem(string role) => role is "system" or "developer";
}
