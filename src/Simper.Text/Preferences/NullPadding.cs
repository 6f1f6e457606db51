using System.Text.Json.Nodes;

namespace Simper.Text.Preferences;

/// <summary>
/// Tables give every row the keys that any row has, and fill them with null. In tools, their calls and template arguments such
/// keys are not the writer's; they are left out, as TRL does. What stands in a text, as JSON, was never in a table's columns and
/// stays.
/// </summary>
internal static class NullPadding
{
    private static readonly string[] Padded = ["tools", "functions", "tool_calls", "function_call", TemplateArguments.Name];

    /// <summary>Takes the keys out; whether there were any.</summary>
    public static bool Remove(JsonNode? node)
    {
        System.Runtime.CompilerServices.RuntimeHelpers.EnsureSufficientExecutionStack();
        bool any = false;
        if (node is JsonObject map)
        {
            foreach ((string key, JsonNode? value) in map)
                any |= Padded.Contains(key) ? Strip(value) : Remove(value);
        }
        foreach (JsonNode? item in node as JsonArray ?? [])
            any |= Remove(item);
        return any;
    }

    private static bool Strip(JsonNode? node)
    {
        System.Runtime.CompilerServices.RuntimeHelpers.EnsureSufficientExecutionStack();
        bool any = false;
        if (node is JsonObject map)
        {
            string[] empty = [.. map.Where(e => e.Value is null).Select(e => e.Key)];
            any = empty.Length > 0;
            foreach (string key in empty)
                map.Remove(key);
            foreach ((_, JsonNode? value) in map)
                any |= Strip(value);
        }
        foreach (JsonNode? item in node as JsonArray ?? [])
            any |= Strip(item);
        return any;
    }
}
