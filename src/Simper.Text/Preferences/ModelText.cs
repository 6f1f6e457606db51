using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Simper.Text.Templates;
using Simper.Text.Tokenization;

namespace Simper.Text.Preferences;

/// <summary>What all tokenization rules need to know about the model.</summary>
/// <param name="Tokenizer">Its tokenizer.</param>
/// <param name="Templates">Its chat templates; null for a base model.</param>
/// <param name="Stops">Tokens that end an answer.</param>
/// <param name="Bos">The token that begins a sequence, as the template names it.</param>
/// <param name="Eos">The token that ends a text.</param>
/// <param name="Options">Lengths and formats.</param>
internal sealed record ModelText(
    Tokenizer Tokenizer,
    ChatTemplates? Templates,
    HashSet<int> Stops,
    string? Bos,
    string? Eos,
    TokenizationOptions Options
)
{
    private readonly ConcurrentDictionary<ChatTemplate, ContentForms> _contents = new();

    public int? BosId => Bos is null ? null : Tokenizer.IdOf(Bos);

    public int? EosId => Eos is null ? null : Tokenizer.IdOf(Eos);

    /// <summary>Renders a group's messages, given as template values.</summary>
    public string Render(List<object?> messages, bool generation, PreferenceGroup group) =>
        Render(messages, generation, group.Tools, group.TemplateVariables);

    /// <summary>Renders messages, given as template values.</summary>
    public string Render(List<object?> messages, bool generation, JsonArray? tools, JsonObject? rowVariables)
    {
        ChatTemplate template = Template(tools is not null, rowVariables);
        ContentForms contents = _contents.GetOrAdd(template, t => new ContentForms(t, Bos, Eos, Options.TemplateVariables));
        return template.Render(
            contents.Fit(messages),
            new TemplateContext
            {
                AddGenerationPrompt = generation,
                BosToken = Bos,
                EosToken = Eos,
                Tools = tools,
                Variables = Options.TemplateVariables,
                RowVariables = rowVariables,
            }
        );
    }

    // As in transformers, an argument chat_template may select one of several templates.
    private ChatTemplate Template(bool hasTools, JsonObject? rowVariables)
    {
        JsonNode? named = rowVariables?["chat_template"] ?? Options.TemplateVariables?["chat_template"];
        return Templates!.For(
            hasTools,
            named is JsonValue value && value.TryGetValue(out string? name) && Templates.Sources.ContainsKey(name) ? name : null
        );
    }

    /// <summary>Whether a group's texts are used as is; else they are messages, and go through the template.</summary>
    /// <exception cref="SimperException">They are messages, and there is no template.</exception>
    public bool ReadsAsText(PreferenceGroup group)
    {
        bool asText =
            group.IsText
            && (Templates is null || Options.Format == DatasetFormat.Text || Options.Compatibility != Compatibility.Strict);
        return asText || Templates is not null
            ? asText
            : throw new SimperException(
                "the model has no chat template, and the row is a conversation; give one as chat_template_path, or rows "
                    + "of plain texts."
            );
    }

    /// <summary>The text of consecutive messages without a template.</summary>
    public static string TextOf(IReadOnlyList<ChatMessage> messages) => string.Concat(messages.Select(m => m.Content));

    /// <summary>The text of an answer with the end token appended, unless it is there.</summary>
    public string EndedTextOf(IReadOnlyList<ChatMessage> answer)
    {
        string text = TextOf(answer);
        return Eos is null || text.EndsWith(Eos, StringComparison.Ordinal) ? text : text + Eos;
    }
}
