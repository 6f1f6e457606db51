using Simper.Tensors;

namespace Simper.Runs;

/// <summary>Keys of TRL and transformers that are none of ours: harmless ones are noted, others are answered with what to do.</summary>
internal static class ForeignKeys
{
    // No effect here, whatever their value.
    private static readonly string[] Harmless =
    [
        "dataset_num_proc", "dataloader_num_workers", "dataloader_pin_memory", "remove_unused_columns", "attn_implementation", "run_name", "report_to",
        "log_level", "logging_dir", "logging_strategy", "logging_first_step", "ddp_find_unused_parameters", "ddp_timeout", "optim", "hub_model_id",
        "gradient_checkpointing_kwargs", "preprocessing_num_workers", "save_total_limit", "save_strategy", "save_steps", "disable_dropout", "tf32",
        "model_init_kwargs", "trust_remote_code", "padding_free", "pad_to_multiple_of", "precompute_ref_log_probs", "logging_nan_inf_filter", "do_eval",
        "dataset_train_split", "dataset_test_split", "use_liger_kernel", "average_tokens_across_devices", "torch_empty_cache_steps", "include_tokens_per_second",
    ];

    // Allowed with the values named; others would change the run.
    private static readonly Dictionary<string, string[]> OnlyAs = new(StringComparer.Ordinal)
    {
        ["push_to_hub"] = ["false"],
        ["use_peft"] = ["false"],
        ["load_in_4bit"] = ["false"],
        ["load_in_8bit"] = ["false"],
        ["fp16"] = ["false"],
        ["load_best_model_at_end"] = ["false"],
        ["model_revision"] = ["main"],
        ["eval_strategy"] = ["no", "steps"],
        ["evaluation_strategy"] = ["no", "steps"],
        ["eval_on_start"] = ["true", "false"],
        ["resume_from_checkpoint"] = [""],
        ["dataset_streaming"] = ["false"],
        ["group_by_length"] = ["false"],
        ["neftune_noise_alpha"] = [""],
        ["eval_accumulation_steps"] = [""],
    };

    private static readonly Dictionary<string, string> Advice = new(StringComparer.Ordinal)
    {
        ["max_completion_length"] = "use max_length, which counts prompt and answer together",
        ["max_seq_length"] = "use max_length",
        ["reference_free"] = "SimPER needs no reference model; remove the key",
        ["ref_model"] = "the reference is the model before training; remove the key",
        ["rpo_alpha"] = "it is gone from TRL and not supported",
        ["loss"] = "use loss_type",
        ["objective"] = "use loss_type",
        ["model"] = "use model_name_or_path",
        ["dataset"] = "use dataset_name",
        ["datasets"] = "give one file or folder as dataset_name",
        ["dataset_mixer"] = "give one file or folder as dataset_name",
        ["lr"] = "use learning_rate",
        ["epochs"] = "use num_train_epochs",
        ["batch_size"] = "use per_device_train_batch_size",
    };

    /// <exception cref="SimperException">The key is unknown, or its value would change the run.</exception>
    public static void Check(string name, RecipeEntry entry, ICollection<string>? notes, IEnumerable<string> known, ref Recipe recipe)
    {
        if (name == "bf16")
        {
            if (new RecipeValue(entry).Flag())
                recipe = recipe with { Dtype = recipe.Dtype ?? Precision.BFloat16 };
            else if (recipe.Dtype is null)
                recipe = recipe with { Dtype = Precision.Float32 };
            return;
        }
        if (Harmless.Contains(name))
        {
            notes?.Add($"{entry.Place}: {name} has no effect here.");
            return;
        }
        if (OnlyAs.TryGetValue(name, out string[]? allowed))
        {
            if (allowed.Contains(entry.Value.ToLowerInvariant()))
            {
                if (name.StartsWith("eval", StringComparison.Ordinal))
                    notes?.Add($"{entry.Place}: {name} has no effect here: held-out pairs are evaluated before and after, and every eval_steps steps.");
                return;
            }
            throw new SimperException($"{entry.Place}: {name}: \"{entry.Value}\" is not supported yet; remove the key.");
        }
        string hint = Advice.TryGetValue(name, out string? advice) ? advice : $"did you mean {Nearest(name, known)}?";
        throw new SimperException($"{entry.Place}: the key {entry.Key} is unknown; {hint}{(hint.EndsWith('?') ? "" : ".")}");
    }

    private static string Nearest(string name, IEnumerable<string> known) => known.MinBy(k => Distance(name, k))!;

    // Levenshtein's edit distance.
    private static int Distance(string a, string b)
    {
        int[] row = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int above = row[j];
                row[j] = Math.Min(Math.Min(row[j] + 1, row[j - 1] + 1), diagonal + (a[i - 1] == b[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }
        return row[^1];
    }
}
