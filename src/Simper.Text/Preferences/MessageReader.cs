using System.Text.Json;
using System.Text.Json.Nodes;
using Simper.Text.Templates;

namespace Simper.Text.Preferences;

/// <summary>
/// Messages as people write them (OpenAI's role and content, ShareGPT's from and value, tool calls in a turn of their own), in a
/// uniform form: the roles that templates know, a text, and additional keys.
/// </summary>
/// <param name="place">File and line, for messages.</param>
/// <param name="mode">Other programs pass arguments and tools to the template as written.</param>
internal sealed class MessageReader(string place, Compatibility mode)
{
    private static readonly string[] TextKeys = ["content", "value", "text"];
    private readonly ContentReader _contents = new(place, mode);
    private readonly ToolReader _tools = new(place, mode);

    // Other programs pass the weights of turns to the template, which knows none, and score them all; and calls turn by turn.
    private readonly bool _isStrict = mode == Compatibility.Strict;

    public List<ChatMessage> List(JsonNode? node, string where)
    {
        if (node is not JsonArray list)
            throw Wrong(where, "be a list of messages");
        var messages = new List<ChatMessage>(list.Count);
        SimperException? missing = null;
        for (int i = 0; i < list.Count; i++)
        {
            JsonObject written = list[i] as JsonObject ?? throw Wrong($"{where}[{i}]", "be a message");
            ChatMessage message = Message(written, $"{where}[{i}]");
            bool isBlank = Array.TrueForAll(TextKeys, k => written[k] is null);
            if (isBlank && message.Role == "system")
                continue; // a cell that a table had to fill
            if (isBlank && message.Role == "user")
                missing ??= Wrong($"{where}[{i}]", "have a content");
            if (_isStrict && IsCallTurn(written) && i > 0 && IsCallTurn((JsonObject)list[i - 1]!))
                messages[^1] = WithCalls(messages[^1], message); // several calls at once
            else
                messages.Add(message);
        }
        if (missing is not null)
            throw missing;
        return messages;
    }

    public ChatMessage Message(JsonObject message, string where)
    {
        string roleKey = message["role"] is null && message["from"] is not null ? "from" : "role";
        if (message[roleKey]?.GetValueKind() != JsonValueKind.String)
            throw Wrong(where, "have a role");
        string written = (string)message[roleKey]!;
        string? role = MessageRoles.Known(written);
        if (role is null && roleKey == "from")
            throw Wrong($"{where}.from", $"be human, gpt, system, function_call or observation, not \"{written}\"");
        if (string.IsNullOrWhiteSpace(written))
            throw Wrong(where, "have a role");
        string? textKey = Array.Find(TextKeys, k => message[k] is not null) ?? Array.Find(TextKeys, message.ContainsKey);
        bool isScored =
            role is not ("assistant" or MessageRoles.Calls) || !_isStrict || TurnWeight.IsScored(message, where, place);
        if (role == MessageRoles.Calls && !HasCalls(message))
            return new ChatMessage("assistant", "")
            {
                IsScored = isScored,
                Extra = new JsonObject { ["tool_calls"] = _tools.Calls(Required(message, textKey, where), $"{where}.{textKey}") },
            };
        return Message(message, role == MessageRoles.Calls ? "assistant" : role ?? written, roleKey, textKey, where) with
        {
            IsScored = isScored,
        };
    }

    private ChatMessage Message(JsonObject message, string role, string roleKey, string? textKey, string where)
    {
        Content content = textKey is null ? Content.None : _contents.Read(message[textKey], $"{where}.{textKey}", role);
        var extra = new JsonObject();
        if (content.AsGiven is not null)
            extra["content"] = content.AsGiven;
        foreach ((string key, JsonNode? value) in message)
        {
            if (value is null || key == roleKey || key == textKey || (_isStrict && TurnWeight.Is(key)))
                continue;
            if (key is not ("tool_calls" or "function_call"))
                extra[key] = value.DeepClone();
            else if (!extra.ContainsKey("tool_calls") && _tools.Calls(value, $"{where}.{key}") is { Count: > 0 } calls)
                extra["tool_calls"] = calls;
        }
        return new ChatMessage(role, content.Text) { Extra = extra.Count > 0 ? extra : null };
    }

    // A turn of nothing but a call, in ShareGPT's and ms-swift's way.
    private static bool IsCallTurn(JsonObject message) => !HasCalls(message) && MessageRoles.Of(message) == MessageRoles.Calls;

    private static ChatMessage WithCalls(ChatMessage message, ChatMessage more) =>
        message with
        {
            IsScored = message.IsScored && more.IsScored,
            Extra = new JsonObject
            {
                ["tool_calls"] = new JsonArray([
                    .. message.Extra!["tool_calls"]!
                        .AsArray()
                        .Concat(more.Extra!["tool_calls"]!.AsArray())
                        .Select(c => c!.DeepClone()),
                ]),
            },
        };

    private static bool HasCalls(JsonObject message) => message["tool_calls"] is not null || message["function_call"] is not null;

    private JsonNode Required(JsonObject message, string? key, string where) =>
        key is not null && message[key] is { } value ? value : throw Wrong(where, "have the call as its content");

    private SimperException Wrong(string where, string wanted) => new($"{place}: \"{where}\" has to {wanted}.");
}
