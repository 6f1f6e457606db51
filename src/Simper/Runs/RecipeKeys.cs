using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Simper.Tensors;
using Simper.Text.Preferences;

namespace Simper.Runs;

/// <summary>
/// The recipe keys: the single source of names, ranges and meanings, used to read recipes, build the commands' options, and write
/// the schema for editors. Defaults are in <see cref="Recipe"/>.
/// </summary>
public static class RecipeKeys
{
    /// <summary>All but the objectives', in the order of a recipe written by a run.</summary>
    public static IReadOnlyList<RecipeKey> All => Bound;

    internal static IReadOnlyList<BoundKey> Bound { get; } =
    [
        .. Group(
            "Model",
            BoundKey.Text(
                "model_name_or_path",
                "model folder or .gguf file",
                r => r.ModelNameOrPath,
                (r, v) => r with { ModelNameOrPath = v ?? "" }
            ),
            BoundKey.Flag(
                "from_scratch",
                "begin with random weights, made from the seed and the config.json of model_name_or_path",
                r => r.FromScratch,
                (r, v) => r with { FromScratch = v }
            ),
            BoundKey.Text(
                "chat_template_path",
                "another chat template than the model's own: a file with one, or the folder of a model that has one",
                r => r.ChatTemplatePath,
                (r, v) => r with { ChatTemplatePath = v }
            ),
            new BoundKey(
                "chat_template_kwargs",
                "variables of the chat template, as {enable_thinking: false}; those of a row's own column count before them",
                RecipeKeyKind.Map
            )
            {
                Set = (r, v) => r with { ChatTemplateKwargs = v.ArgumentsOrNull() },
                Get = r => r.ChatTemplateKwargs ?? "",
            },
            BoundKey.Flag(
                "add_generation_prompt",
                "false leaves out of prompts what the template writes into the generation prompt and drops before an "
                    + "answer; of compatibility strict alone",
                r => r.AddGenerationPrompt,
                (r, v) => r with { AddGenerationPrompt = v }
            ),
            new BoundKey(
                "dtype",
                "type of the matrix products: float32, bfloat16 or float64 (for checks); empty takes what is faster here",
                RecipeKeyKind.Choice
            )
            {
                Aliases = ["torch_dtype"],
                Choices = RecipeValue.Precisions,
                Set = (r, v) => r with { Dtype = v.PrecisionOrNull() },
                Get = r => r.Dtype?.Name ?? "",
            },
            BoundKey.Text(
                "device",
                $"where the model computes: {Devices.Names}; all but the CPU are untried",
                r => r.Device,
                (r, v) => r with { Device = v ?? "cpu" }
            ),
            BoundKey.Choice(
                "frozen_weights",
                "a quantised .gguf file's matrices where they do not train: unpacked into dtype, or packed as they lie in the file, "
                    + "in less memory",
                RecipeValue.FrozenWeights,
                r => r.FrozenWeights,
                (r, v) => r with { FrozenWeights = v }
            )
        ),
        .. Group(
            "Data",
            BoundKey.Text(
                "dataset_name",
                "training data: .jsonl or .json file (also .gz) or a folder of them",
                r => r.DatasetName,
                (r, v) => r with { DatasetName = v ?? "" }
            ),
            BoundKey.Text(
                "eval_dataset_name",
                "held-out data; without it a part of dataset_name is held out",
                r => r.EvalDatasetName,
                (r, v) => r with { EvalDatasetName = v }
            ),
            BoundKey.Number(
                "test_split_size",
                "how much of dataset_name is held out: a share below 1, or a number of rows; 0 holds out nothing",
                (0, 1e9),
                r => r.TestSplitSize,
                (r, v) => r with { TestSplitSize = v }
            ),
            BoundKey.Whole(
                "max_length",
                "longest prompt and answer together, in tokens",
                (2, int.MaxValue),
                r => r.MaxLength,
                (r, v) => r with { MaxLength = (int)v }
            ),
            BoundKey.Choice(
                "truncation_mode",
                "keep_start cuts longer answers on the right, keep_end prompt and answer on the left; drop leaves such "
                    + "rows out",
                TokenizationNames.Truncations,
                r => r.TruncationMode,
                (r, v) => r with { TruncationMode = v }
            ),
            BoundKey.Whole(
                "max_prompt_length",
                "what a prompt keeps that does not fit; of compatibility simper-reference alone",
                (1, int.MaxValue),
                r => r.MaxPromptLength,
                (r, v) => r with { MaxPromptLength = (int)v }
            ),
            BoundKey.Choice(
                "compatibility",
                "whose tokens are met: strict is Simper's own way; trl, trl-cpo and simper-reference are those programs'",
                TokenizationNames.Compatibilities,
                r => r.Compatibility,
                (r, v) => r with { Compatibility = v }
            ),
            BoundKey.Choice(
                "dataset_format",
                "auto puts plain texts through the chat template; text takes them as they stand",
                [("auto", DatasetFormat.Auto), ("text", DatasetFormat.Text)],
                r => r.DatasetFormat,
                (r, v) => r with { DatasetFormat = v }
            )
        ),
        .. Group(
            "Learning rate",
            BoundKey.Number(
                "learning_rate",
                "peak learning rate",
                (0, 1),
                r => r.LearningRate,
                (r, v) => r with { LearningRate = v }
            ),
            new BoundKey(
                "lr_scheduler_type",
                "shape of the learning rate: cosine, linear, constant and transformers' others",
                RecipeKeyKind.Choice
            )
            {
                Choices = RecipeSchedule.Names,
                Set = (r, v) => r with { Schedule = RecipeSchedule.Kind(v) },
                Get = r => RecipeSchedule.Name(r.Schedule),
            },
            new BoundKey("lr_scheduler_kwargs", "what the shape may be told, as {num_cycles: 2}", RecipeKeyKind.Map)
            {
                Set = (r, _) => r, // read once the shape is known
                Get = RecipeSchedule.Write,
            },
            BoundKey.Number(
                "warmup_steps",
                "steps of warm-up, or below 1 their share of all steps",
                (0, 1e9),
                r => r.Warmup,
                (r, v) => r with { Warmup = v }
            ) with
            {
                Aliases = ["warmup_ratio"],
            }
        ),
        .. Group(
            "Steps",
            BoundKey.Whole(
                "per_device_train_batch_size",
                "pairs of a pass; times gradient_accumulation_steps it is the pairs of a step",
                (1, int.MaxValue),
                r => r.TrainBatchSize,
                (r, v) => r with { TrainBatchSize = (int)v }
            ),
            BoundKey.Whole(
                "per_device_eval_batch_size",
                "pairs of an evaluation pass",
                (1, int.MaxValue),
                r => r.EvalBatchSize,
                (r, v) => r with { EvalBatchSize = (int)v }
            ),
            BoundKey.Whole(
                "gradient_accumulation_steps",
                "passes of a step",
                (1, int.MaxValue),
                r => r.GradientAccumulationSteps,
                (r, v) => r with { GradientAccumulationSteps = (int)v }
            ),
            BoundKey.Number(
                "num_train_epochs",
                "passes over the data",
                (1e-6, 1e6),
                r => r.NumTrainEpochs,
                (r, v) => r with { NumTrainEpochs = v }
            ),
            BoundKey.Whole(
                "max_steps",
                "stops after so many steps; -1 does not",
                (-1, int.MaxValue),
                r => r.MaxSteps,
                (r, v) => r with { MaxSteps = (int)v }
            )
        ),
        .. Group(
            "Optimizer and memory",
            BoundKey.Number(
                "weight_decay",
                "AdamW's decay of matrices",
                (0, 10),
                r => r.WeightDecay,
                (r, v) => r with { WeightDecay = v }
            ),
            BoundKey.Number(
                "adam_beta1",
                "AdamW: how much of the mean of earlier gradients is kept",
                (0, 0.9999999),
                r => r.AdamBeta1,
                (r, v) => r with { AdamBeta1 = v }
            ),
            BoundKey.Number(
                "adam_beta2",
                "AdamW: how much of the mean of their squares is kept",
                (0, 0.9999999),
                r => r.AdamBeta2,
                (r, v) => r with { AdamBeta2 = v }
            ),
            BoundKey.Number(
                "adam_epsilon",
                "AdamW: added to what an update is divided by",
                (0, 1),
                r => r.AdamEpsilon,
                (r, v) => r with { AdamEpsilon = v }
            ),
            BoundKey.Number(
                "max_grad_norm",
                "gradients of a larger norm are scaled down; 0 never",
                (0, 1e9),
                r => r.MaxGradNorm,
                (r, v) => r with { MaxGradNorm = v }
            ),
            BoundKey.Flag(
                "gradient_checkpointing",
                "compute activations twice, keep less memory",
                r => r.GradientCheckpointing,
                (r, v) => r with { GradientCheckpointing = v }
            ),
            new BoundKey(
                "max_memory",
                "what the process may hold, as 3GB or 800MB: passes are made small enough; empty takes what the machine has",
                RecipeKeyKind.Bytes
            )
            {
                Set = (r, v) => r with { MaxMemory = v.BytesOrNull() },
                Get = r => r.MaxMemory is { } bytes ? bytes.ToString(CultureInfo.InvariantCulture) : "",
            }
        ),
        .. Group(
            "Reference that follows",
            BoundKey.Flag(
                "sync_ref_model",
                "let the reference follow the policy (TR-DPO)",
                r => r.SyncRefModel,
                (r, v) => r with { SyncRefModel = v }
            ),
            BoundKey.Number(
                "ref_model_mixup_alpha",
                "what share of the policy goes into the reference when it follows",
                (0, 1),
                r => r.RefModelMixupAlpha,
                (r, v) => r with { RefModelMixupAlpha = v }
            ),
            BoundKey.Whole(
                "ref_model_sync_steps",
                "steps between two such updates",
                (1, int.MaxValue),
                r => r.RefModelSyncSteps,
                (r, v) => r with { RefModelSyncSteps = (int)v }
            )
        ),
        .. Group(
            "Order",
            BoundKey.Whole(
                "seed",
                "order of the data, split, samples",
                (0, long.MaxValue),
                r => r.Seed,
                (r, v) => r with { Seed = v }
            ) with
            {
                Aliases = ["data_seed"],
            },
            BoundKey.Choice(
                "train_sampling_strategy",
                "random gives each epoch an order of its own, sequential is the file's order",
                [("random", true), ("sequential", false)],
                r => r.Shuffle,
                (r, v) => r with { Shuffle = v }
            )
        ),
        .. Group(
            "Evaluation and logs",
            BoundKey.Whole(
                "eval_steps",
                "evaluate every so many steps; 0 before and after only",
                (0, int.MaxValue),
                r => r.EvalSteps,
                (r, v) => r with { EvalSteps = (int)v }
            ),
            BoundKey.Whole(
                "logging_steps",
                "log every so many steps",
                (1, int.MaxValue),
                r => r.LoggingSteps,
                (r, v) => r with { LoggingSteps = (int)v }
            ),
            BoundKey.Whole(
                "samples",
                "held-out prompts that are answered before and after",
                (0, 1000),
                r => r.Samples,
                (r, v) => r with { Samples = (int)v }
            ),
            BoundKey.Whole(
                "sample_tokens",
                "longest answer to them",
                (1, int.MaxValue),
                r => r.SampleTokens,
                (r, v) => r with { SampleTokens = (int)v }
            )
        ),
        .. Group(
            "Folders",
            BoundKey.Text("output_dir", "the run's folder", r => r.OutputDir, (r, v) => r with { OutputDir = v ?? "" }),
            BoundKey.Flag(
                "overwrite_output_dir",
                "replace an earlier run",
                r => r.OverwriteOutputDir,
                (r, v) => r with { OverwriteOutputDir = v }
            ),
            BoundKey.Text(
                "cache_dir",
                "folder in which tokenized data is kept between runs",
                r => r.CacheDir,
                (r, v) => r with { CacheDir = v }
            )
        ),
    ];

    private static readonly Dictionary<string, BoundKey> ByName = Bound
        .SelectMany(k => k.Aliases.Prepend(k.Name).Select(n => (n, k)))
        .ToDictionary(x => x.n, x => x.k, StringComparer.Ordinal);

    /// <summary>Every name and alias.</summary>
    internal static IEnumerable<string> Spellings => ByName.Keys;

    /// <summary>A key's spelling in files: flags may have dashes, and aliases are resolved.</summary>
    public static string Canonical(string key)
    {
        string name = key.Replace('-', '_');
        return ByName.TryGetValue(name, out BoundKey? known) ? known.Name : name;
    }

    internal static bool Find(string name, [NotNullWhen(true)] out BoundKey? key) => ByName.TryGetValue(name, out key);

    private static IEnumerable<BoundKey> Group(string name, params IEnumerable<BoundKey> keys)
    {
        var usual = new Recipe();
        return keys.Select(k =>
            k with
            {
                Group = name,
                Default = k.Get(usual).Trim('\'').Replace("E-0", "e-", StringComparison.Ordinal),
            }
        );
    }
}
