using System.Text.Json.Nodes;
using Simper.Models;

namespace Simper.Benchmarks;

/// <summary>
/// A task with its rows: makes the requests to the model, with shots and chat template as lm-evaluation-harness does, and turns
/// answers into figures. Immutable.
/// </summary>
public sealed class BenchmarkTask
{
    private readonly PromptOptions _options;
    private readonly Lazy<IReadOnlyList<JsonObject>> _shots;
    private readonly RowReader _reader;
    private readonly RowScorer _scorer;
    private readonly bool _isMultipleInput;

    private BenchmarkTask(TaskConfig config, IReadOnlyList<JsonObject> rows, TaskData data, PromptOptions options)
    {
        (Config, Rows, _options) = (config, rows, options);
        NumFewshot = config.NumFewshot == 0 ? 0 : options.NumFewshot ?? config.NumFewshot ?? 0;
        _shots = new(() => ShotRows(config, data));
        _reader = new RowReader(config, rows.SelectMany(r => r.Select(c => c.Key)).ToHashSet(StringComparer.Ordinal));
        _isMultipleInput = HasChoices && config.OutputType == "multiple_choice" && IsNumber(Question(rows[0]));
        bool hasSeveralTargets = Target(rows[0]) is JsonArray;
        Metrics = TaskMetric.Of(config);
        Filters = ResponseFilter.Of(config);
        _scorer = new RowScorer(this, _reader, _isMultipleInput, hasSeveralTargets);
    }

    /// <summary>The task's keys.</summary>
    public TaskConfig Config { get; }

    /// <summary>All rows of the split that is asked.</summary>
    public IReadOnlyList<JsonObject> Rows { get; }

    /// <summary>Shots in front of each question.</summary>
    public int NumFewshot { get; }

    /// <summary>Names of its figures.</summary>
    public IEnumerable<string> MetricNames => Metrics.Select(m => m.Name);

    internal IReadOnlyList<TaskMetric> Metrics { get; }

    internal IReadOnlyList<ResponseFilter> Filters { get; }

    /// <summary>Reads a task's rows.</summary>
    /// <exception cref="SimperException">The task or its data are wrong, or not there.</exception>
    public static BenchmarkTask Load(TaskConfig config, PromptOptions options)
    {
        var data = new TaskData(config, options.DataFolder);
        string split =
            config.Text("test_split")
            ?? config.Text("validation_split")
            ?? throw config.Fault("test_split", "neither it nor validation_split is given");
        return new BenchmarkTask(
            config,
            Processed(config, "process_docs", config["process_docs"], data.Rows(split)),
            data,
            options
        );
    }

    /// <summary>The rows with their requests, in order.</summary>
    /// <param name="chat">The model in whose chat template prompts are written; null for plain text.</param>
    /// <exception cref="SimperException">A row lacks what the task reads of it.</exception>
    public IEnumerable<TaskSample> Samples(ModelFiles? chat = null)
    {
        ChatPrompt? template = chat is null ? null : new ChatPrompt(chat, _options.FewshotAsMultiturn);
        ShotSampler? sampler = NumFewshot > 0 ? new ShotSampler(Config, _shots.Value, _options.FewshotSeed) : null;
        int count = Math.Min(_options.Limit ?? Rows.Count, Rows.Count);
        for (int i = 0; i < count; i++)
        {
            JsonObject row = Rows[i];
            IReadOnlyList<JsonObject> shots = sampler?.Shots(row, NumFewshot) ?? [];
            IReadOnlyList<string> contexts = Contexts(row, shots, template);
            yield return new TaskSample(i, row, Target(row)?.DeepClone(), [.. Requests(row, contexts, template is not null)]);
        }
    }

    /// <summary>The figures of a row.</summary>
    internal RowFigures Score(JsonObject row, TaskAnswers answers) => _scorer.Score(row, answers);

    internal JsonNode? Target(JsonObject row) => Config["doc_to_target"] is { } source ? _reader.Target(row, source) : null;

    internal JsonNode? Question(JsonObject row) => Config["doc_to_text"] is { } source ? _reader.Question(row, source) : null;

    internal IReadOnlyList<string>? Choices(JsonObject row) => _reader.Choices(row, Config["doc_to_choice"]);

