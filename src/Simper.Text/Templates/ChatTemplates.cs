using System.Diagnostics.CodeAnalysis;

namespace Simper.Text.Templates;

/// <summary>
/// The chat templates of a model by name: usually one, named default; some models have others for conversations with tools
/// (tool_use) or documents (rag). Immutable, thread safe.
/// </summary>
public sealed class ChatTemplates
{
    /// <summary>The name of the template that is used by default.</summary>
    public const string Default = "default";

    /// <summary>The name of the template for conversations with tools.</summary>
    public const string ToolUse = "tool_use";

    private readonly Dictionary<string, Lazy<ChatTemplate>> _parsed;
    private readonly string _from;

    private ChatTemplates(IReadOnlyDictionary<string, string> sources, string from, Func<string, string, ChatTemplate> parse)
    {
        (Sources, _from) = (sources, from);
        _parsed = sources.ToDictionary(
            s => s.Key,
            s => new Lazy<ChatTemplate>(() => parse(s.Key, s.Value)),
            StringComparer.Ordinal
        );
    }

    /// <summary>The sources by name.</summary>
    public IReadOnlyDictionary<string, string> Sources { get; }

    /// <summary>Templates by name, each parsed on first use. Null if there are none.</summary>
    /// <param name="sources">Sources by name.</param>
    /// <param name="from">Where they come from, for messages.</param>
    public static ChatTemplates? Of(IReadOnlyDictionary<string, string> sources, string from) =>
        sources.Count == 0
            ? null
            : new(sources, from, (name, text) => ChatTemplate.Parse(text, name == Default ? from : $"{from}, template {name}"));

    /// <summary>A single template.</summary>
    [return: NotNullIfNotNull(nameof(template))]
    public static implicit operator ChatTemplates?(ChatTemplate? template) => FromChatTemplate(template);

    /// <inheritdoc cref="op_Implicit"/>
    [return: NotNullIfNotNull(nameof(template))]
    public static ChatTemplates? FromChatTemplate(ChatTemplate? template) =>
        template is null ? null : new(new Dictionary<string, string> { [Default] = template.Source }, "", (_, _) => template);

    /// <summary>
    /// The template of a conversation, chosen as in transformers: by name if given, else the one for tools if there are some,
    /// else the default.
    /// </summary>
    /// <exception cref="SimperException">There is none, or it has an error.</exception>
    public ChatTemplate For(bool hasTools, string? name = null)
    {
        string chosen = name ?? (hasTools && _parsed.ContainsKey(ToolUse) ? ToolUse : Default);
        return _parsed.TryGetValue(chosen, out Lazy<ChatTemplate>? template)
            ? template.Value
            : throw new SimperException(
                $"{_from}: there are chat templates named {string.Join(", ", Sources.Keys)}, and none named {chosen}; "
                    + "give a file with the right one as chat_template_path."
            );
    }
}
