using System.Text;
using System.Text.Json.Nodes;
using Simper.Testing;
using Simper.Text.Templates;

namespace Simper.Text.Tests.Templates;

/// <summary>Chat templates with a few places changed, and the variables they are given: a sentence, or a text.</summary>
public class TemplateMutationTests
{
    private const string Template = """
        {%- set ns = namespace(last=-1, tools=[]) -%}
        {%- macro line(role, text='', n=1) -%}<|{{ role }}|>{{ text | trim }}{{ '\n' * n }}{%- endmacro -%}
        {%- if messages[0]['role'] == 'system' and messages | length > 1 -%}
          {{- line('system', messages[0].content) }}{% set messages = messages[1:] %}
        {%- endif %}
        {%- for message in messages if message.role != 'tool' recursive -%}
          {%- if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('roles alternate') }}{% endif -%}
          {%- set content = message.content -%}
          {%- set content = content if content is string else content | map(attribute='text') | join('') -%}
          {{- line(message.role, content.split('</think>')[-1] | replace('a', 'b') | upper if loop.first else content, n=2) -}}
          {%- set ns.last = loop.index -%}
        {%- else -%}nobody{%- endfor -%}
        {%- if tools is defined and tools %}{{ tools | tojson(indent=2) }}{% endif -%}
        {{- "%s %05.2f {}".format(ns.last) % ('x', 1.5) if false else '%d' % ns.last -}}
        {{- range(3) | list }}{{ {'a': [1, 2.5, none]} | items | list }}{{ 'abc'[::-1] ~ 7 // 2 ** 1 -}}
        {%- if add_generation_prompt %}<|assistant|>{{ strftime_now('%Y') | int > 2000 }}{% endif %}
        """;

    private static readonly JsonNode Variables = JsonNode.Parse(
        """
        {"messages": [{"role": "system", "content": "Be kind."}, {"role": "user", "content": [{"type": "text", "text": "hi"}]},
         {"role": "assistant", "content": "<think>x</think>well"}, {"role": "user", "content": "so"}], "tools": [{"type":
         "function", "function": {"name": "f", "parameters": {"type": "object"}}}], "add_generation_prompt": true, "bos_token":
         "<s>", "n": -3.25}
        """
    )!;

    private static void Render(byte[] template, JsonObject variables) =>
        ChatTemplate.Parse(Encoding.UTF8.GetString(template), "t").Render(variables);

    [Fact]
    public void A_changed_template_is_refused_by_a_sentence_or_renders()
    {
        byte[] good = Encoding.UTF8.GetBytes(Template);
        Render(good, Variables.DeepClone().AsObject());
        MutationRun.Read(
            16,
            "a chat template",
            Counts.Of(1_500, 20_000),
            seed => new Mutator(seed).Text(good),
            file => Render(file, Variables.DeepClone().AsObject())
        );
    }

    [Fact]
    public void Changed_variables_are_refused_by_a_sentence_or_render()
    {
        byte[] good = Encoding.UTF8.GetBytes(Template);
        MutationRun.Read(
            16,
            "the variables of a chat template",
            Counts.Of(800, 20_000),
            seed => new Mutator(seed).Json(Variables),
            file =>
            {
                JsonObject? variables = null;
                try
                {
                    variables = JsonNode.Parse(file) as JsonObject;
                    Decode(variables);
                }
                catch (Exception e) when (e is System.Text.Json.JsonException or InvalidOperationException or ArgumentException)
                {
                    throw new SimperException("no JSON"); // callers give what they have read
                }
                Render(good, variables ?? throw new SimperException("no object"));
            }
        );
    }

    // Nodes decode their texts when they are asked for.
    private static void Decode(JsonNode? node)
    {
        foreach (JsonNode? inner in node is JsonObject map ? map.Select(m => m.Value) : node as JsonArray ?? [])
            Decode(inner);
        if (node is JsonValue value)
            _ = value.TryGetValue(out string? _);
    }
}