    internal static bool IsNumber(JsonNode? node) =>
        node is JsonValue value && value.GetValueKind() == System.Text.Json.JsonValueKind.Number;

    private bool HasChoices => Config["doc_to_choice"] is not null;

    // What a prompt consists of: description, shots, the question; several prompts where the choices are questions.
    private IReadOnlyList<string> Contexts(JsonObject row, IReadOnlyList<JsonObject> shots, ChatPrompt? chat)
    {
        if (Config.OutputType == "loglikelihood_rolling")
            return [""];
        var turns = new List<PromptTurn>();
        string description =
            _reader.Text(row, "description", Config.Text("description") is { Length: > 0 } ? Config["description"] : null) ?? "";
        string system = Delimited(_options.SystemInstruction, description, Config.FewshotDelimiter);
        if (system.Length > 0)
            turns.Add(new PromptTurn("system", system));
        foreach (JsonObject shot in shots)
            turns.AddRange(ShotTurns(shot));
        string? begun = _reader.Text(row, "gen_prefix", Config["gen_prefix"]);
        if (!_isMultipleInput)
            return [Rendered([.. turns, .. QuestionTurns(Text(Question(row)), begun, Config.TargetDelimiter)], chat)];
        return [.. Choices(row)!.Select(c => Rendered([.. turns, .. QuestionTurns(c, begun, "")], chat))];
    }

    private IEnumerable<PromptTurn> ShotTurns(JsonObject shot)
    {
        JsonNode? question = _reader.Question(shot, Config.Fewshot("doc_to_text"));
        IReadOnlyList<string>? choices = _reader.Choices(shot, Config.Fewshot("doc_to_choice"));
        JsonNode? answer = _reader.Target(shot, Config.Fewshot("doc_to_target"));
        string? begun = _reader.Text(shot, "gen_prefix", Config.Fewshot("gen_prefix"));
        if (_isMultipleInput)
            (question, choices) = (JsonValue.Create(Choice(choices!, question!)), null);
        string text =
            choices is not null && IsNumber(answer) ? Choice(choices, answer!)
            : answer is JsonArray several ? several.FirstOrDefault()?.ToString() ?? ""
            : answer is JsonValue value && value.TryGetValue(out string? written) ? written
            : throw Config.Fault("doc_to_target", "the target of a shot is no text");
        string target = Config.Fewshot("target_delimiter")?.ToString() ?? " ";
        string between = Config.Fewshot("fewshot_delimiter")?.ToString() ?? "\n\n";
        if (text.Length == 0)
            return QuestionTurns(Text(question), begun, target);
        string asked = Text(question);
        bool isDelimited = string.IsNullOrEmpty(begun) || NeedsDelimiter(asked, begun);
        return
        [
            new PromptTurn("user", asked, isDelimited ? target : ""),
            new PromptTurn("assistant", Delimited(begun, text, " "), between),
        ];
    }

    private static IEnumerable<PromptTurn> QuestionTurns(string question, string? begun, string delimiter) =>
        string.IsNullOrEmpty(begun)
            ? [new PromptTurn("user", question)]
            :
            [
                new PromptTurn("user", question, NeedsDelimiter(question, begun) ? delimiter : ""),
                new PromptTurn("assistant", begun),
            ];

    private IEnumerable<BenchmarkRequest> Requests(JsonObject row, IReadOnlyList<string> contexts, bool isChat)
    {
        switch (Config.OutputType)
        {
            case "loglikelihood":
                yield return new BenchmarkRequest.Continuation(contexts[0], Text(Target(row)));
                break;
            case "loglikelihood_rolling":
                yield return new BenchmarkRequest.Rolling(Text(Target(row)));
                break;
            case "generate_until":
                yield return new BenchmarkRequest.Generation(contexts[0], GenerationArguments());
                break;
            default:
                IReadOnlyList<string> choices = Choices(row) ?? throw Config.Fault("doc_to_choice", "it is missing");
                string delimiter = isChat && !GoesOnBehindBlank() ? "" : Config.TargetDelimiter;
                if (_isMultipleInput)
                    choices = [.. contexts.Select(_ => Text(Target(row)))];
                for (int i = 0; i < choices.Count; i++)
                    yield return new BenchmarkRequest.Continuation(contexts[_isMultipleInput ? i : 0], delimiter + choices[i]);
                if (Metrics.Any(m => m.Name == "acc_mutual_info"))
                {
                    foreach (string choice in Choices(row)!)
                        yield return new BenchmarkRequest.Continuation("", delimiter + choice);
                }
                break;
        }
    }

