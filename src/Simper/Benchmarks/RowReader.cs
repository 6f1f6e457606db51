using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Simper.Text.Templates;

namespace Simper.Benchmarks;

/// <summary>
/// What a task reads from a row: question, choices and target, each from a column, a template or a function. Follows the
/// harness to the letter: a template that renders digits is a number where there are choices, one that renders a list is a list.
/// </summary>
/// <param name="config">The task.</param>
/// <param name="columns">The columns of its rows.</param>
internal sealed class RowReader(TaskConfig config, IReadOnlySet<string> columns)
{
    private readonly ConcurrentDictionary<string, PromptTemplate> _templates = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<JsonNode, Func<JsonObject, JsonNode?>> _functions = new();

    /// <summary>The question; or the place of the right one, where the choices are questions.</summary>
    public JsonNode? Question(JsonObject row, JsonNode? source)
    {
        JsonNode? value = Value(row, "doc_to_text", source);
        return IsTemplate(source) && HasChoices && PythonText.IsDigits(value!.ToString())
            ? JsonValue.Create(int.Parse(value.ToString(), System.Globalization.CultureInfo.InvariantCulture))
            : value;
    }

    /// <summary>What is right.</summary>
    public JsonNode? Target(JsonObject row, JsonNode? source)
    {
        JsonNode? value = Value(row, "doc_to_target", source);
        if (!IsTemplate(source))
            return value;
        string text = value!.ToString();
        if (HasChoices && PythonText.IsDigits(text))
            return JsonValue.Create(int.Parse(text, System.Globalization.CultureInfo.InvariantCulture));
        if (text.Length < 2 || text[0] != '[' || text[^1] != ']')
            return value;
        try
        {
            return PythonLiteral.Parse(text);
        }
        catch (FormatException)
        {
            return value;
        }
    }

    /// <summary>The choices; null if the task has none.</summary>
    public IReadOnlyList<string>? Choices(JsonObject row, JsonNode? source)
    {
        if (source is null)
            return null;
        JsonNode? value =
            source is JsonObject map && map[TaskYaml.Function] is null
                ? new JsonArray([.. map.Select(m => m.Value?.DeepClone())])
                : Value(row, "doc_to_choice", source);
        if (IsTemplate(source))
        {
            try
            {
                value = PythonLiteral.Parse(value!.ToString());
            }
            catch (FormatException e)
            {
                throw config.Fault("doc_to_choice", $"it renders {e.Message}, and so no list of choices");
            }
        }
        return value is JsonArray list
            ? [.. list.Select(c => c?.ToString() ?? "None")]
            : throw config.Fault("doc_to_choice", "it gives no list");
    }

    /// <summary>A text that is a column's name, or a template; null if there is none.</summary>
    public string? Text(JsonObject row, string key, JsonNode? source) =>
        source is null ? null : Value(row, key, source)?.ToString();

    private bool HasChoices => config["doc_to_choice"] is not null;

    private bool IsTemplate(JsonNode? source) =>
        source is JsonValue value && value.TryGetValue(out string? text) && !columns.Contains(text);

    private JsonNode? Value(JsonObject row, string key, JsonNode? source)
    {
        switch (source)
        {
            case null:
                throw config.Fault(key, "it is missing");
            case JsonValue value when value.TryGetValue(out string? text):
                return columns.Contains(text)
                    ? row[text]
                    : JsonValue.Create(
                        _templates
                            .GetOrAdd(text, t => PromptTemplate.Parse(t, $"{config.File}: {config.Name}, {key}"))
                            .Render(row)
                    );
            case JsonObject reference when reference[TaskYaml.Function] is not null:
                return Called(row, key, reference);
            default:
                return source; // a number, or a list of choices
        }
    }

    private JsonNode? Called(JsonObject row, string key, JsonObject reference)
    {
        Func<JsonObject, JsonNode?> function = _functions.GetOrAdd(
            reference,
            r => TaskFunctions.Find<Func<JsonObject, JsonNode?>>(config, key, r)!
        );
        try
        {
            return function(row);
        }
        catch (Exception e)
            when (e is NullReferenceException or InvalidOperationException or FormatException or KeyNotFoundException)
        {
            throw config.Fault(
                key,
                $"{reference[TaskYaml.Function]} does not find its columns in a row, which has "
                    + string.Join(", ", row.Select(c => c.Key))
            );
        }
    }
}
