using System.Diagnostics;
using System.Text.Json.Nodes;
using Simper.Checkpoints;
using Simper.Models;
using Simper.Runs;

namespace Simper.Benchmarks;

/// <summary>
/// Evaluates models on tasks. Tasks and their rows are read before any model; every answer is kept as soon as it is there, and
/// each task's samples when it is done, so that a run which was stopped goes on where it was.
/// </summary>
/// <param name="settings">What and how.</param>
public sealed class BenchmarkRun(BenchmarkSettings settings)
{
    private const long Bytes = 1 << 20;

    /// <summary>Evaluates all models.</summary>
    /// <param name="progress">Receives how far it is.</param>
    /// <param name="done">Receives each model's results.</param>
    /// <param name="cancel">Stops between batches.</param>
    /// <exception cref="SimperException">A task, a file or a model is wrong or missing.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled; what is done is kept in the output folder.</exception>
    public IReadOnlyList<BenchmarkResults> Run(
        Action<BenchmarkProgress>? progress = null,
        Action<BenchmarkResults>? done = null,
        CancellationToken cancel = default
    )
    {
        if (settings.Models.Count == 0)
            throw new SimperException("Which model? Give a model folder, a .gguf file or a run's folder.");
        if (settings.Tasks.Count == 0)
            throw new SimperException("Which tasks? Give names as --tasks arc_easy,piqa; simper eval --list names all.");
        TaskSelection selection = new TaskLibrary(settings.IncludePaths).Select(settings.Tasks);
        BenchmarkTask[] tasks = [.. selection.Tasks.Select(t => BenchmarkTask.Load(Changed(t), settings.Prompts))];
        foreach (string model in settings.Models)
            ExpectModel(model);
        IReadOnlyList<string> names = NamesOf(settings.Models);
        using OutputFolder? folder = settings.OutputDir is { } path
            ? OutputFolder.Take(path, BenchmarkFolder.Kind(names.Count > 1 ? names : []), Bytes)
            : null;
        var all = new List<BenchmarkResults>();
        for (int i = 0; i < names.Count; i++)
        {
            string? own =
                folder is null ? null
                : names.Count > 1 ? Path.Combine(folder.Path, names[i])
                : folder.Path;
            BenchmarkResults results = Evaluate(settings.Models[i], names[i], selection, tasks, own, progress, cancel);
            all.Add(results);
            done?.Invoke(results);
        }
        if (folder is not null && all.Count > 1)
            WholeFile.Write(
                Path.Combine(folder.Path, BenchmarkFolder.Comparison),
                ReadableJson.Indented(new JsonArray([.. all.Skip(1).Select(o => ModelComparison.Of(all[0], o).ToJson())]))
            );
        return all;
    }

    private BenchmarkResults Evaluate(
        string path,
        string name,
        TaskSelection selection,
        BenchmarkTask[] tasks,
        string? folder,
        Action<BenchmarkProgress>? progress,
        CancellationToken cancel
    )
    {
        long started = Stopwatch.GetTimestamp();
        progress?.Invoke(new BenchmarkProgress(name, "reading the model", 0, 1));
        using LanguageModel model = AnsweringModel.Open(path, settings.Precision, settings.Device, cancel: cancel);
        if (folder is not null)
            Directory.CreateDirectory(folder);
        using AnswerStore? store = folder is null
            ? null
            : AnswerStore.Open(Path.Combine(folder, BenchmarkFolder.Answers), model, cancel);
        var asked = new BenchmarkModel(model, settings.MaxLength, settings.TokensTogether, store);
        var results = new List<TaskResult>();
        foreach (BenchmarkTask task in tasks)
        {
            TaskResult result = Evaluate(task, asked, model.Files, name, store, progress, cancel);
            results.Add(result);
            if (folder is not null)
                BenchmarkFolder.WriteSamples(folder, result);
        }
        var whole = new BenchmarkResults(name, selection, results);
        if (folder is not null)
            BenchmarkFolder.WriteResults(
                folder,
                whole,
                BenchmarkFolder.Circumstances(settings, path, model, asked.Encoder, Stopwatch.GetElapsedTime(started))
            );
        return whole;
    }

    private TaskResult Evaluate(
        BenchmarkTask task,
        BenchmarkModel model,
        ModelFiles files,
        string name,
        AnswerStore? store,
        Action<BenchmarkProgress>? progress,
        CancellationToken cancel
    )
    {
        progress?.Invoke(new BenchmarkProgress(name, task.Config.Name, 0, 1));
        TaskSample[] samples = [.. Polled(task.Samples(settings.ApplyChatTemplate ? files : null), cancel)];
        BenchmarkRequest[] requests =
        [
            .. samples.SelectMany(s => s.Requests).SelectMany(r => Enumerable.Repeat(r, task.Config.Repeats)),
        ];
        IReadOnlyList<RequestAnswer> answers;
        try
        {
            answers = model.Answer(
                requests,
                new Reporter(n => progress?.Invoke(new BenchmarkProgress(name, task.Config.Name, n, requests.Length))),
                cancel
            );
        }
        catch (SimperException e)
        {
            throw new SimperException($"{task.Config.Name}: {e.Message}", e);
        }
        finally
        {
            store?.Flush();
        }
        int at = 0;
        var byRow = new List<IReadOnlyList<IReadOnlyList<RequestAnswer>>>();
        foreach (TaskSample sample in samples)
        {
            var own = new List<IReadOnlyList<RequestAnswer>>();
            for (int i = 0; i < sample.Requests.Count; i++, at += task.Config.Repeats)
                own.Add([.. answers.Skip(at).Take(task.Config.Repeats)]);
            byRow.Add(own);
        }
        return TaskResult.Of(task, samples, byRow, settings.BootstrapIterations);
    }

    private static IEnumerable<T> Polled<T>(IEnumerable<T> items, CancellationToken cancel)
    {
        foreach (T item in items)
        {
            cancel.ThrowIfCancellationRequested();
            yield return item;
        }
    }

    // A model that cannot be used is found before the first is asked for hours.
    private void ExpectModel(string path)
    {
        using Checkpoint checkpoint = Checkpoint.Open(RunFolder.TextModelOf(path));
        ModelFiles files = ModelFiles.Of(checkpoint);
        _ = files.Tokenizer;
        if (settings.ApplyChatTemplate)
            _ = new ChatPrompt(files, settings.Prompts.FewshotAsMultiturn);
    }

    private TaskConfig Changed(TaskConfig config)
    {
        if (settings.GenerationKwargs is not { } changes || config.OutputType != "generate_until")
            return config;
        JsonObject merged = config["generation_kwargs"]?.DeepClone() as JsonObject ?? [];
        foreach ((string key, JsonNode? value) in changes)
            merged[key] = value?.DeepClone();
        return config.With(new JsonObject { ["generation_kwargs"] = merged });
    }

    // The last part of each path, with a number where several are called the same.
    private static IReadOnlyList<string> NamesOf(IReadOnlyList<string> paths)
    {
        var names = new List<string>();
        foreach (string path in paths)
        {
            string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));
            string free = name;
            for (int i = 2; names.Contains(free); i++)
                free = $"{name}-{i}";
            names.Add(free);
        }
        return names;
    }

    private sealed class Reporter(Action<int> report) : IProgress<int>
    {
        public void Report(int value) => report(value);
    }
}

/// <summary>How far an evaluation is.</summary>
/// <param name="Model">The model.</param>
/// <param name="Task">The task.</param>
/// <param name="Done">Requests that are answered.</param>
/// <param name="All">Requests in all.</param>
public readonly record struct BenchmarkProgress(string Model, string Task, int Done, int All);
