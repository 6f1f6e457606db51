using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Simper.Checkpoints;
using Simper.Models;
using Simper.Runs;
using Simper.Text.Templates;

namespace Simper.Benchmarks;

/// <summary>
/// The files of an evaluation: <c>results.json</c> and <c>samples_TASK.jsonl</c> in the shape of lm-evaluation-harness,
/// <c>answers.jsonl</c> with everything that a model answered, and <c>comparison.json</c> of several models.
/// </summary>
internal static class BenchmarkFolder
{
    public const string Answers = "answers.jsonl";
    public const string Results = "results.json";
    public const string Comparison = "comparison.json";

    private static readonly PromptTemplate Json = PromptTemplate.Parse("{{ value | tojson(indent=2) }}", "JSON");
    private static readonly PromptTemplate Text = PromptTemplate.Parse("{{ value }}", "a text");

    /// <summary>What the folder holds; with several models a folder for each.</summary>
    public static FolderKind Kind(IReadOnlyList<string> models) =>
        new("benchmark results", [], [], models) { Endings = [".json", ".jsonl"], Harmless = models };

    /// <summary>Writes a task's samples, a line for each row and filter.</summary>
    public static void WriteSamples(string folder, TaskResult result)
    {
        var lines = new StringBuilder();
        foreach (JudgedRow row in result.Rows)
            lines.Append(ReadableJson.OneLine(Sample(row, result.Task.Config.OutputType))).Append('\n');
        string name = string.Concat(
            result.Task.Config.Name.Select(c => char.IsLetterOrDigit(c) || c is '_' or '-' or '.' ? c : '_')
        );
        WholeFile.Write(Path.Combine(folder, $"samples_{name}.jsonl"), lines.ToString());
    }

    /// <summary>Writes the results.</summary>
    public static void WriteResults(string folder, BenchmarkResults results, JsonObject circumstances)
    {
        JsonObject json = results.ToJson();
        foreach ((string key, JsonNode? value) in circumstances)
            json[key] = value?.DeepClone();
        json["task_hashes"] = new JsonObject(
            results.Tasks.Select(t => KeyValuePair.Create(t.Task.Config.Name, (JsonNode?)HashOf(t)))
        );
        WholeFile.Write(Path.Combine(folder, Results), ReadableJson.Indented(json));
    }

    /// <summary>Settings, model and tokenizer, under the harness's names.</summary>
    public static JsonObject Circumstances(
        BenchmarkSettings settings,
        string path,
        LanguageModel model,
        RequestEncoder encoder,
        TimeSpan time
    )
    {
        string? template = settings.ApplyChatTemplate ? model.Files.Templates?.For(hasTools: false).Source : null;
        return new JsonObject
        {
            ["config"] = new JsonObject
            {
                ["model"] = "Simper",
                ["model_args"] = new JsonObject { ["pretrained"] = path, ["max_length"] = settings.MaxLength },
                ["model_num_parameters"] = model.ParameterCount,
                ["model_dtype"] = model.Precision.Compute.ToString().ToLowerInvariant(),
                ["batch_size"] = $"{settings.TokensTogether} tokens",
                ["device"] = settings.Device,
                ["limit"] = settings.Prompts.Limit,
                ["bootstrap_iters"] = settings.BootstrapIterations,
                ["gen_kwargs"] = settings.GenerationKwargs?.DeepClone(),
                ["fewshot_seed"] = settings.Prompts.FewshotSeed,
            },
            ["date"] = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() / 1000.0,
            ["max_length"] = encoder.MaxLength,
            ["model_source"] = "Simper",
            ["model_name"] = path,
            ["system_instruction"] = settings.Prompts.SystemInstruction,
            ["system_instruction_sha"] = settings.Prompts.SystemInstruction is { } system ? Hash(system) : null,
            ["fewshot_as_multiturn"] = settings.Prompts.FewshotAsMultiturn,
            ["chat_template"] = template,
            ["chat_template_sha"] = template is null ? null : Hash(template),
            ["total_evaluation_time_seconds"] = time.TotalSeconds.ToString("F3", CultureInfo.InvariantCulture),
        };
    }

    private static JsonObject Sample(JudgedRow row, string type)
    {
        var arguments = new JsonObject();
        for (int i = 0; i < row.Sample.Requests.Count; i++)
            arguments[$"gen_args_{i}"] = Arguments(row.Sample.Requests[i]);
        JsonNode Answer(RequestAnswer answer) =>
            type switch
            {
                "generate_until" => answer.Text,
                "loglikelihood_rolling" => Python(answer.LogLikelihood),
                _ => new JsonArray(Python(answer.LogLikelihood), answer.IsGreedy ? "True" : "False"),
            };
        JsonArray filtered =
            type == "generate_until"
                ? [.. row.Filtered.Select(t => JsonValue.Create(t))]
                : [.. row.Answers.Select(a => Answer(a[0]))];
        (string document, string prompt, string target) = Hashes(row);
        var json = new JsonObject
        {
            ["doc_id"] = row.Sample.Id,
            ["doc"] = row.Sample.Row.DeepClone(),
            ["target"] = TextOf(row.Sample.Target),
            ["arguments"] = arguments,
            ["resps"] = new JsonArray([.. row.Answers.Select(a => new JsonArray([.. a.Select(Answer)]))]),
            ["filtered_resps"] = filtered,
            ["filter"] = row.Filter,
            ["metrics"] = new JsonArray([.. row.Figures.Select(f => JsonValue.Create(f.Key))]),
            ["doc_hash"] = document,
            ["prompt_hash"] = prompt,
            ["target_hash"] = target,
        };
        foreach ((string name, JsonNode value) in row.Figures)
            json[name] = value.DeepClone();
        return json;
    }

    private static JsonObject Arguments(BenchmarkRequest request) =>
        request switch
        {
            BenchmarkRequest.Continuation pair => new JsonObject { ["arg_0"] = pair.Context, ["arg_1"] = pair.Text },
            BenchmarkRequest.Rolling rolling => new JsonObject { ["arg_0"] = rolling.Text },
            BenchmarkRequest.Generation generation => new JsonObject
            {
                ["arg_0"] = generation.Context,
                ["arg_1"] = generation.Arguments.DeepClone(),
            },
            _ => throw new InvalidOperationException($"A request of kind {request.GetType().Name}."),
        };

    private static (string Document, string Prompt, string Target) Hashes(JudgedRow row) =>
        (
            Hash(Json.Render(new JsonObject { ["value"] = row.Sample.Row.DeepClone() })),
            Hash(Arguments(row.Sample.Requests[0])["arg_0"]!.ToString()),
            Hash(TextOf(row.Sample.Target))
        );

    private static string HashOf(TaskResult result) =>
        Hash(string.Concat(result.Rows.Select(Hashes).Select(h => h.Document + h.Prompt + h.Target)));

    private static string TextOf(JsonNode? value) => Text.Render(new JsonObject { ["value"] = value?.DeepClone() });

    private static string Python(double value) => Text.Render(new JsonObject { ["value"] = value });

    private static string Hash(string text) => FileHash.Sha256(Encoding.UTF8.GetBytes(text));
}
