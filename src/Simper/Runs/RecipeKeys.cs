using System.Globalization;
using System.Text;
using Simper.Objectives;
using Simper.Tensors;
using Simper.Text.Preferences;
using Simper.Training;

namespace Simper.Runs;

/// <summary>A key of a recipe: how it is set, how it is written, what it means.</summary>
internal sealed record RecipeKey(string Name, string Meaning, Func<Recipe, RecipeValue, Recipe> Set, Func<Recipe, string> Get)
{
    /// <summary>Other spellings.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>Whether the value may be a map.</summary>
    public bool TakesMap { get; init; }
}

/// <summary>The keys of recipes: the one place for names, ranges and meanings. Defaults stand in <see cref="Recipe"/>.</summary>
internal static class RecipeKeys
{
    public static IReadOnlyList<RecipeKey> All { get; } =
    [
        new(
            "model_name_or_path",
            "model folder or .gguf file",
            (r, v) => r with { ModelNameOrPath = v.TextOrNull() ?? "" },
            r => Quoted(r.ModelNameOrPath)
        ),
        new(
            "from_scratch",
            "begin with random weights, made from the seed and the config.json of model_name_or_path",
            (r, v) => r with { FromScratch = v.Flag() },
            r => Text(r.FromScratch)
        ),
        new(
            "chat_template_path",
            "another chat template than the model's own: a file with one, or the folder of a model that has one",
            (r, v) => r with { ChatTemplatePath = v.TextOrNull() },
            r => Quoted(r.ChatTemplatePath)
        ),
        new(
            "chat_template_kwargs",
            "variables of the chat template, as {enable_thinking: false}; those of a row's own column count before them",
            (r, v) => r with { ChatTemplateKwargs = v.ArgumentsOrNull() },
            r => r.ChatTemplateKwargs ?? ""
        )
        {
            TakesMap = true,
        },
        new(
            "add_generation_prompt",
            "false leaves out of prompts what the template writes into the generation prompt and drops before an "
                + "answer; of compatibility strict alone",
            (r, v) => r with { AddGenerationPrompt = v.Flag() },
            r => Text(r.AddGenerationPrompt)
        ),
        new(
            "dtype",
            "type of the matrix products: float32, bfloat16 or float64 (for checks); empty takes what is faster here",
            (r, v) => r with { Dtype = v.PrecisionOrNull() },
            r => r.Dtype?.Name ?? ""
        )
        {
            Aliases = ["torch_dtype"],
        },
        new(
            "dataset_name",
            "training data: .jsonl or .json file (also .gz) or a folder of them",
            (r, v) => r with { DatasetName = v.TextOrNull() ?? "" },
            r => Quoted(r.DatasetName)
        ),
        new(
            "eval_dataset_name",
            "held-out data; without it a part of dataset_name is held out",
            (r, v) => r with { EvalDatasetName = v.TextOrNull() },
            r => Quoted(r.EvalDatasetName)
        ),
        new(
            "test_split_size",
            "how much of dataset_name is held out: a share below 1, or a number of rows; 0 holds out nothing",
            (r, v) => r with { TestSplitSize = v.Number(0, 1e9) },
            r => Text(r.TestSplitSize)
        ),
        new(
            "max_length",
            "longest prompt and answer together, in tokens",
            (r, v) => r with { MaxLength = v.Count(2) },
            r => Text(r.MaxLength)
        ),
        new(
            "truncation_mode",
            "keep_start cuts longer answers on the right, keep_end prompt and answer on the left; drop leaves such rows out",
            (r, v) => r with { TruncationMode = v.Choice([.. TokenizationNames.Truncations]) },
            r => TokenizationNames.Of(r.TruncationMode)
        ),
        new(
            "max_prompt_length",
            "what a prompt keeps that does not fit; of compatibility simper-reference alone",
            (r, v) => r with { MaxPromptLength = v.TextOrNull() is null ? null : v.Count(1) },
            r => r.MaxPromptLength?.ToString(CultureInfo.InvariantCulture) ?? ""
        ),
        new(
            "compatibility",
            "whose tokens are met: strict is Simper's own way; trl, trl-cpo and simper-reference are those programs'",
            (r, v) => r with { Compatibility = v.Choice([.. TokenizationNames.Compatibilities]) },
            r => TokenizationNames.Of(r.Compatibility)
        ),
        new(
            "dataset_format",
            "auto puts plain texts through the chat template; text takes them as they stand",
            (r, v) => r with { DatasetFormat = v.Choice(("auto", DatasetFormat.Auto), ("text", DatasetFormat.Text)) },
            r => r.DatasetFormat == DatasetFormat.Text ? "text" : "auto"
        ),
        new("learning_rate", "peak learning rate", (r, v) => r with { LearningRate = v.Number(0, 1) }, r => Text(r.LearningRate)),
        new(
            "lr_scheduler_type",
            "shape of the learning rate: cosine, linear, constant and transformers' others",
            (r, v) => r with { Schedule = RecipeSchedule.Kind(v) },
            r => RecipeSchedule.Name(r.Schedule)
        ),
        new("lr_scheduler_kwargs", "what the shape may be told, as {num_cycles: 2}", (r, _) => r, RecipeSchedule.Write)
        {
            TakesMap = true,
        }, // read when the shape is known
        new(
            "warmup_steps",
            "steps of warm-up, or below 1 their share of all steps",
            (r, v) => r with { Warmup = v.Number(0, 1e9) },
            r => Text(r.Warmup)
        )
        {
            Aliases = ["warmup_ratio"],
        },
        new(
            "per_device_train_batch_size",
            "pairs of a pass; times gradient_accumulation_steps it is the pairs of a step",
            (r, v) => r with { TrainBatchSize = v.Count(1) },
            r => Text(r.TrainBatchSize)
        ),
        new(
            "per_device_eval_batch_size",
            "pairs of an evaluation pass",
            (r, v) => r with { EvalBatchSize = v.Count(1) },
            r => Text(r.EvalBatchSize)
        ),
        new(
            "gradient_accumulation_steps",
            "passes of a step",
            (r, v) => r with { GradientAccumulationSteps = v.Count(1) },
            r => Text(r.GradientAccumulationSteps)
        ),
        new(
            "num_train_epochs",
            "passes over the data",
            (r, v) => r with { NumTrainEpochs = v.Number(1e-6, 1e6) },
            r => Text(r.NumTrainEpochs)
        ),
        new(
            "max_steps",
            "stops after so many steps; -1 does not",
            (r, v) => r with { MaxSteps = (int)v.Whole(-1, int.MaxValue) },
            r => Text(r.MaxSteps)
        ),
        new(
            "weight_decay",
            "AdamW's decay of matrices",
            (r, v) => r with { WeightDecay = v.Number(0, 10) },
            r => Text(r.WeightDecay)
        ),
        new("adam_beta1", "AdamW", (r, v) => r with { AdamBeta1 = v.Number(0, 0.9999999) }, r => Text(r.AdamBeta1)),
        new("adam_beta2", "AdamW", (r, v) => r with { AdamBeta2 = v.Number(0, 0.9999999) }, r => Text(r.AdamBeta2)),
        new("adam_epsilon", "AdamW", (r, v) => r with { AdamEpsilon = v.Number(0, 1) }, r => Text(r.AdamEpsilon)),
        new(
            "max_grad_norm",
            "gradients of a larger norm are scaled down; 0 never",
            (r, v) => r with { MaxGradNorm = v.Number(0, 1e9) },
            r => Text(r.MaxGradNorm)
        ),
        new(
            "gradient_checkpointing",
            "compute activations twice, keep less memory",
            (r, v) => r with { GradientCheckpointing = v.Flag() },
            r => Text(r.GradientCheckpointing)
        ),
        new(
            "max_memory",
            "what the process may hold, as 3GB or 800MB: passes are made small enough; empty takes what the machine has",
            (r, v) => r with { MaxMemory = v.BytesOrNull() },
            r => r.MaxMemory is { } bytes ? bytes.ToString(CultureInfo.InvariantCulture) : ""
        ),
        new(
            "sync_ref_model",
            "let the reference follow the policy (TR-DPO)",
            (r, v) => r with { SyncRefModel = v.Flag() },
            r => Text(r.SyncRefModel)
        ),
        new(
            "ref_model_mixup_alpha",
            "what share of the policy goes into the reference when it follows",
            (r, v) => r with { RefModelMixupAlpha = v.Number(0, 1) },
            r => Text(r.RefModelMixupAlpha)
        ),
        new(
            "ref_model_sync_steps",
            "steps between two such updates",
            (r, v) => r with { RefModelSyncSteps = v.Count(1) },
            r => Text(r.RefModelSyncSteps)
        ),
        new("seed", "order of the data, split, samples", (r, v) => r with { Seed = v.Whole(0, long.MaxValue) }, r => Text(r.Seed))
        {
            Aliases = ["data_seed"],
        },
        new(
            "train_sampling_strategy",
            "random gives each epoch an order of its own, sequential is the file's order",
            (r, v) => r with { Shuffle = v.Choice(("random", true), ("sequential", false)) },
            r => r.Shuffle ? "random" : "sequential"
        ),
        new(
            "eval_steps",
            "evaluate every so many steps; 0 before and after only",
            (r, v) => r with { EvalSteps = v.TextOrNull() is null ? 0 : (int)v.Whole(0, int.MaxValue) },
            r => Text(r.EvalSteps)
        ),
        new(
            "logging_steps",
            "log every so many steps",
            (r, v) => r with { LoggingSteps = v.Count(1) },
            r => Text(r.LoggingSteps)
        ),
        new(
            "samples",
            "held-out prompts that are answered before and after",
            (r, v) => r with { Samples = (int)v.Whole(0, 1000) },
            r => Text(r.Samples)
        ),
        new("sample_tokens", "longest answer to them", (r, v) => r with { SampleTokens = v.Count(1) }, r => Text(r.SampleTokens)),
        new("output_dir", "the run's folder", (r, v) => r with { OutputDir = v.TextOrNull() ?? "" }, r => Quoted(r.OutputDir)),
        new(
            "overwrite_output_dir",
            "replace an earlier run",
            (r, v) => r with { OverwriteOutputDir = v.Flag() },
            r => Text(r.OverwriteOutputDir)
        ),
        new(
            "cache_dir",
            "folder in which tokenized data is kept between runs",
            (r, v) => r with { CacheDir = v.TextOrNull() },
            r => Quoted(r.CacheDir)
        ),
    ];

