using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Simper.Text.Templates;

namespace Simper.Text.Preferences;

/// <summary>
/// The form in which a chat template takes contents: most take strings, those of vision models also lists of parts, some only
/// lists. Determined by trial renderings, one role at a time, since templates check in many ways. Thread safe.
/// </summary>
/// <param name="template">The template.</param>
/// <param name="bos">The token that begins a sequence.</param>
/// <param name="eos">The token that ends a text.</param>
/// <param name="variables">Additional variables of the template.</param>
internal sealed class ContentForms(ChatTemplate template, string? bos, string? eos, JsonObject? variables)
{
    private const string First = "Kestrel1";
    private const string Second = "Plover2"; // words that no template writes itself

    private readonly ConcurrentDictionary<string, (bool Text, bool Parts)> _taken = new(StringComparer.Ordinal);
    private readonly bool _knowsDeveloper = template.Source.Contains("developer", StringComparison.Ordinal);

    /// <summary>
    /// Messages with their contents in the form that the template takes: parts joined if it takes strings, a string as the only
    /// part if it takes parts. The role developer becomes system if the template does not know it.
    /// </summary>
    public List<object?> Fit(List<object?> messages) =>
        messages.Exists(m => m is TemplateMap map && !Fits(map))
            ? [.. messages.Select(m => m is TemplateMap map && !Fits(map) ? Fitted(map) : m)]
            : messages;

    private bool Fits(TemplateMap message)
    {
        if (!_knowsDeveloper && message["role"] is "developer")
            return false;
        return message.GetValueOrDefault("content") switch
        {
            string { Length: > 0 } => Taken(message).Text || !Taken(message).Parts,
            List<object?> parts when parts.TrueForAll(IsText) => Taken(message).Parts,
            _ => true,
        };
    }

    private TemplateMap Fitted(TemplateMap message)
    {
        var fitted = new TemplateMap();
        foreach ((object key, object? value) in message)
            fitted[key] = value;
        if (!_knowsDeveloper && message["role"] is "developer")
            fitted["role"] = "system";
        if (fitted.GetValueOrDefault("content") is List<object?> parts && parts.TrueForAll(IsText) && !Taken(fitted).Parts)
            fitted["content"] = string.Concat(parts.Select(p => (string)((TemplateMap)p!)["text"]!));
        else if (
            fitted.GetValueOrDefault("content") is string { Length: > 0 } text
            && Taken(fitted) is { Text: false, Parts: true }
        )
            fitted["content"] = new List<object?> { Part(text) };
        return fitted;
    }

    private static bool IsText(object? part) =>
        part is TemplateMap map && map.GetValueOrDefault("type") is "text" && map.GetValueOrDefault("text") is string;

    private static TemplateMap Part(string text) => new() { ["type"] = "text", ["text"] = text };

    private (bool Text, bool Parts) Taken(TemplateMap message) =>
        _taken.GetOrAdd(
            message["role"] as string ?? "",
            role => (Writes(role, First + Second), Writes(role, new List<object?> { Part(First), Part(Second) }))
        );

    // Whether both words are written, but not the list itself as Python prints it.
    private bool Writes(string role, object content)
    {
        var asked = new TemplateMap
        {
            ["role"] = "user",
            ["content"] = content is string ? "Hi" : new List<object?> { Part("Hi") },
        };
        var message = new TemplateMap { ["role"] = role, ["content"] = content };
        List<object?> messages = role switch
        {
            "system" or "developer" => [message, asked],
            "assistant" => [asked, message],
            "tool" => [asked, Call(), message],
            _ => [message],
        };
        try
        {
            string text = template.Render(
                messages,
                new TemplateContext
                {
                    BosToken = bos,
                    EosToken = eos,
                    Variables = variables,
                }
            );
            return text.Contains(First, StringComparison.Ordinal)
                && text.Contains(Second, StringComparison.Ordinal)
                && !text.Contains("'text'", StringComparison.Ordinal)
                && !text.Contains("\"text\"", StringComparison.Ordinal);
        }
        catch (SimperException)
        {
            return false;
        }
    }

    private static TemplateMap Call() =>
        new()
        {
            ["role"] = "assistant",
            ["content"] = "",
            ["tool_calls"] = new List<object?>
            {
                new TemplateMap
                {
                    ["id"] = "call00000",
                    ["type"] = "function",
                    ["function"] = new TemplateMap { ["name"] = "look", ["arguments"] = new TemplateMap() },
                },
            },
        };
}
