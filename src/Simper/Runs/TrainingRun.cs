using System.Diagnostics;
using System.Text.Json.Nodes;
using Simper.Checkpoints;
using Simper.Evaluation;
using Simper.Models;
using Simper.Objectives;
using Simper.Reports;
using Simper.Tensors;
using Simper.Text.Preferences;
using Simper.Text.Templates;
using Simper.Training;

namespace Simper.Runs;

/// <summary>
/// A recipe carried out: data and model, evaluation before, training with evaluations between, evaluation after, everything
/// written into the run's folder. An iterator of events; whoever iterates displays.
/// </summary>
public sealed class TrainingRun(Recipe recipe)
{
    /// <summary>Answers the same questions before and after, besides the held-out pairs: the demo's exact check, say.</summary>
    public Func<LanguageModel, IReadOnlyDictionary<string, double>>? Check { get; init; }

    /// <summary>Runs. Stops between two steps when cancelled, and still evaluates and saves what was trained.</summary>
    /// <exception cref="SimperException">Something that the recipe names is missing or wrong.</exception>
    public IEnumerable<RunEvent> Events(CancellationToken cancel = default)
    {
        long started = Stopwatch.GetTimestamp();
        Validate();
        Aten.SelfTest();
        (PreferenceDataset trainRows, PreferenceDataset? heldOutRows) = OpenData();
        yield return new RunEvent.Message($"{trainRows.Path}: {trainRows.Rows:N0} rows of the layout {trainRows.Layout}");

        using LanguageModel model = OpenModel();
        yield return new RunEvent.Message($"{recipe.ModelNameOrPath}: {model.ParameterCount / 1e6:N1} M parameters, {model.Precision}, {TorchSharp.torch.get_num_threads()} threads");

        TokenizedDataset trainTokens = Tokenize(trainRows, model);
        TokenizedDataset? heldOutTokens = heldOutRows is null ? null : Tokenize(heldOutRows, model);
        foreach (string line in trainTokens.Report().Select(l => "train: " + l).Concat(heldOutTokens?.Report().Select(l => "held out: " + l) ?? []))
            yield return new RunEvent.Message(line);
        if (heldOutTokens is { Count: 0 })
            throw new SimperException("None of the held-out rows can be used; hold out more (test_split_size), or raise max_length.");
        (IReadOnlyList<TokenizedGroup> train, IReadOnlyList<TokenizedGroup>? heldOut) = (Arranged(trainTokens), heldOutTokens is null ? null : Arranged(heldOutTokens));
        if (recipe.Objective.OneClass(train) is { } oneClass)
            yield return new RunEvent.Message(oneClass);
        if (recipe.Shuffle && !Shuffles)
            yield return new RunEvent.Message($"loss_type {recipe.Objective.Name}: rows keep one order in all epochs, since its estimate is made from neighbours");

        using RunFolder folder = RunFolder.Create(recipe.OutputDir, recipe.OverwriteOutputDir);
        folder.Write("recipe.yaml", (recipe with { Dtype = model.Precision }).ToYaml());
        using LanguageModel? followed = recipe.SyncRefModel ? OpenModel(model.Precision) : null;
        Reference? references = References(model, followed, heldOut is null ? [train] : [train, heldOut], cancel);
        var evaluator = new RunEvaluator(recipe, model, heldOut, references, folder);

        PreferenceMetrics? before = evaluator.Run(0, 0, "before", cancel);
        IReadOnlyDictionary<string, double> checksBefore = Check?.Invoke(model) ?? new Dictionary<string, double>();
        if (before is not null)
            yield return new RunEvent.Evaluation("before", before);

        MemoryPlan plan = Plan(model, train);
        if (recipe.MaxMemory is not null || plan.KeptTokens < plan.LongestGroup)
            yield return new RunEvent.Message(plan.ToString());
        Trainer trainer = MakeTrainer(model, train, references, plan);
        (TimeSpan training, long pairs, int steps, double epoch) = (TimeSpan.Zero, 0, 0, 0);
        var window = new MetricsWindow();
        foreach (StepReport report in trainer.Steps(cancel))
        {
            training += report.Elapsed;
            pairs += report.Metrics.Pairs;
            (steps, epoch) = (report.Number, report.Epoch); // fewer than asked for where the run is stopped
            window.Add(report);
            Dictionary<string, double> metrics = window.Named();
            if (report.Number % recipe.LoggingSteps == 0 || report.Number == report.TotalSteps)
            {
                folder.Log(report.Number, report.Epoch, metrics);
                window = new MetricsWindow();
            }
            yield return new RunEvent.Step(report, metrics);
            if (recipe.EvalSteps > 0 && report.Number % recipe.EvalSteps == 0 && report.Number < report.TotalSteps
                && evaluator.Run(report.Number, report.Epoch, $"step {report.Number}", CancellationToken.None) is { } between)
                yield return new RunEvent.Evaluation($"step {report.Number}", between);
        }

        yield return new RunEvent.Message(cancel.IsCancellationRequested ? "stopped; saving what was trained" : "trained");
        model.Save(folder.ModelPath);
        PreferenceMetrics? after = evaluator.Run(steps, epoch, "after", CancellationToken.None);
        IReadOnlyDictionary<string, double> checksAfter = Check?.Invoke(model) ?? new Dictionary<string, double>();
        if (after is not null)
            yield return new RunEvent.Evaluation("after", after);
        var summary = new RunSummary
        {
            Before = before,
            After = after,
            Checks = checksBefore.ToDictionary(c => c.Key, c => (c.Value, checksAfter[c.Key])),
            Seconds = Stopwatch.GetElapsedTime(started).TotalSeconds,
            PairsPerSecond = pairs / training.TotalSeconds,
            PeakMemoryBytes = ProcessMemory.Peak(),
        };
        folder.Write("summary.json", summary.ToJson());
        RunReport.Write(folder.Path);
        yield return new RunEvent.Finished(summary);
    }