    private static readonly Dictionary<string, RecipeKey> ByName = All.SelectMany(k =>
            k.Aliases.Prepend(k.Name).Select(n => (n, k))
        )
        .ToDictionary(x => x.n, x => x.k, StringComparer.Ordinal);

    /// <summary>A key's spelling in files: flags may have dashes, and aliases count as their key.</summary>
    public static string Canonical(string key)
    {
        string name = key.Replace('-', '_');
        return ByName.TryGetValue(name, out RecipeKey? known) ? known.Name : name;
    }

    /// <summary>Reads keys into a recipe; what is wrong with them is kept in <paramref name="reading"/>, so that all of it can be
    /// said at once.</summary>
    public static Recipe Apply(IReadOnlyList<RecipeEntry> entries, RecipeReading reading, ObjectiveCatalog catalog)
    {
        string[] objectiveKeys = [.. RecipeObjectives.Keys(catalog)];
        var recipe = new Recipe();
        var objective = new Dictionary<string, RecipeEntry>(StringComparer.Ordinal);
        var foreign = new List<RecipeEntry>();
        var seen = new Dictionary<string, RecipeEntry>(StringComparer.Ordinal);
        var failed = new HashSet<string>(StringComparer.Ordinal);
        void Try(RecipeEntry entry, Action read) =>
            reading.Try(() =>
            {
                failed.Add(entry.Name);
                read();
                failed.Remove(entry.Name);
            });
        foreach (RecipeEntry entry in entries)
        {
            ByName.TryGetValue(entry.Name, out RecipeKey? key);
            bool isOurs = key is not null || objectiveKeys.Contains(entry.Name);
            if ((isOurs && entry.IsUnset) || SaysNothing(entry, entries))
                continue;
            Try(
                entry,
                () =>
                {
                    if (!seen.TryAdd(entry.Name, entry))
                        throw new SimperException(
                            $"{entry.Subject} is given twice (as "
                                + $"{(seen[entry.Name].Key == entry.Key ? entry.Name : seen[entry.Name].Key)})."
                        );
                    ExpectShape(entry, isOurs, key);
                    if (key is not null)
                        recipe = key.Set(recipe, new RecipeValue(entry));
                    else if (isOurs)
                        objective[entry.Name] = entry;
                    else
                        foreign.Add(entry);
                }
            );
        }
        foreach (RecipeEntry entry in foreign)
            Try(entry, () => ForeignKeys.Check(entry, reading, ByName.Keys.Concat(objectiveKeys), seen.Keys, ref recipe));
        if (!failed.Overlaps(["lr_scheduler_type", "lr_scheduler_kwargs", "learning_rate"]))
            reading.Try(() => recipe = RecipeSchedule.WithOptions(recipe, seen.GetValueOrDefault("lr_scheduler_kwargs")));
        if (!failed.Contains("compatibility"))
        {
            recipe = WithoutIdlePromptLength(recipe, seen, reading);
            reading.Try(() =>
                recipe = recipe with { Objective = RecipeObjectives.Make(objective, catalog, recipe.Compatibility, reading) }
            );
        }
        return recipe with { Catalog = catalog };
    }

