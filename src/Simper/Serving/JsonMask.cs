using System.Text.Json.Nodes;

namespace Simper.Serving;

/// <summary>Answers that are JSON: any object, or what a JSON Schema describes.</summary>
public static class JsonMask
{
    /// <summary>Any JSON object.</summary>
    /// <param name="model">Whose tokens spell it.</param>
    public static ITokenMask ForObject(ServedModel model) => throw new SimperException($"{model.Name}: no JSON masks yet.");

    /// <summary>What a JSON Schema describes.</summary>
    /// <param name="schema">The schema.</param>
    /// <param name="model">Whose tokens spell it.</param>
    /// <exception cref="SimperException">The schema is wrong, or has a keyword that no mask holds; the message names it.</exception>
    public static ITokenMask ForSchema(JsonNode schema, ServedModel model) =>
        throw new SimperException($"{model.Name}: no JSON masks yet, and so none for {schema.GetValueKind()}.");
}
