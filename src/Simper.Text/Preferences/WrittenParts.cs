using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Simper.Text.Templates;

namespace Simper.Text.Preferences;

/// <summary>
/// Checks that a template has written what messages say: text, reasoning and tool calls. Templates trim, wrap and escape what
/// they write, so only letters and digits are compared.
/// </summary>
internal static partial class WrittenParts
{
    private static readonly string[] Reasoning = ["reasoning_content", "reasoning", "thinking", "thought"];

    /// <summary>How much of the messages' content a text contains.</summary>
    public static (bool Any, bool All) Of(IEnumerable<ChatMessage> messages, string text)
    {
        string? letters = null;
        (bool any, bool all, bool expected) = (false, true, false);
        foreach (string part in messages.SelectMany(Parts))
        {
            bool isThere =
                text.Contains(part, StringComparison.Ordinal)
                || Letters(part) is { Length: > 0 } wanted
                    && (letters ??= Letters(text)).Contains(wanted, StringComparison.Ordinal);
            (any, all, expected) = (any || isThere, all && isThere, true);
        }
        return (any || !expected, all);
    }

    /// <summary>Whether a text mentions tools: one of their names.</summary>
    public static bool HasTool(JsonArray tools, string text) =>
        tools.Any(t => Name(t) is { } name && text.Contains(name, StringComparison.Ordinal));

    /// <summary>Whether messages have tool calls that a text omits completely.</summary>
    public static bool LacksCalls(IEnumerable<ChatMessage> messages, string text) =>
        messages.Any(m =>
            m.Extra?["tool_calls"] is JsonArray { Count: > 0 } calls
            && !calls.Any(c => Name(c) is not { } name || text.Contains(name, StringComparison.Ordinal))
        );

    private static IEnumerable<string> Parts(ChatMessage message)
    {
        IEnumerable<string> texts = [message.Content];
        if (message.Extra is { } extra)
        {
            texts = texts.Concat(Leaves(extra["content"], "text")).Concat(Reasoning.SelectMany(r => Leaves(extra[r], null)));
            foreach (JsonNode? call in extra["tool_calls"] as JsonArray ?? [])
                texts = texts.Append(Name(call) ?? "");
        }
        // Text between tags is searched piece by piece: templates put other tags around reasoning.
        return texts.SelectMany(t => Tag().Split(t)).Select(t => t.Trim()).Where(t => t.Length > 0);
    }

    private static IEnumerable<string> Leaves(JsonNode? node, string? key) =>
        node switch
        {
            JsonArray list => list.SelectMany(i => Leaves(i, key)),
            JsonObject map when key is not null => Leaves(map[key], null),
            JsonValue text when text.GetValueKind() == JsonValueKind.String => [(string)text!],
            _ => [],
        };

    /// <summary>The name of a tool or of a call; null if it has none.</summary>
    public static string? Name(JsonNode? toolOrCall)
    {
        JsonNode? inner = toolOrCall is JsonObject map ? map["function"] as JsonObject ?? map : null;
        return inner?["name"] is JsonValue name && name.TryGetValue(out string? text) && text.Length > 0 ? text : null;
    }

    private static string Letters(string text) => string.Concat(text.Where(char.IsLetterOrDigit)).ToLowerInvariant();

    [GeneratedRegex(@"</?[\w:|]{1,40}>|\[/?[A-Z_]{1,40}\]")]
    private static partial Regex Tag();
}
