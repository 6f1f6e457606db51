using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Simper.Server.Answers.ToolCalls;

/// <summary>Calls that are written as names and arguments with marks between them.</summary>
internal static partial class MarkedCalls
{
    private const string CodeFence = "```";

    /// <summary>&lt;function=NAME&gt; and &lt;parameter=NAME&gt; VALUE &lt;/parameter&gt; for each argument.</summary>
    public static IReadOnlyList<ToolCall>? Xml(string body, ToolSet tools)
    {
        MatchCollection functions = Function().Matches(body);
        if (functions.Count == 0 || Function().Replace(body, "").Trim().Length > 0)
            return null;
        return
        [
            .. functions.Select(function =>
            {
                string name = function.Groups["name"].Value.Trim();
                var arguments = new JsonObject();
                foreach (Match parameter in Parameter().Matches(function.Groups["body"].Value))
                {
                    string key = parameter.Groups["name"].Value.Trim();
                    arguments[key] = tools.Value(name, key, Line(parameter.Groups["value"].Value));
                }
                return new ToolCall(name, JsonCalls.Written(arguments));
            }),
        ];
    }

    /// <summary>A name, then &lt;arg_key&gt; and &lt;arg_value&gt; in turn.</summary>
    public static IReadOnlyList<ToolCall>? KeysAndValues(string body, ToolSet tools)
    {
        int end = body.IndexOf("<arg_key>", StringComparison.Ordinal);
        string name = (end < 0 ? body : body[..end]).Trim();
        if (name.Length == 0 || !tools.Has(name))
            return null;
        var arguments = new JsonObject();
        foreach (Match pair in KeyAndValue().Matches(body))
        {
            string key = pair.Groups["key"].Value.Trim();
            arguments[key] = tools.Value(name, key, Line(pair.Groups["value"].Value));
        }
        return [new ToolCall(name, JsonCalls.Written(arguments))];
    }

    /// <summary>A name and its arguments as JSON with a mark between them.</summary>
    public static IReadOnlyList<ToolCall>? NameAndArguments(string body, string mark)
    {
        int at = body.IndexOf(mark, StringComparison.Ordinal);
        return at >= 0 && JsonCalls.Named(body[..at], body[(at + mark.Length)..]) is { } call ? [call] : null;
    }

    /// <summary>A list of JSON; or NAME[ARGS]{...}, with [CALL_ID] and an id behind the name, or NAME{...}.</summary>
    public static IReadOnlyList<ToolCall>? Mistral(string body, ToolSet tools)
    {
        if (JsonCalls.Read(body) is { } all)
            return all;
        int at = body.IndexOf("[ARGS]", StringComparison.Ordinal);
        string name = at >= 0 ? body[..at] : body[..Math.Max(0, body.IndexOf('{'))];
        string arguments = at >= 0 ? body[(at + "[ARGS]".Length)..] : body[name.Length..];
        int id = name.IndexOf("[CALL_ID]", StringComparison.Ordinal);
        name = id >= 0 ? name[..id] : name;
        return (at >= 0 || tools.Has(name.Trim())) && JsonCalls.Named(name, arguments) is { } call ? [call] : null;
    }

    /// <summary>Each between marks: NAME, a mark, JSON; or the word function, a mark, NAME, JSON in a block of code.</summary>
    public static IReadOnlyList<ToolCall>? DeepSeek(string body) =>
        All(
            body,
            "<｜tool▁call▁begin｜>",
            "<｜tool▁call▁end｜>",
            call =>
            {
                int at = call.IndexOf("<｜tool▁sep｜>", StringComparison.Ordinal);
                if (at < 0)
                    return null;
                string rest = call[(at + "<｜tool▁sep｜>".Length)..];
                int code = rest.IndexOf(CodeFence, StringComparison.Ordinal);
                if (code < 0)
                    return JsonCalls.Named(call[..at], rest);
                string json = rest[(code + CodeFence.Length)..];
                json = json.StartsWith("json", StringComparison.Ordinal) ? json["json".Length..] : json;
                int end = json.LastIndexOf(CodeFence, StringComparison.Ordinal);
                return JsonCalls.Named(rest[..code], end < 0 ? json : json[..end]);
            }
        );

    /// <summary>Each between marks: functions.NAME:NUMBER, a mark and JSON.</summary>
    public static IReadOnlyList<ToolCall>? Kimi(string body) =>
        All(
            body,
            "<|tool_call_begin|>",
            "<|tool_call_end|>",
            call =>
            {
                const string mark = "<|tool_call_argument_begin|>";
                int at = call.IndexOf(mark, StringComparison.Ordinal);
                Match id = KimiName().Match(at < 0 ? "" : call[..at]);
                return id.Success ? JsonCalls.Named(id.Groups["name"].Value, call[(at + mark.Length)..]) : null;
            }
        );

    /// <summary>A name and JSON in the next line.</summary>
    public static IReadOnlyList<ToolCall>? Functionary(string body, ToolSet tools)
    {
        int at = body.IndexOf('\n');
        return at > 0 && tools.Has(body[..at].Trim()) ? NameAndArguments(body, "\n") : null;
    }

    private static IReadOnlyList<ToolCall>? All(string body, string open, string close, Func<string, ToolCall?> read)
    {
        string[] parts = body.Split(open);
        ToolCall?[] calls = [.. parts.Skip(1).Select(p => read(p.Split(close)[0]))];
        return calls.Length > 0 && parts[0].Trim().Length == 0 && calls.All(c => c is not null)
            ? [.. calls.OfType<ToolCall>()]
            : null;
    }

    // Values stand on lines of their own.
    private static string Line(string value)
    {
        value = value.StartsWith('\n') ? value[1..] : value;
        return value.EndsWith('\n') ? value[..^1] : value;
    }

    [GeneratedRegex(@"<function=(?<name>[^>]*)>(?<body>.*?)</function>", RegexOptions.Singleline)]
    private static partial Regex Function();

    [GeneratedRegex(@"<parameter=(?<name>[^>]*)>(?<value>.*?)</parameter>", RegexOptions.Singleline)]
    private static partial Regex Parameter();

    [GeneratedRegex(@"<arg_key>(?<key>.*?)</arg_key>\s*<arg_value>(?<value>.*?)</arg_value>", RegexOptions.Singleline)]
    private static partial Regex KeyAndValue();

    [GeneratedRegex(@"^\s*(functions\.)?(?<name>[^\s:]+?)(:\d+)?\s*$")]
    private static partial Regex KimiName();
}
