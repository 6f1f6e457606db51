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
using TorchSharp;

namespace Simper.Runs;

/// <summary>
/// A recipe carried out: data and model, evaluation before, training with evaluations between, evaluation after, everything
/// written into the run's folder. An iterator of events; whoever iterates displays.
/// </summary>
public sealed class TrainingRun(Recipe recipe)
{
    /// <summary>Answers the same questions before and after, besides the held-out pairs: the demo's exact check, say.</summary>
    public Func<LanguageModel, IReadOnlyDictionary<string, double>>? Check { get; init; }

    /// <summary>A file that marks the folder as one of a kind, the demo's say; hidden, empty.</summary>
    internal string? Mark { get; init; }

    /// <summary>Runs. Stops between two steps when cancelled, and still evaluates and saves what was trained.</summary>
    /// <exception cref="SimperException">Something that the recipe names is missing or wrong, or the folder cannot be written: no
    /// step was made then. Or the model could not be saved.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled before the first step.</exception>
    public IEnumerable<RunEvent> Events(CancellationToken cancel = default)
    {
        long started = Stopwatch.GetTimestamp();
        Validate();
        RunFolder.Expect(recipe.OutputDir, recipe.OverwriteOutputDir, LeastBytes());
        Aten.SelfTest();
        (PreferenceDataset trainRows, PreferenceDataset? heldOutRows) = OpenData();
        yield return new RunEvent.Message($"{trainRows.Path}: {trainRows.Rows:N0} rows of the layout {trainRows.Layout}");

        using LanguageModel model = OpenModel();
        yield return new RunEvent.Message(
            $"{recipe.ModelNameOrPath}: {model.ParameterCount / 1e6:N1} M parameters, {model.Precision}, "
                + $"{TorchSharp.torch.get_num_threads()} threads"
        );
        if (RunState.Of(recipe.ModelNameOrPath)?.Note(recipe.ModelNameOrPath) is { } note)
            yield return new RunEvent.Message(note);

        TokenizedDataset trainTokens = Tokenize(trainRows, model);
        TokenizedDataset? heldOutTokens = heldOutRows is null ? null : Tokenize(heldOutRows, model);
        foreach (
            string line in trainTokens
                .Report()
                .Select(l => "train: " + l)
                .Concat(heldOutTokens?.Report().Select(l => "held out: " + l) ?? [])
        )
            yield return new RunEvent.Message(line);
        if (heldOutTokens is { Count: 0 })
            throw new SimperException(
                "None of the held-out rows can be used; hold out more (test_split_size), raise max_length, or hold out "
                    + "nothing (test_split_size: 0)."
            );
        (IReadOnlyList<TokenizedGroup> train, IReadOnlyList<TokenizedGroup>? heldOut) = (
            Arranged(trainTokens),
            heldOutTokens is null ? null : Arranged(heldOutTokens)
        );
        if (recipe.Objective.OneClass(train) is { } oneClass)
            yield return new RunEvent.Message(oneClass);
        if (recipe.Shuffle && !Shuffles)
            yield return new RunEvent.Message(
                $"loss_type {recipe.Objective.Name}: rows keep one order in all epochs, since its estimate is made from "
                    + "neighbours"
            );
        if (heldOut is { Count: < PairedDifference.FewestToJudge })
            yield return new RunEvent.Message($"held out: {TooFew(heldOut.Count)}");
        Trainer planned = MakeTrainer(model, train, references: null, plan: null);
        foreach (string line in Schedule(planned))
            yield return new RunEvent.Message(line);

        OutputFolder.ExpectSpace(recipe.OutputDir, RunSize.Of(recipe, model, planned.TotalSteps, heldOut));
        using RunFolder folder = RunFolder.Create(recipe.OutputDir, recipe.OverwriteOutputDir);
        folder.Write("recipe.yaml", (recipe with { Dtype = model.Precision }).ToYaml());
        if (Mark is not null)
            folder.Write(Mark, "");
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
        var course = new RunCourse(model, trainer.TotalSteps);
        var window = new MetricsWindow();
        cancel.ThrowIfCancellationRequested();
        folder.IsLenient = true;
        foreach (StepReport report in trainer.Steps(cancel))
        {
            course.Add(report);
            window.Add(report);
            Dictionary<string, double> metrics = window.Named();
            if (report.Number % recipe.LoggingSteps == 0 || report.Number == report.TotalSteps)
            {
                folder.Log(report.Number, report.Epoch, metrics);
                window = new MetricsWindow();
            }
            yield return new RunEvent.Step(report, metrics);
            if (course.NewFault(folder) is { } fault)
                yield return new RunEvent.Message($"{fault}; training goes on.");
            if (
                recipe.EvalSteps > 0
                && report.Number % recipe.EvalSteps == 0
                && report.Number < report.TotalSteps
                && evaluator.Run(report.Number, report.Epoch, $"step {report.Number}", CancellationToken.None) is { } between
            )
                yield return new RunEvent.Evaluation($"step {report.Number}", between);
        }

        // The model first: whatever goes wrong behind it, the run is not lost.
        yield return new RunEvent.Message(course.Ending());
        string saved = ModelRescue.Save(model, folder);
        if (saved != folder.ModelPath)
            yield return new RunEvent.Message($"the model could not be saved as {folder.ModelPath}, so it is in {saved}");
        RunSummary summary = ErrorNotes.Model(saved, () => Finish(model, evaluator, folder, course, before, checksBefore));
        if (summary.After is not null)
            yield return new RunEvent.Evaluation("after", summary.After);
        summary = summary with { ModelPath = saved, Seconds = Stopwatch.GetElapsedTime(started).TotalSeconds };
        ErrorNotes.Model(saved, () => Tell(summary, folder));
        yield return new RunEvent.Finished(summary with { Unwritten = [.. folder.Faults] });
    }

