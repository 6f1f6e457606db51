using System.Text.Json.Nodes;

namespace Simper.Text.Templates;

/// <summary>
/// A chat template: the part of Jinja that published templates use, with the rendering of Hugging Face's environment
/// (trim_blocks, lstrip_blocks, loop controls, tojson without HTML escapes). Sandboxed by construction: values are null,
/// booleans, numbers, strings, lists and maps; there is no reflection and no access to the host. Work, memory and time are
/// limited. Immutable, thread safe.
/// </summary>
public sealed class ChatTemplate
{
    private const int LongestSource = 256 * 1024;

    private readonly IReadOnlyList<Statement> _body;
    private readonly string _name;

    private ChatTemplate(string source, string name, IReadOnlyList<Statement> body) =>
        (Source, _name, _body) = (source, name, body);

    /// <summary>The template's source.</summary>
    public string Source { get; }

    /// <summary>Parses a template once, for many renderings.</summary>
    /// <param name="source">The template's source.</param>
    /// <param name="name">Where it comes from, for messages.</param>
    /// <exception cref="SimperException">A syntax error, or an unsupported part of Jinja: with line and column.</exception>
    public static ChatTemplate Parse(string source, string name)
    {
        if (source.Length > LongestSource)
            throw new SimperException(
                $"{name}: the chat template has {source.Length} characters; at most {LongestSource} are read."
            );
        try
        {
            return new ChatTemplate(source, name, TemplateParser.Parse(source));
        }
        catch (TemplateException e)
        {
            throw new SimperException($"{name}: chat template, {e.Message}", e);
        }
    }

    /// <summary>Renders a conversation.</summary>
    /// <exception cref="SimperException">The template raised an error (for example, roles that do not alternate), used something
    /// undefined, or exceeded a limit.</exception>
    public string Render(IReadOnlyList<ChatMessage> messages, TemplateContext context)
    {
        return Render([.. messages.Select(m => m.ToValue())], context);
    }

    /// <summary>Renders messages that are already template values.</summary>
    internal string Render(List<object?> messages, TemplateContext context) =>
        Render(
            scope =>
            {
                scope.Set("messages", messages);
                scope.Set("add_generation_prompt", context.AddGenerationPrompt);
                if (context.BosToken is not null)
                    scope.Set("bos_token", context.BosToken);
                if (context.EosToken is not null)
                    scope.Set("eos_token", context.EosToken);
                if (context.Tools is not null)
                    scope.Set("tools", Values.FromJson(context.Tools));
                SetAll(scope, context.Variables);
                SetAll(scope, context.RowVariables);
            },
            context.Clock
        );

    /// <summary>Renders with the given variables.</summary>
    /// <inheritdoc cref="Render(IReadOnlyList{ChatMessage}, TemplateContext)"/>
    public string Render(JsonObject variables, TimeProvider? clock = null) =>
        Render(scope => SetAll(scope, variables), clock ?? TimeProvider.System);

    private static void SetAll(Scope scope, JsonObject? variables)
    {
        if (variables is null)
            return;
        foreach ((string name, JsonNode? value) in variables)
            scope.Set(name, Values.FromJson(value));
    }

    private string Render(Action<Scope> given, TimeProvider clock)
    {
        try
        {
            return new Interpreter(clock).Render(_body, given);
        }
        catch (TemplateException e)
        {
            throw new SimperException($"{_name}: chat template, {e.Message}", e);
        }
        catch (InsufficientExecutionStackException e)
        {
            throw new SimperException($"{_name}: chat template: it is nested too deeply, or calls itself without end.", e);
        }
    }
}
