using System.Text.Json.Nodes;

namespace Simper.Text.Templates;

/// <summary>One message of a conversation.</summary>
/// <param name="Role">system, user, assistant, tool, ...</param>
/// <param name="Content">Its text.</param>
public sealed record ChatMessage(string Role, string Content)
{
    /// <summary>
    /// Additional keys as templates see them (tool_calls, name, reasoning_content, ...), in order. A "content" here, such as a
    /// list of parts, replaces <see cref="Content"/>.
    /// </summary>
    public JsonObject? Extra { get; init; }

    /// <summary>Whether it is scored where the assistant's turns are; templates do not see it.</summary>
    public bool IsScored { get; init; } = true;

    /// <summary>Equal role, text and additional keys, and both scored or not.</summary>
    public bool Equals(ChatMessage? other) =>
        other is not null
        && Role == other.Role
        && Content == other.Content
        && IsScored == other.IsScored
        && JsonNode.DeepEquals(Extra, other.Extra);

    public override int GetHashCode() => HashCode.Combine(Role, Content);

    /// <summary>The message as data files have it: role, content, and the additional keys.</summary>
    public JsonObject ToJson()
    {
        var json = new JsonObject { ["role"] = Role, ["content"] = Content };
        foreach ((string key, JsonNode? value) in Extra ?? [])
            json[key] = value?.DeepClone();
        return json;
    }

    /// <summary>The message as a template value. Templates do not modify values, so it can be used for many renderings.</summary>
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
