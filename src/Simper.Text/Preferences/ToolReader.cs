using System.Text.Json;
using System.Text.Json.Nodes;

namespace Simper.Text.Preferences;

/// <summary>
/// Tools and their calls as people write them (nested as in OpenAI's API, flat, as JSON in a string, a single one), in the form
/// that chat templates expect: <c>{"type": "function", "function": {"name": ..., "arguments": {...}}}</c>.
/// </summary>
/// <param name="place">File and line, for messages.</param>
/// <param name="mode">Other programs pass arguments that are strings, and flat tools, to the template as they are.</param>
internal sealed class ToolReader(string place, Compatibility mode)
{
    private static readonly string[] ArgumentKeys = ["arguments", "parameters", "args", "input"];

    /// <summary>Calls; empty if there are none.</summary>
    public JsonArray Calls(JsonNode node, string where) => [.. Items(node, where).Select(i => (JsonNode)Call(i.Item, i.Where))];

    /// <summary>Tools, or null if there are none.</summary>
    public JsonArray? Tools(JsonNode? node, string where)
    {
        JsonArray tools = [.. Items(node, where).Select(i => (JsonNode)Tool(i.Item))];
        return tools.Count > 0 ? tools : null;
    }

    // A list, a single one, or either as JSON in a string; nulls that tables fill in are not items.
    private IEnumerable<(JsonObject Item, string Where)> Items(JsonNode? node, string where)
    {
        JsonNode? parsed = Parsed(node, where);
        JsonNode?[] items =
            parsed is JsonArray list ? [.. list]
            : parsed is JsonObject { Count: 0 } ? []
            : [parsed];
        for (int i = 0; i < items.Length; i++)
        {
            string at = parsed is JsonArray ? $"{where}[{i}]" : where;
            if (Parsed(items[i], at) is not { } item)
                continue;
            yield return (item as JsonObject ?? throw Wrong(at, parsed is JsonArray ? "be an object" : "be a list"), at);
        }
    }

    private JsonNode? Parsed(JsonNode? node, string where)
    {
        if (node?.GetValueKind() != JsonValueKind.String)
            return node;
        string text = ((string)node!).Trim();
        if (text is "" or "null" or "None")
            return null;
        try
        {
            return RowJson.ParseValue(text);
        }
        catch (JsonException e)
        {
            throw new SimperException($"{place}: \"{where}\" is no JSON: {SystemFault.Sentence(e)}.", e);
        }
    }

    private JsonObject Call(JsonObject call, string where)
    {
        JsonObject function = call["function"] as JsonObject ?? call;
        JsonNode? name = function["name"] ?? call["function"];
        if (name?.GetValueKind() != JsonValueKind.String)
            throw Wrong(where, "be a call of a tool, {\"name\": ..., \"arguments\": {...}}");
        JsonObject inner = Function(function, (string)name!);
        var read = new JsonObject();
        if (call["type"] is null)
            read["type"] = "function";
        if (ReferenceEquals(function, call))
            read["function"] = inner;
        foreach ((string key, JsonNode? value) in call)
        {
            if (key == "function")
                read[key] = inner;
            else if (value is not null && (!ReferenceEquals(function, call) || !(key == "name" || ArgumentKeys.Contains(key))))
                read[key] = value.DeepClone();
        }
        return read;
    }

    private JsonObject Function(JsonObject written, string name)
    {
        string? arguments = Array.Find(ArgumentKeys, k => written[k] is not null);
        var function = new JsonObject();
        foreach (string key in written.Select(k => k.Key).Where(k => k == "name" || k == arguments))
            function[key == "name" ? key : "arguments"] = key == "name" ? name : Arguments(written[key]);
        function.TryAdd("name", name);
        function.TryAdd("arguments", new JsonObject());
        return function;
    }

    // A model sees the arguments, not the string that a program stored them in.
    private JsonNode Arguments(JsonNode? arguments)
    {
        if (arguments is null)
            return new JsonObject();
        if (mode != Compatibility.Strict || arguments.GetValueKind() != JsonValueKind.String)
            return arguments.DeepClone();
        string text = (string)arguments!;
        if (text.Trim() is "" or "null")
            return new JsonObject();
        try
        {
            return RowJson.ParseValue(text) is JsonObject parsed ? parsed : arguments.DeepClone();
        }
        catch (JsonException)
        {
            return arguments.DeepClone(); // a malformed call is a reason to reject an answer
        }
    }

    private JsonObject Tool(JsonObject tool) =>
        mode == Compatibility.Strict && tool["function"] is not JsonObject && tool["name"]?.GetValueKind() == JsonValueKind.String
            ? new JsonObject { ["type"] = "function", ["function"] = tool.DeepClone() }
            : tool.DeepClone().AsObject();

    private SimperException Wrong(string where, string wanted) => new($"{place}: \"{where}\" has to {wanted}.");
}