    // Older files of TRL and its kin have the key: there it says which tokens a row keeps that is longer than max_length.
    private static Recipe WithoutIdlePromptLength(
        Recipe recipe,
        IReadOnlyDictionary<string, RecipeEntry> seen,
        RecipeReading reading
    )
    {
        if (recipe.MaxPromptLength is null || recipe.Compatibility == Compatibility.SimPerReference)
            return recipe;
        reading.Idle(
            seen["max_prompt_length"],
            "rows longer than max_length are cut as truncation_mode says, and no prompt is; compatibility "
                + "simper-reference cuts prompts"
        );
        return recipe with { MaxPromptLength = null };
    }

    // Files of others give a key and its other spelling together: without a value, with the same, or a warm-up of 0 beside the
    // one that counts.
    private static bool SaysNothing(RecipeEntry entry, IReadOnlyList<RecipeEntry> entries)
    {
        if (!ByName.TryGetValue(entry.Name, out RecipeKey? key) || key.Aliases.Count == 0)
            return false;
        bool isAlias = entry.Key.Replace('-', '_') != entry.Name;
        RecipeEntry? twin = entries.FirstOrDefault(e => e.Key != entry.Key && e.Name == entry.Name && !e.IsUnset);
        return twin is not null
            && (
                entry.Name == "warmup_steps" ? IsZero(entry) && (isAlias || !IsZero(twin)) : isAlias && entry.Value == twin.Value
            );
    }

    private static bool IsZero(RecipeEntry entry) =>
        double.TryParse(entry.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && value == 0;

    private static void ExpectShape(RecipeEntry entry, bool isOurs, RecipeKey? key)
    {
        bool fits = entry.Shape switch
        {
            RecipeEntryShape.List => entry.Name is "loss_type" or "loss_weights" || !isOurs,
            RecipeEntryShape.Map => key is { TakesMap: true } || !isOurs,
            _ => true,
        };
        if (!fits)
            throw new SimperException($"{entry.Subject} has to be one value, not a list or a map.");
    }

    public static string Write(Recipe recipe)
    {
        var yaml = new StringBuilder();
        foreach ((string key, string value) in RecipeObjectives.Write(recipe.Objective, recipe.Catalog))
            yaml.Append(key).Append(": ").Append(value).Append('\n');
        foreach (RecipeKey key in All)
            yaml.Append(key.Name).Append(": ").Append(key.Get(recipe)).Append('\n');
        return yaml.ToString();
    }

    private static string Text(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);

    private static string Text(bool value) => value ? "true" : "false";

    private static string Quoted(string? text) =>
        text is null or "" ? "" : "'" + text.Replace("'", "''", StringComparison.Ordinal) + "'";
}
