using System.Text.Json;
using System.Text.Json.Nodes;

namespace Simper.Server.Protocol;

/// <summary>The form that an answer has to have (<c>response_format</c>).</summary>
/// <param name="IsJson">Whether it has to be a JSON object, or what the schema says.</param>
/// <param name="Schema">The schema; null for any object.</param>
internal sealed record ResponseFormat(bool IsJson, JsonNode? Schema)
{
    /// <summary>Any text.</summary>
    public static ResponseFormat Text { get; } = new(false, null);

    /// <summary>Reads it.</summary>
    public static ResponseFormat Read(Fields fields)
    {
        if (fields.Object("response_format") is not { } format)
            return Text;
        switch (format.RequiredText("type"))
        {
            case "text":
                return Text;
            case "json_object":
                return new ResponseFormat(true, null);
            case "json_schema":
                Fields named = format.Object("json_schema") ?? throw format.Missing("json_schema");
                named.Skip("description", "strict");
                named.Text("name", 64);
                JsonElement schema = named.Any("schema") ?? throw named.Missing("schema");
                return schema.ValueKind is JsonValueKind.Object or JsonValueKind.True
                    ? new ResponseFormat(true, JsonNode.Parse(schema.GetRawText()))
                    : throw named.WrongType("schema", schema, "an object");
            case var other:
                throw ApiException.Invalid(
                    "response_format.type",
                    $"Invalid value: '{other}'. Supported values are: 'text', 'json_object' and 'json_schema'."
                );
        }
    }
}
