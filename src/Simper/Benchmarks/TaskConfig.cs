using System.Globalization;
using System.Text.Json.Nodes;
using Simper.Runs;

namespace Simper.Benchmarks;

/// <summary>
/// The keys of one task, with the names and defaults of lm-evaluation-harness. Keys that it does not have, and those that this
/// program cannot follow, are refused. Immutable.
/// </summary>
public sealed class TaskConfig
{
    private static readonly string[] Known =
    [
        "task",
        "task_alias",
        "tag",
        "dataset_path",
        "dataset_name",
        "dataset_kwargs",
        "training_split",
        "validation_split",
        "test_split",
        "fewshot_split",
        "process_docs",
        "doc_to_text",
        "doc_to_target",
        "doc_to_choice",
        "process_results",
        "description",
        "target_delimiter",
        "fewshot_delimiter",
        "fewshot_config",
        "num_fewshot",
        "metric_list",
        "output_type",
        "generation_kwargs",
        "repeats",
        "filter_list",
        "should_decontaminate",
        "doc_to_decontamination_query",
        "gen_prefix",
        "metadata",
    ];

    // Read by the harness, without an effect on text tasks; or what would need its Python.
    private static readonly string[] Foreign = ["custom_dataset", "doc_to_image", "doc_to_audio", "use_prompt"];

    private static readonly string[] OutputTypes =
    [
        "loglikelihood",
        "multiple_choice",
        "loglikelihood_rolling",
        "generate_until",
    ];

    private readonly JsonObject _keys;

    internal TaskConfig(JsonObject keys, TaskFile file)
    {
        (_keys, File) = (keys, file);
        Name = keys["task"] is JsonValue name ? name.ToString() : throw Fault("task", "it is missing");
        foreach ((string key, JsonNode? value) in keys)
        {
            if (Foreign.Contains(key) && value is not null)
                throw Fault(key, "this program does not read it");
            if (key == "unsafe_code" && value?.ToString() is "True" or "true")
                throw Fault(key, "answers are not executed");
            if (!Known.Contains(key) && !Foreign.Contains(key) && key != "unsafe_code")
                throw Fault(key, $"there is no such key{NearestName.Question(key, Known, "")}");
        }
        if (!OutputTypes.Contains(OutputType))
            throw Fault("output_type", $"{OutputType} is none of {string.Join(", ", OutputTypes)}");
    }

    /// <summary>The task's name.</summary>
    public string Name { get; }

    /// <summary>The name in tables.</summary>
    public string Alias => Text("task_alias") ?? Name;

    /// <summary>What the model is asked for: loglikelihood, multiple_choice, loglikelihood_rolling or generate_until.</summary>
    public string OutputType => Text("output_type") ?? "generate_until";

    /// <summary>Shots before each question; null if the file does not say.</summary>
    public int? NumFewshot => Number("num_fewshot");

    /// <summary>Between question and answer.</summary>
    public string TargetDelimiter => Text("target_delimiter") ?? " ";

    /// <summary>Between shots.</summary>
    public string FewshotDelimiter => Text("fewshot_delimiter") ?? "\n\n";

    /// <summary>Answers asked for each question.</summary>
    public int Repeats => Math.Max(1, Number("repeats") ?? 1);

    /// <summary>The version of the task, as its metadata have it.</summary>
    public string Version => _keys["metadata"]?["version"]?.ToJsonString() ?? "\"Yaml\"";

    /// <summary>The file that it comes from.</summary>
    internal TaskFile File { get; }

    /// <summary>All keys as written, includes resolved.</summary>
    public JsonObject ToJson() => _keys.DeepClone().AsObject();

    /// <summary>A key's value; null if it is missing or null.</summary>
    internal JsonNode? this[string key] => _keys[key];

    /// <summary>A key of <c>fewshot_config</c>, or the task's own where that lacks it.</summary>
    internal JsonNode? Fewshot(string key) =>
        _keys["fewshot_config"] is JsonObject shots && shots[key] is { } own ? own : _keys[key];

    internal string? Text(string key) =>
        _keys[key] switch
        {
            null => null,
            JsonValue value => value.ToString(),
            _ => throw Fault(key, "it has to be a text"),
        };

    internal int? Number(string key) =>
        _keys[key] switch
        {
            null => null,
            JsonValue value
                when int.TryParse(
                    value.ToJsonString().Trim('"'),
                    NumberStyles.AllowLeadingSign,
                    CultureInfo.InvariantCulture,
                    out int n
                )
                    && n >= 0 => n,
            _ => throw Fault(key, "it has to be a whole number, 0 or more"),
        };

    /// <summary>The same with other values of some keys.</summary>
    internal TaskConfig With(JsonObject changes)
    {
        JsonObject keys = ToJson();
        foreach ((string key, JsonNode? value) in changes)
            keys[key] = value?.DeepClone();
        return new TaskConfig(keys, File);
    }

    internal SimperException Fault(string key, string what) =>
        new($"{File}: {(_keys["task"] is JsonValue name && key != "task" ? name + ", " : "")}{key}: {what}.");
}
