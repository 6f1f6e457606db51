using System.Text.Json.Nodes;

namespace Simper.Text.Preferences;

/// <summary>
/// Tables give every row the keys that any row has, filled with null. In tools, their calls and template arguments such keys are
/// not the author's; they are removed, as in TRL. JSON inside a string was never in a table's columns and is kept.
/// </summary>
internal static class NullPadding
{
    private static readonly string[] Padded = ["tools", "functions", "tool_calls", "function_call", TemplateArguments.Name];

    /// <summary>Removes the keys; returns whether there were any.</summary>
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
