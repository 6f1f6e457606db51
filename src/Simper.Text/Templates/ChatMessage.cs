using System.Text.Json.Nodes;

namespace Simper.Text.Templates;

/// <summary>One message of a conversation.</summary>
/// <param name="Role">system, user, assistant, tool, ...</param>
/// <param name="Content">Its text.</param>
public sealed record ChatMessage(string Role, string Content)
{
    /// <summary>
    /// Further keys as templates see them (tool_calls, name, reasoning_content, ...), in order. A "content" here, a list of parts
    /// say, stands in place of <see cref="Content"/>.
    /// </summary>
    public JsonObject? Extra { get; init; }

    /// <summary>The same role, text and further keys.</summary>
    public bool Equals(ChatMessage? other) =>
        other is not null && Role == other.Role && Content == other.Content && JsonNode.DeepEquals(Extra, other.Extra);

    public override int GetHashCode() => HashCode.Combine(Role, Content);

    /// <summary>The message as a template sees it. Templates change no values, so it serves any number of renderings.</summary>
    internal TemplateMap ToValue()
    {
        var map = new TemplateMap { ["role"] = Role, ["content"] = Content };
        if (Extra is not null)
        {
            foreach ((string key, JsonNode? value) in Extra)
                map[key] = Values.FromJson(value);
        }
        return map;
    }
}
