using System.Text.Json;
using System.Text.Json.Nodes;
using Simper.Text.Templates;

namespace Simper.Text.Preferences;

/// <summary>The content of a message.</summary>
/// <param name="Text">Its text.</param>
/// <param name="AsGiven">Its parts in a uniform form, if it has any; null if it is a string.</param>
internal sealed record Content(string Text, JsonNode? AsGiven)
{
    public static Content None { get; } = new("", null);
}

/// <summary>
/// Contents of messages: a string, or text parts. Anything else (images, recordings) is refused, since it would not reach the
/// model.
/// </summary>
/// <param name="place">File and line, for messages.</param>
/// <param name="mode">Other programs pass tool results to the template as written.</param>
internal sealed class ContentReader(string place, Compatibility mode)
{
    private static readonly ChatTemplate AsJson = ChatTemplate.Parse("{{ value | tojson }}", "tojson");
    private static readonly string[] TextTypes = ["text", "input_text", "output_text"];

    public Content Read(JsonNode? content, string where, string role) =>
        content switch
        {
            null => Content.None,
            JsonValue value when value.GetValueKind() == JsonValueKind.String => new Content((string)value!, null),
            JsonArray { Count: 0 } => Content.None,
            JsonArray list when role != "tool" || list.All(IsPart) => Parts(list, where),
            JsonObject export when export["parts"] is JsonArray parts => Parts(parts, $"{where}.parts"), // ChatGPT's exports
            JsonObject one when role != "tool" || IsPart(one) => Parts([one.DeepClone()], where),
            _ when role == "tool" => Returned(content),
            _ => throw new SimperException($"{place}: \"{where}\" has to be a text or a list of parts."),
        };

    // A tool result, as JSON.
    private Content Returned(JsonNode value) =>
        new(
            AsJson.Render(new JsonObject { ["value"] = value.DeepClone() }),
            mode == Compatibility.Strict ? null : value.DeepClone()
        );

    private static bool IsPart(JsonNode? node) =>
        node is JsonObject part
        && (part["type"]?.GetValueKind() == JsonValueKind.String || part["text"]?.GetValueKind() == JsonValueKind.String);

    private Content Parts(JsonArray list, string where)
    {
        JsonArray parts = [.. list.Select((p, i) => (JsonNode)Part(p, $"{where}[{i}]"))];
        return new Content(string.Concat(parts.Select(p => (string)p!["text"]!)), parts);
    }

    private JsonObject Part(JsonNode? node, string where)
    {
        if (node?.GetValueKind() == JsonValueKind.String)
            return new JsonObject { ["type"] = "text", ["text"] = (string)node! };
        if (node is not JsonObject part)
            throw new SimperException(
                $"{place}: \"{where}\" has to be a part of a content: {{\"type\": \"text\", \"text\": ...}}."
            );
        string? type = part["type"]?.GetValueKind() == JsonValueKind.String ? (string)part["type"]! : null;
        if (type is not null && !TextTypes.Contains(type))
            throw NoText(where, type);
        // OpenAI's assistants write {"text": {"value": ...}}.
        JsonNode? found = part["text"] is JsonObject inner ? inner["value"] : part["text"] ?? part["value"] ?? part["content"];
        if (found?.GetValueKind() != JsonValueKind.String)
            throw type is null && part.FirstOrDefault(k => k.Value is not null).Key is { } key
                ? NoText(where, key)
                : new SimperException($"{place}: \"{where}\" has to have a text.");
        var read = new JsonObject { ["type"] = "text", ["text"] = (string)found! };
        foreach ((string key, JsonNode? value) in part)
        {
            if (value is not null && key is not ("type" or "text" or "value" or "content"))
                read[key] = value.DeepClone();
        }
        return read;
    }

    private SimperException NoText(string where, string type)
    {
        string what = type switch
        {
            _ when type.Contains("image", StringComparison.OrdinalIgnoreCase) => $"an image ({type})",
            _ when type.Contains("audio", StringComparison.OrdinalIgnoreCase) => $"a recording ({type})",
            _ when type.Contains("video", StringComparison.OrdinalIgnoreCase) => $"a film ({type})",
            "tool_use" or "tool_call" => $"a call of a tool ({type}), which belongs beside the content, under tool_calls",
            "tool_result" => $"what a tool returned ({type}), which belongs in a message of the role tool",
            "thinking" or "reasoning" =>
                $"a train of thought ({type}), which belongs beside the content, under reasoning_content",
            _ => $"a part of the kind {type}",
        };
        return new SimperException(
            $"{place}: \"{where}\" is {what}; Simper trains on texts alone, so take the part, or the row, out."
        );
    }
}
