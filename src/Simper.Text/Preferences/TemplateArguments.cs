using System.Text.Json;
using System.Text.Json.Nodes;

namespace Simper.Text.Preferences;

/// <summary>Variables of a chat template beside the conversation (<c>chat_template_kwargs</c>).</summary>
public static class TemplateArguments
{
    /// <summary>The name of the column and of the recipe key.</summary>
    public const string Name = "chat_template_kwargs";

    private static readonly string[] Reserved = ["messages", "tools", "add_generation_prompt"];

    /// <summary>The arguments in a row's own column; null if there are none.</summary>
    /// <exception cref="SimperException">They are not a map of names to values.</exception>
    internal static JsonObject? OfRow(JsonObject row, string place) =>
        row[Name] switch
        {
            null => null,
            JsonObject map => map.Count == 0 ? null : Checked(map.DeepClone().AsObject(), $"{place}: \"{Name}\""),
            JsonValue text when text.GetValueKind() == JsonValueKind.String => Parse((string)text!, $"{place}: \"{Name}\""),
            _ => throw new SimperException($"{place}: \"{Name}\" has to be an object of names and values."),
        };

    /// <summary>Arguments in a string; null if it is empty.</summary>
    /// <param name="json">A JSON object, such as <c>{"enable_thinking": false}</c>.</param>
    /// <param name="subject">What the text is, for messages.</param>
    /// <exception cref="SimperException">It is not one, or sets a variable that templates get anyway.</exception>
    public static JsonObject? Parse(string json, string subject)
    {
        if (json.Trim() is "" or "null" or "{}")
            return null;
        try
        {
            if (JsonNode.Parse(json) is JsonObject map)
                return Checked(map, subject);
        }
        catch (JsonException)
        {
            // Reported below, as for JSON that is not a map.
        }
        throw new SimperException(
            $"{subject} is {json}; it has to be a map of names and values, as {{\"enable_thinking\": false}}."
        );
    }

    private static JsonObject Checked(JsonObject map, string subject) =>
        Array.Find(Reserved, map.ContainsKey) is { } name
            ? throw new SimperException($"{subject} has {name}, which every template is given already; take it out.")
            : map;
}