    // In a chat template an answer begins anew, unless its beginning is given.
    private bool GoesOnBehindBlank() =>
        Config.Text("gen_prefix") is { Length: > 0 } begun && !PythonCharacters.IsSpace(begun[^1]);

    private JsonObject GenerationArguments()
    {
        if (Config["generation_kwargs"] is not JsonObject given)
            return new JsonObject
            {
                ["temperature"] = 0.0,
                ["do_sample"] = false,
                ["max_gen_toks"] = 256,
                ["until"] = new JsonArray(Config.FewshotDelimiter),
            };
        JsonObject arguments = given.DeepClone().AsObject();
        arguments["until"] ??= new JsonArray(Config.FewshotDelimiter);
        return arguments;
    }

    private string Rendered(IReadOnlyList<PromptTurn> turns, ChatPrompt? chat) => chat?.Render(turns) ?? PromptTurn.Text(turns);

    private string Text(JsonNode? node) =>
        node switch
        {
            JsonValue value when value.TryGetValue(out string? text) => text,
            JsonArray several when several.Count > 0 => several[0]!.ToString(),
            null => "",
            _ => node.ToString(),
        };

    private string Choice(IReadOnlyList<string> choices, JsonNode place)
    {
        int at = (int)Aggregation.Number(place);
        return at < choices.Count && at >= -choices.Count
            ? choices[at < 0 ? at + choices.Count : at]
            : throw Config.Fault("doc_to_target", $"choice {at} of a shot is wanted, and it has {choices.Count}");
    }

    private static string Delimited(string? before, string? after, string delimiter)
    {
        if (string.IsNullOrEmpty(before) || string.IsNullOrEmpty(after))
            return string.IsNullOrEmpty(before) ? after ?? "" : before;
        return PythonCharacters.IsSpace(before[^1]) || PythonCharacters.IsSpace(after[0])
            ? before + after
            : before + delimiter + after;
    }

    private static bool NeedsDelimiter(string before, string after) =>
        before.Length > 0 && !PythonCharacters.IsSpace(before[^1]) && !PythonCharacters.IsSpace(after[0]);

    private static IReadOnlyList<JsonObject> ShotRows(TaskConfig config, TaskData data)
    {
        JsonObject? shots = config["fewshot_config"] as JsonObject;
        if ((config.Text("fewshot_split") ?? shots?["split"]?.ToString()) is { } split)
            return Processed(config, "fewshot_config", config.Fewshot("process_docs"), data.Rows(split));
        if (shots?["samples"] is { } samples)
        {
            return samples is JsonArray list
                ? [.. list.Select(s => s as JsonObject ?? throw config.Fault("fewshot_config", "a sample is no map"))]
                : TaskFunctions.Find<Func<IReadOnlyList<JsonObject>>>(config, "fewshot_config", samples)?.Invoke()
                    ?? throw config.Fault("fewshot_config", "samples has to be a list");
        }
        string own =
            config.Text("training_split")
            ?? config.Text("validation_split")
            ?? config.Text("test_split")
            ?? throw config.Fault("fewshot_split", "there are no rows for shots");
        return Processed(config, "process_docs", config["process_docs"], data.Rows(own));
    }

    private static IReadOnlyList<JsonObject> Processed(
        TaskConfig config,
        string key,
        JsonNode? function,
        IReadOnlyList<JsonObject> rows
    )
    {
        Func<IReadOnlyList<JsonObject>, IReadOnlyList<JsonObject>>? process = TaskFunctions.Find<
            Func<IReadOnlyList<JsonObject>, IReadOnlyList<JsonObject>>
        >(config, key, function);
        try
        {
            return process?.Invoke(rows) ?? rows;
        }
        catch (Exception e) when (e is NullReferenceException or InvalidOperationException)
        {
            throw config.Fault(
                key,
                $"{function![TaskYaml.Function]} does not find its columns in a row, which has "
                    + string.Join(", ", rows[0].Select(c => c.Key))
            );
        }
    }
}
