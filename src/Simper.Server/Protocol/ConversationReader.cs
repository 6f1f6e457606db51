using System.Text.Json;
using System.Text.Json.Nodes;
using Simper.Text.Preferences;
using Simper.Text.Templates;

namespace Simper.Server.Protocol;

/// <summary>Reads messages and tools of a chat request: checked by field, then read as data sets' conversations are.</summary>
internal static class ConversationReader
{
    private static readonly string[] Roles = ["developer", "system", "user", "assistant", "tool", "function"];

    /// <summary>The conversation and its tools.</summary>
    /// <exception cref="ApiException">A message has another form.</exception>
    public static (IReadOnlyList<ChatMessage> Messages, JsonArray? Tools) Read(Fields fields)
    {
        IReadOnlyList<JsonElement> messages = fields.List("messages", RequestLimits.Messages) ?? throw fields.Missing("messages");
        if (messages.Count == 0)
            throw ApiException.Invalid(
                "messages",
                "Invalid 'messages': empty array. Expected an array with minimum length 1.",
                "empty_array"
            );
        for (int i = 0; i < messages.Count; i++)
        {
            if (messages[i].ValueKind != JsonValueKind.Object)
                throw fields.WrongType($"messages[{i}]", messages[i], "an object");
            CheckMessage(new Fields(messages[i], $"messages[{i}]"));
        }
        bool hasTools = HasTools(fields);
        var row = new JsonObject { ["messages"] = Node(fields.Any("messages")!.Value) };
        if (hasTools)
            row["tools"] = Node(fields.Any("tools")!.Value);
        return Parsed(row);
    }

    /// <summary>Messages as a harness sends them for tokenisation: no more than a list of roles and contents.</summary>
    public static (IReadOnlyList<ChatMessage> Messages, JsonArray? Tools) Parsed(JsonObject row)
    {
        try
        {
            PromptRow read = PromptRow.Read(row, "request", mayEndInAnswer: true);
            return (read.Messages, read.Tools);
        }
        catch (SimperException e)
        {
            throw ApiException.Invalid("messages", e.Message["request: ".Length..]);
        }
    }

    private static void CheckMessage(Fields message)
    {
        string role = message.RequiredText("role");
        if (!Roles.Contains(role))
            throw ApiException.Invalid(
                message.At("role"),
                $"Invalid value: '{role}'. Supported values are: {string.Join(", ", Roles.Select(r => $"'{r}'"))}."
            );
        message.Text("name");
        bool mayBeEmpty = role == "assistant" && (message.Any("tool_calls") is not null || message.Any("refusal") is not null);
        if (message.Any("content") is { } content)
            CheckContent(message, content);
        else if (!mayBeEmpty && role != "assistant")
            throw message.Missing("content");
        IReadOnlyList<JsonElement> calls = message.List("tool_calls", RequestLimits.Tools) ?? [];
        for (int i = 0; i < calls.Count; i++)
        {
            if (calls[i].ValueKind != JsonValueKind.Object)
                throw message.WrongType($"tool_calls[{i}]", calls[i], "an object");
            var call = new Fields(calls[i], message.At($"tool_calls[{i}]"));
            Fields function = call.Object("function") ?? throw call.Missing("function");
            function.RequiredText("name");
            function.Text("arguments");
        }
    }

    private static void CheckContent(Fields message, JsonElement content)
    {
        if (content.ValueKind == JsonValueKind.String)
            return;
        if (content.ValueKind != JsonValueKind.Array)
            throw message.WrongType("content", content, "a string or an array of text parts");
        int i = 0;
        foreach (JsonElement item in content.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.Object)
                throw message.WrongType($"content[{i}]", item, "an object");
            var part = new Fields(item, message.At($"content[{i++}]"));
            string type = part.RequiredText("type");
            if (type != "text")
                throw ApiException.Invalid(
                    part.At("type"),
                    $"Invalid content type '{type}': the models here read text alone, {{\"type\": \"text\", \"text\": ...}}.",
                    "unsupported_content"
                );
            part.RequiredText("text");
        }
    }

    // Whether the model is shown tools. A choice that would have to be forced is refused rather than hoped for.
    private static bool HasTools(Fields fields)
    {
        IReadOnlyList<JsonElement> tools = fields.List("tools", RequestLimits.Tools) ?? [];
        for (int i = 0; i < tools.Count; i++)
        {
            if (tools[i].ValueKind != JsonValueKind.Object)
                throw fields.WrongType($"tools[{i}]", tools[i], "an object");
            var tool = new Fields(tools[i], $"tools[{i}]");
            if (tool.RequiredText("type") is var type && type != "function")
                throw ApiException.Invalid(tool.At("type"), $"Invalid value: '{type}'. Supported values are: 'function'.");
            Fields function = tool.Object("function") ?? throw tool.Missing("function");
            function.RequiredText("name");
            function.Object("parameters");
        }
        if (fields.Any("tool_choice") is not { } choice)
            return tools.Count > 0;
        string? word = choice.ValueKind switch
        {
            JsonValueKind.String => choice.GetString(),
            JsonValueKind.Object => null,
            _ => throw fields.WrongType("tool_choice", choice, "a string or an object"),
        };
        if (word is not (null or "none" or "auto" or "required"))
            throw ApiException.Invalid("tool_choice", $"Invalid value: '{word}'. Supported values are: 'none' and 'auto'.");
        if (word is null or "required")
            throw ApiException.Unsupported(
                "tool_choice",
                "A call of a tool cannot be forced here; use 'auto', or 'response_format' with the tool's parameters as schema."
            );
        return word == "auto" && tools.Count > 0;
    }

    private static JsonNode Node(JsonElement element) => JsonNode.Parse(element.GetRawText(), null, Options)!;

    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 64 };
}
