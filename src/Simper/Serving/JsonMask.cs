using System.Text.Json.Nodes;

namespace Simper.Serving;

/// <summary>
/// Answers that are JSON: any object, or what a JSON Schema describes. Keep a mask to use it again: what it found out about
/// tokens is kept with it.
/// </summary>
public static class JsonMask
{
    /// <summary>Any JSON object.</summary>
    /// <param name="model">Whose tokens spell it.</param>
    public static ITokenMask ForObject(ServedModel model) => new GrammarMask(model.Tokens, JsonRules.AnyObject);

    /// <summary>What a JSON Schema describes.</summary>
    /// <param name="schema">The schema.</param>
    /// <param name="model">Whose tokens spell it.</param>
    /// <exception cref="SimperException">The schema is wrong, or has a keyword that no mask holds, by name.</exception>
    public static ITokenMask ForSchema(JsonNode schema, ServedModel model) =>
        new GrammarMask(model.Tokens, JsonSchemaRules.Of(schema));
}