    private void Validate()
    {
        ExpectGiven(("model_name_or_path", recipe.ModelNameOrPath), ("dataset_name", recipe.DatasetName), ("output_dir", recipe.OutputDir));
        if (recipe.SyncRefModel && !recipe.Objective.NeedsReference)
            throw new SimperException($"sync_ref_model is true, but loss_type {recipe.Objective.Name} has no reference; remove the key.");
    }

    // Mismatched answers are those of neighbours, whose reference scores are computed once.
    private bool Shuffles => recipe.Shuffle && recipe.Objective.Takes != PreferenceKind.Mismatched;

    private IReadOnlyList<TokenizedGroup> Arranged(IReadOnlyList<TokenizedGroup> rows) => recipe.Objective.Arrange(rows, recipe.TrainBatchSize, recipe.MaxLength,
        recipe.Shuffle && recipe.Compatibility == Compatibility.Strict ? recipe.Seed : null);

    private Reference? References(LanguageModel model, LanguageModel? followed, IReadOnlyList<IReadOnlyList<TokenizedGroup>> sets, CancellationToken cancel)
    {
        if (!recipe.Objective.NeedsReference)
            return null;
        return followed is null
            ? ReferenceScores.Cached(recipe.CacheDir, model, sets, recipe.Objective.Needs, cancel: cancel)
            : new ReferenceModel(followed) { SyncSteps = recipe.RefModelSyncSteps, MixupAlpha = recipe.RefModelMixupAlpha };
    }

    internal static void ExpectGiven(params ReadOnlySpan<(string, string)> keys)
    {
        foreach ((string key, string value) in keys)
        {
            if (value.Length == 0)
                throw new SimperException($"{key} is missing; give it in the recipe or as --{key}.");
        }
    }

    internal (PreferenceDataset Train, PreferenceDataset? HeldOut) OpenData()
    {
        recipe.Tokenization.Validate();
        PreferenceDataset all = PreferenceDataset.Open(recipe.DatasetName, recipe.Compatibility);
        if (recipe.EvalDatasetName is { } name)
            return (all, PreferenceDataset.Open(name, recipe.Compatibility));
        if (recipe.TestSplitSize == 0)
            return (all, null);
        (PreferenceDataset train, PreferenceDataset heldOut) = all.Split(recipe.TestSplitSize, recipe.Seed);
        return (train, heldOut);
    }

