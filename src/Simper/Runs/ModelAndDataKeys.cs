using Simper.Tensors;
using Simper.Text.Preferences;
using Simper.Text.Preferences.Duplicates;
using Simper.Text.Preferences.Mixtures;

namespace Simper.Runs;

/// <summary>The recipe keys of what is trained, and on what.</summary>
internal static class ModelAndDataKeys
{
    public static IReadOnlyList<BoundKey> All { get; } =
    [
        .. BoundKey.Under(
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
            new BoundKey(
                "frozen_weights",
                "a quantised .gguf file's matrices where they do not train: unpacked into dtype, or packed as they lie in "
                    + "the file, in less memory; empty is packed with use_peft",
                RecipeKeyKind.Choice
            )
            {
                Choices = [.. RecipeValue.FrozenWeights.Select(c => c.Name)],
                Set = (r, v) =>
                    r with
                    {
                        FrozenWeights = v.TextOrNull() is null ? null : v.Choice([.. RecipeValue.FrozenWeights]),
                    },
                Get = r => r.FrozenWeights is { } kept ? RecipeValue.FrozenWeights.First(c => c.Value == kept).Name : "",
            },
            BoundKey.Flag(
                "strict_finite",
                "refuse a model with weights that are NaN or infinite, instead of a warning",
                r => r.StrictFinite,
                (r, v) => r with { StrictFinite = v }
            )
        ),
        .. BoundKey.Under(
            "Data",
            BoundKey.Text(
                "dataset_name",
                "training data: .jsonl or .json file (also .gz) or a folder of them",
                r => r.DatasetName,
                (r, v) => r with { DatasetName = v ?? "" }
            ),
            Mixture(
                "dataset_mixer",
                "several data sets instead of dataset_name: a map of each and how much of it is taken, up to 1 a share, above "
                    + "it a number of rows",
                r => r.DatasetMixer,
                (r, v) => r with { DatasetMixer = v }
            ),
            BoundKey.Choice(
                "mix_strategy",
                "how data sets of dataset_mixer follow each other: concat, interleave_under (until one is used up), "
                    + "interleave_over (until all are)",
                MixStrategies.Names,
                r => r.MixStrategy,
                (r, v) => r with { MixStrategy = v }
            ),
            new BoundKey(
                "interleave_probs",
                "how probable each data set is where they are interleaved, as 0.7,0.3; empty for all alike",
                RecipeKeyKind.Text
            )
            {
                MayBeList = true,
                Set = (r, v) => r with { InterleaveProbs = v.ProbabilitiesOrNull() },
                Get = r => BoundKey.Quoted(r.InterleaveProbs),
            },
            BoundKey.Whole(
                "max_samples",
                "how many rows of each data set are read at most, the first; empty for all",
                (1, int.MaxValue),
                r => r.MaxSamples,
                (r, v) => r with { MaxSamples = (int)v }
            ),
            BoundKey.Text(
                "eval_dataset_name",
                "held-out data; without it a part of dataset_name is held out",
                r => r.EvalDatasetName,
                (r, v) => r with { EvalDatasetName = v }
            ),
            new BoundKey(
                ColumnMap.Key,
                "the data's columns by the names of Simper's layouts, as {prompt: question, chosen: best, rejected: worst}; as "
                    + "an option, prompt=question,chosen=best,rejected=worst",
                RecipeKeyKind.Map
            )
            {
                Set = (r, v) => r with { DatasetColumns = v.Columns() },
                Get = r => r.DatasetColumns.IsEmpty ? "" : ReadableJson.OneLine(r.DatasetColumns.ToJson()),
            },
            Mixture(
                "eval_dataset_mixer",
                "several held-out data sets instead of eval_dataset_name, as dataset_mixer",
                r => r.EvalDatasetMixer,
                (r, v) => r with { EvalDatasetMixer = v }
            ),
            BoundKey.Number(
                "test_split_size",
                "how much of dataset_name is held out: a share below 1, or a number of rows; 0 holds out nothing",
                (0, 1e9),
                r => r.TestSplitSize,
                (r, v) => r with { TestSplitSize = v }
            ),
            BoundKey.Choice(
                "dedup",
                "rows that are left out since an earlier one has them: none, exact (equal ones), near (also nearly equal ones); "
                    + "none counts the exact ones",
                SelectionOptions.Deduplications,
                r => r.Selection.Dedup,
                (r, v) => r with { Selection = r.Selection with { Dedup = v } }
            ),
            BoundKey.Number(
                "dedup_threshold",
                "of dedup: near, the least Jaccard similarity of prompt and of each answer, by five words in a row",
                (0.1, 1),
                r => r.Selection.DedupThreshold,
                (r, v) => r with { Selection = r.Selection with { DedupThreshold = v } }
            ),
            BoundKey.Choice(
                "contradictions",
                "rows of one prompt that prefer A to B and B to A: keep counts them, drop leaves all of them out, raise refuses "
                    + "the data",
                SelectionOptions.ContradictionRules,
                r => r.Selection.Contradictions,
                (r, v) => r with { Selection = r.Selection with { Contradictions = v } }
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
                "what does not fit: keep_start cuts answers on the right, keep_end prompt and answer on the left, "
                    + "truncate_prompt the prompt alone on the left; drop leaves such rows out, raise refuses them",
                TokenizationNames.Truncations,
                r => r.TruncationMode,
                (r, v) => r with { TruncationMode = v }
            ),
            BoundKey.Whole(
                "max_prompt_length",
                "longest prompt, in tokens; of compatibility simper-reference, and of truncation_mode truncate_prompt, drop and "
                    + "raise",
                (1, int.MaxValue),
                r => r.MaxPromptLength,
                (r, v) => r with { MaxPromptLength = (int)v }
            ),
            BoundKey.Whole(
                "max_completion_length",
                "longest answer, in tokens: longer ones are cut on the right, dropped or refused, as truncation_mode says; of "
                    + "compatibility strict",
                (1, int.MaxValue),
                r => r.MaxCompletionLength,
                (r, v) => r with { MaxCompletionLength = (int)v }
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
    ];

    private static BoundKey Mixture(
        string name,
        string meaning,
        Func<Recipe, RecipeMixture> get,
        Func<Recipe, RecipeMixture, Recipe> set
    ) =>
        new(name, meaning, RecipeKeyKind.Map)
        {
            MayBeList = true,
            Set = (r, v) => set(r, v.Mixture()),
            Get = r => get(r).IsEmpty ? "" : ReadableJson.OneLine(get(r).ToJson()),
        };
}
