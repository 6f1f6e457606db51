using Simper.Text.Templates;

namespace Simper.Text.Preferences;

/// <summary>The chat template that the code of SimPER's authors uses in place of a model's own.</summary>
public static class SimPerReferenceTemplate
{
    private static readonly Lazy<ChatTemplate> Mistral = new(() =>
        ChatTemplate.Parse(
            """
            {%- for m in messages -%}
                {%- if m.role == 'system' and loop.first %}
                {%- else -%}
                    {%- set first = loop.index0 == (1 if messages[0].role == 'system' else 0) -%}
                    {%- set system = messages[0].content.strip() + '\n\n' if first and messages[0].role == 'system' else '' -%}
                    {%- set text = system + m.content -%}
                    {{- '[INST] ' + text.strip() + ' [/INST]' if m.role == 'user' else ' ' + text.strip() + ' ' + eos_token -}}
                {%- endif -%}
            {%- endfor -%}
            """,
            "Mistral's turns as SimPER's authors have them"
        )
    );

    /// <summary>
    /// For a model whose path contains "mistral", in any case, Mistral's turns without a start token; null for others.
    /// </summary>
    /// <param name="modelPath">The path or name of the model.</param>
    public static ChatTemplate? For(string modelPath) =>
        modelPath.Contains("mistral", StringComparison.OrdinalIgnoreCase) ? Mistral.Value : null;
}