    private RunSummary Finish(
        LanguageModel model,
        RunEvaluator evaluator,
        RunFolder folder,
        RunCourse course,
        PreferenceMetrics? before,
        IReadOnlyDictionary<string, double> checksBefore
    )
    {
        folder.DropReplaced();
        PreferenceMetrics? after = evaluator.Run(course.Steps, course.Epoch, "after", CancellationToken.None);
        IReadOnlyDictionary<string, double> checksAfter = Check?.Invoke(model) ?? new Dictionary<string, double>();
        return course.Summary() with
        {
            Before = before,
            After = after,
            Checks = checksBefore.ToDictionary(c => c.Key, c => (c.Value, checksAfter[c.Key])),
        };
    }

    private static bool Tell(RunSummary summary, RunFolder folder)
    {
        folder.Write("summary.json", summary.ToJson());
        folder.WriteReport();
        return folder.Faults.Count == 0;
    }

    /// <summary>What is to be said of the rates before the first step.</summary>
    /// <exception cref="SimperException">They are all 0.</exception>
    internal IEnumerable<string> Schedule(Trainer trainer)
    {
        if (recipe.LearningRate > 0 && trainer.RatesAreZero)
        {
            throw new SimperException(
                trainer.AskedWarmupSteps >= trainer.TotalSteps
                    ? "The warm-up covers "
                        + $"{(trainer.TotalSteps == 1 ? "the only step" : $"all {trainer.TotalSteps} steps")} with a learning "
                        + "rate of 0, as TRL's trainers have it (compatibility), so nothing would be learnt; give "
                        + "--warmup_steps 0, or more steps (num_train_epochs, max_steps, a smaller "
                        + "per_device_train_batch_size)."
                    : "The learning rate is 0 at every step, so nothing would be learnt; give another lr_scheduler_type, "
                        + "or more steps (num_train_epochs, max_steps)."
            );
        }
        if (trainer.WarmupNote is { } note)
            yield return note;
    }

    /// <summary>What to say of held-out pairs that are too few for a verdict.</summary>
    internal static string TooFew(int pairs) =>
        $"{pairs} {(pairs == 1 ? "row is" : "rows are")} too few for a verdict ({PairedDifference.FewestToJudge} at "
        + "least): what changes may be chance; hold out more (test_split_size, or eval_dataset_name)";

    // Weights alone, before anything is read; the number types are not known yet, so the narrowest.
    private long LeastBytes()
    {
        int bytes =
            recipe.Dtype is { } type ? type.Compute.ElementSize()
            : recipe.FromScratch ? 4
            : 2;
        return bytes * LanguageModel.WeightCountOf(RunFolder.ModelOf(recipe.ModelNameOrPath), withoutWeights: recipe.FromScratch);
    }

    private void Validate()
    {
        ExpectGiven(
            ("model_name_or_path", recipe.ModelNameOrPath),
            ("dataset_name", recipe.DatasetName),
            ("output_dir", recipe.OutputDir)
        );
        RunInputs.ExpectOutside(recipe);
        if (recipe.SyncRefModel && !recipe.Objective.NeedsReference)
            throw new SimperException(
                $"sync_ref_model is true, but loss_type {recipe.Objective.Name} has no reference; remove the key."
            );
    }

    // Mismatched answers are those of neighbours, whose reference scores are computed once.
    private bool Shuffles => recipe.Shuffle && recipe.Objective.Takes != PreferenceKind.Mismatched;

    private IReadOnlyList<TokenizedGroup> Arranged(IReadOnlyList<TokenizedGroup> rows) =>
        recipe.Objective.Arrange(
            rows,
            recipe.TrainBatchSize,
            recipe.MaxLength,
            recipe.Shuffle && recipe.Compatibility == Compatibility.Strict ? recipe.Seed : null
        );