    /// <summary>The policy before its first step, with what training needs. The caller owns it.</summary>
    /// <param name="precision">Its number types; null for the recipe's, or what is faster here.</param>
    internal LanguageModel OpenModel(Precision? precision = null)
    {
        precision ??= recipe.Dtype ?? Fastest();
        LanguageModel model = recipe.FromScratch
            ? LanguageModel.Create(ModelFiles.Read(recipe.ModelNameOrPath), recipe.Seed, precision)
            : LanguageModel.Load(RunFolder.ModelOf(recipe.ModelNameOrPath), precision);
        if (Templates(model.Files) is { } templates)
            model.Files = model.Files.With(templates);
        return model;
    }

    /// <summary>Rows as the model's tokenizer reads them.</summary>
    internal TokenizedDataset Tokenize(PreferenceDataset rows, LanguageModel model) =>
        TokenizedDataset.Of(rows, model.Files.GroupTokenizer(recipe.Tokenization), recipe.CacheDir, Identity(model));

    /// <summary>The templates that take the place of the model's own, with which a model is saved; null for none.</summary>
    internal ChatTemplates? Templates(ModelFiles? files = null) => recipe.ChatTemplatePath is { } path ? TemplateSources.OfPath(path, "chat_template_path")
        : recipe.Compatibility == Compatibility.SimPerReference && files is not null ? SimPerReferenceTemplate.For(files.Source)
        : null;

    // The model's own width decides what is faster: narrow products gain nothing from bfloat16.
    private Precision Fastest() => recipe.FromScratch
        ? Precision.Float32
        : PrecisionProbe.Measure(LanguageModel.WidthOf(RunFolder.ModelOf(recipe.ModelNameOrPath))).Faster;

    internal string Identity(LanguageModel model) => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(model.Files.TokenizerJson ?? []))
        + string.Concat(model.Files.TemplateSources.Select(t => t.Key + t.Value)) + string.Join(',', model.Files.StopIds);

    internal MemoryPlan Plan(LanguageModel model, IReadOnlyList<TokenizedGroup> train) =>
        MemoryPlan.For(model, train, recipe.Objective, recipe.MaxMemory ?? MemoryPlan.Available(), ProcessMemory.Now());

    /// <summary>What a run would take, with the largest pass of the model measured; nothing is written, no weight is changed.</summary>
    /// <exception cref="SimperException">Something that the recipe names is missing or wrong, or it does not fit into the memory.</exception>
    public RunForecast Forecast()
    {
        ExpectGiven(("model_name_or_path", recipe.ModelNameOrPath), ("dataset_name", recipe.DatasetName));
        Aten.SelfTest();
        using LanguageModel model = OpenModel();
        IReadOnlyList<TokenizedGroup> train = Arranged(Tokenize(OpenData().Train, model));
        MemoryPlan plan = Plan(model, train);
        return RunForecast.Measure(model, train, MakeTrainer(model, train, references: null, plan), plan);
    }

    internal Trainer MakeTrainer(LanguageModel model, IReadOnlyList<TokenizedGroup> train, Reference? references, MemoryPlan plan) => new(model, train, recipe.Objective)
    {
        LearningRate = recipe.LearningRate,
        Schedule = recipe.Schedule,
        ScheduleOptions = recipe.ScheduleOptions,
        Warmup = recipe.Warmup,
        PairsPerStep = recipe.TrainBatchSize * recipe.GradientAccumulationSteps,
        PairsPerMicroBatch = recipe.TrainBatchSize,
        MicroBatchesCountAlike = recipe.Compatibility != Compatibility.Strict && recipe.Objective is not Sft, // whose mean is over the tokens of a step
        Shuffle = Shuffles,
        Epochs = recipe.NumTrainEpochs,
        MaxSteps = recipe.MaxSteps,
        MaxGradientNorm = recipe.MaxGradNorm,
        RecomputeActivations = recipe.GradientCheckpointing,
        TokensPerMicroBatch = plan.TokensPerMicroBatch,
        KeptTokens = plan.KeptTokens,
        HeadRows = plan.HeadRows,
        MemoryBytes = recipe.MaxMemory ?? 0,
        Seed = recipe.Seed,
        References = references,
        Optimizer = new AdamWSettings { Beta1 = recipe.AdamBeta1, Beta2 = recipe.AdamBeta2, Epsilon = recipe.AdamEpsilon, WeightDecay = recipe.WeightDecay },
    };
}
