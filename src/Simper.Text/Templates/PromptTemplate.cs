using System.Text.Json.Nodes;

namespace Simper.Text.Templates;

/// <summary>
/// A prompt of an evaluation task: Jinja as lm-evaluation-harness renders it, with white space and final newline as they stand,
/// and with an error for names that the row does not have. Limited and sandboxed as <see cref="ChatTemplate"/>. Immutable, thread
/// safe.
/// </summary>
public sealed class PromptTemplate
{
    private readonly IReadOnlyList<Statement> _body;
    private readonly string _name;

    private PromptTemplate(string name, IReadOnlyList<Statement> body) => (_name, _body) = (name, body);

    /// <summary>Parses a template once, for many renderings.</summary>
    /// <param name="source">The template's source.</param>
    /// <param name="name">Where it comes from, for messages: "arc.yaml, doc_to_text".</param>
    /// <exception cref="SimperException">A syntax error, or an unsupported part of Jinja.</exception>
    public static PromptTemplate Parse(string source, string name)
    {
        try
        {
            return new PromptTemplate(name, TemplateParser.Parse(source, isVerbatim: true));
        }
        catch (TemplateException e)
        {
            throw new SimperException($"{name}: {e.Message}", e);
        }
    }

    /// <summary>Renders a row.</summary>
    /// <param name="row">Its columns, by the names that the template uses.</param>
    /// <exception cref="SimperException">The template names what the row does not have, or exceeds a limit.</exception>
    public string Render(JsonObject row)
    {
        try
        {
            return new Interpreter(TimeProvider.System, isStrict: true).Render(
                _body,
                scope =>
                {
                    foreach ((string column, JsonNode? value) in row)
                        scope.Set(column, Values.FromJson(value));
                }
            );
        }
        catch (TemplateException e)
        {
            throw new SimperException($"{_name}: {e.Message}", e);
        }
        catch (InsufficientExecutionStackException e)
        {
            throw new SimperException($"{_name}: it is nested too deeply, or calls itself without end.", e);
        }
    }
}