    private Reference? References(
        LanguageModel model,
        LanguageModel? followed,
        IReadOnlyList<IReadOnlyList<TokenizedGroup>> sets,
        CancellationToken cancel
    )
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
            : LanguageModel.Load(RunFolder.TextModelOf(recipe.ModelNameOrPath), precision);
        if (Templates(model.Files) is { } templates)
            model.Files = model.Files.With(templates);
        return model;
    }

    /// <summary>Rows as the model's tokenizer reads them.</summary>
    internal TokenizedDataset Tokenize(PreferenceDataset rows, LanguageModel model) =>
        TokenizedDataset.Of(rows, model.Files.GroupTokenizer(recipe.Tokenization), recipe.CacheDir, Identity(model));

    /// <summary>The templates that take the place of the model's own, with which a model is saved; null for none.</summary>
    internal ChatTemplates? Templates(ModelFiles? files = null) =>
        recipe.ChatTemplatePath is { } path ? TemplateSources.OfPath(path, "chat_template_path")
        : recipe.Compatibility == Compatibility.SimPerReference && files is not null ? SimPerReferenceTemplate.For(files.Source)
        : null;

    // The model's own width decides what is faster: narrow products gain nothing from bfloat16.
    private Precision Fastest() =>
        recipe.FromScratch
            ? Precision.Float32
            : PrecisionProbe.Measure(LanguageModel.WidthOf(RunFolder.ModelOf(recipe.ModelNameOrPath))).Faster;

    internal string Identity(LanguageModel model) =>
        Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(model.Files.TokenizerJson ?? []))
        + string.Concat(model.Files.TemplateSources.Select(t => t.Key + t.Value))
        + string.Join(',', model.Files.StopIds);

    internal MemoryPlan Plan(LanguageModel model, IReadOnlyList<TokenizedGroup> train) =>
        MemoryPlan.For(model, train, recipe.Objective, recipe.MaxMemory ?? MemoryPlan.Available(), ProcessMemory.Now());

    /// <summary>
    /// What a run would take, with the largest pass of the model measured; nothing is written, no weight is changed.
    /// </summary>
    /// <exception cref="SimperException">Something that the recipe names is missing or wrong, or it does not fit into the
    /// memory.</exception>
    public RunForecast Forecast()
    {
        ExpectGiven(("model_name_or_path", recipe.ModelNameOrPath), ("dataset_name", recipe.DatasetName));
        Aten.SelfTest();
        using LanguageModel model = OpenModel();
        IReadOnlyList<TokenizedGroup> train = Arranged(Tokenize(OpenData().Train, model));
        MemoryPlan plan = Plan(model, train);
        return RunForecast.Measure(model, train, MakeTrainer(model, train, references: null, plan), plan);
    }

    internal Trainer MakeTrainer(
        LanguageModel model,
        IReadOnlyList<TokenizedGroup> train,
        Reference? references,
        MemoryPlan? plan
    ) =>
        new(model, train, recipe.Objective)
        {
            LearningRate = recipe.LearningRate,
            Schedule = recipe.Schedule,
            ScheduleOptions = recipe.ScheduleOptions,
            Warmup = recipe.Warmup,
            WarmupMayCoverAll = recipe.Compatibility != Compatibility.Strict,
            PairsPerStep = recipe.TrainBatchSize * recipe.GradientAccumulationSteps,
            PairsPerMicroBatch = recipe.TrainBatchSize,
            // whose mean is over the tokens of a step
            MicroBatchesCountAlike = recipe.Compatibility != Compatibility.Strict && recipe.Objective is not Sft,
            LogsAsManyPairsAsLast = recipe.Compatibility == Compatibility.TrlCpo,
            Shuffle = Shuffles,
            Epochs = recipe.NumTrainEpochs,
            MaxSteps = recipe.MaxSteps,
            MaxGradientNorm = recipe.MaxGradNorm,
            RecomputeActivations = recipe.GradientCheckpointing,
            TokensPerMicroBatch = plan?.TokensPerMicroBatch ?? MemoryPlan.EnoughTokens,
            KeptTokens = plan?.KeptTokens ?? int.MaxValue,
            HeadRows = plan?.HeadRows ?? 0,
            MemoryBytes = recipe.MaxMemory ?? 0,
            Seed = recipe.Seed,
            References = references,
            Optimizer = new AdamWSettings
            {
                Beta1 = recipe.AdamBeta1,
                Beta2 = recipe.AdamBeta2,
                Epsilon = recipe.AdamEpsilon,
                WeightDecay = recipe.WeightDecay,
            },
        };
}
