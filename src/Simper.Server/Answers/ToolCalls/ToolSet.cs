using System.Text.Json.Nodes;

namespace Simper.Server.Answers.ToolCalls;

/// <summary>The tools that a model was shown.</summary>
internal sealed class ToolSet
{
    private readonly Dictionary<string, JsonObject?> _parameters = [];

    /// <param name="tools">As the request has them.</param>
    public ToolSet(JsonArray tools)
    {
        foreach (JsonNode? tool in tools)
        {
            if (tool?["function"] is JsonObject function && (string?)function["name"] is { } name)
                _parameters[name] = function["parameters"] as JsonObject;
        }
    }

    /// <summary>Whether there is one of that name.</summary>
    public bool Has(string name) => _parameters.ContainsKey(name);

    /// <summary>
    /// A value that was written as it is, without quotation marks: what the tool's schema says it is, else the JSON that it is,
    /// or a text.
    /// </summary>
    public JsonNode? Value(string tool, string parameter, string written)
    {
        bool isText =
            _parameters.GetValueOrDefault(tool)?["properties"] is JsonObject properties
            && properties[parameter] is JsonObject schema
            && schema["type"] is JsonValue type
            && type.TryGetValue(out string? name)
            && name == "string";
        if (isText)
            return written;
        try
        {
            return JsonNode.Parse(written.Trim());
        }
        catch (System.Text.Json.JsonException)
        {
            return written.Trim() switch
            {
                "True" => true,
                "False" => false,
                "None" => null,
                _ => written,
            };
        }
    }
}
