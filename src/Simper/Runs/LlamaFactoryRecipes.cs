namespace Simper.Runs;

/// <summary>LLaMA-Factory's recipes: <c>stage</c>, <c>finetuning_type</c>, <c>pref_loss</c>.</summary>
internal static class LlamaFactoryRecipes
{
    private const string Name = "LLaMA-Factory";
    private const string Remove = "remove the key";

    public static ForeignTool Tool { get; } =
        new(
            Name,
            [
                "stage",
                "finetuning_type",
                "cutoff_len",
                "pref_loss",
                "pref_beta",
                "pref_ftx",
                "val_size",
                "dataset_dir",
                "lora_target",
                "dpo_label_smoothing",
                "kto_chosen_weight",
                "kto_rejected_weight",
            ],
            [
                ("cutoff_len", "max_length"),
                ("pref_beta", "beta"),
                ("val_size", "test_split_size"),
                ("eval_dataset", "eval_dataset_name"),
                ("dpo_label_smoothing", "label_smoothing"),
                ("kto_chosen_weight", "desirable_weight"),
                ("kto_rejected_weight", "undesirable_weight"),
                ("train_from_scratch", "from_scratch"),
                ("lora_rank", "lora_r"),
                ("additional_target", "lora_modules_to_save"),
            ],
            Rewrite
        )
        {
            Keys = ForeignTool.Table(
                [
                    (
                        "",
                        [
                            "flash_attn",
                            "enable_liger_kernel",
                            "use_unsloth",
                            "use_unsloth_gc",
                            "use_reentrant_gc",
                            "use_fast_tokenizer",
                            "low_cpu_mem_usage",
                            "upcast_layernorm",
                            "upcast_lmhead_output",
                            "overwrite_cache",
                            "preprocessing_batch_size",
                            "data_shared_file_system",
                            "buffer_size",
                            "use_kv_cache",
                            "infer_backend",
                            "infer_dtype",
                            "offload_folder",
                            "print_param_status",
                            "use_v1_kernels",
                            "tool_format",
                            "dataset_dir",
                            "include_effective_tokens_per_second",
                            "preprocessing_num_workers",
                            "ref_model_quantization_bit",
                            "block_diag_attn",
                        ]
                    ),
                    ("every run draws its figures", ["plot_loss", "compute_accuracy"]),
                    (
                        "metrics are written into the run's folder",
                        [
                            "use_swanlab",
                            "swanlab_project",
                            "swanlab_workspace",
                            "swanlab_run_name",
                            "swanlab_mode",
                            "swanlab_api_key",
                            "swanlab_logdir",
                        ]
                    ),
                    ("nothing is downloaded or uploaded", ["hf_hub_token", "ms_hub_token", "om_hub_token"]),
                    (
                        "there are no pictures",
                        [
                            "media_dir",
                            "image_max_pixels",
                            "image_min_pixels",
                            "video_max_pixels",
                            "video_min_pixels",
                            "video_fps",
                            "video_maxlen",
                            "freeze_vision_tower",
                            "freeze_multi_modal_projector",
                        ]
                    ),
                ],
                [
                    ("packing", ["false"], Remove),
                    ("neat_packing", ["false"], Remove),
                    ("mask_history", ["true", "false"], Remove),
                    ("train_on_prompt", ["false"], Remove),
                    ("tokenized_path", [], Remove),
                    ("eval_on_each_dataset", ["false"], Remove),
                    ("use_galore", ["false"], "this is AdamW"),
                    ("use_apollo", ["false"], "this is AdamW"),
                    ("use_badam", ["false"], "this is AdamW"),
                    ("use_adam_mini", ["false"], "this is AdamW"),
                    ("use_muon", ["false"], "this is AdamW"),
                    ("use_dft_loss", ["false"], Remove),
                    ("use_asft_loss", ["false"], Remove),
                    ("use_eaft_loss", ["false"], Remove),
                    ("use_mca", ["false"], Remove),
                    ("quantization_device_map", [], Remove),
                    ("rope_scaling", [], "write it into the model's config.json, and unset the key"),
                    ("shift_attn", ["false"], Remove),
                    ("mixture_of_depths", [], Remove),
                    ("use_llama_pro", ["false"], Remove),
                    ("freeze_language_model", ["false"], Remove),
                    ("early_stopping_steps", [], "the model after the last step is saved; unset the key"),
                    ("adapter_folder", [], "give the adapter's own folder as adapter_name_or_path, and unset the key"),
                    ("ref_model_adapters", [], "the reference is the adapter before its first step; unset the key"),
                    ("pref_bco_weight", ["0", "0.0"], "it mixes BCO in; write loss_type: [sigmoid, bco_pair] with loss_weights"),
                    ("resize_vocab", ["false"], Remove),
                    ("add_tokens", [], Remove),
                    ("add_special_tokens", [], Remove),
                    ("pure_bf16", ["false"], "weights are kept in float32; use bf16: true"),
                    ("split_special_tokens", ["false"], Remove),
                    (
                        "pref_ftx",
                        ["0", "0.0"],
                        "its part is a mean over each answer; loss_type: [sigmoid, sft] with loss_weights comes near "
                            + "it, with a mean over the tokens of the batch"
                    ),
                    ("default_system", [], "write the system message into the rows, and unset the key"),
                    ("ref_model", [], "the reference is the model before training; unset the key"),
                    ("do_predict", ["false"], Remove),
                ]
            ),
        };

    private static void Rewrite(ForeignRecipe recipe)
    {
        RecipeEntry? stage = recipe.Take("stage");
        RecipeEntry? preference = recipe.Take("pref_loss");
        LlamaFactoryAdapters.Read(recipe, stage, isOfTexts: stage is { Value: "sft" }, Name);
        RecipeEntry? asked = stage is null or { Value: "dpo" } ? preference ?? stage : stage;
        if (stage is not null and not { Value: "dpo" or "kto" or "sft" })
            recipe.Stop($"{stage.Subject} is \"{stage.Value}\"; of LLaMA-Factory's stages there are dpo, kto and sft here.");
        else if (asked is not null)
            recipe.Read(asked, "loss_type", asked.Value == "sigmoid" ? "dpo" : asked.Value);
        if (stage is { Value: "kto" or "sft" })
            recipe.Idle(preference, $"stage is {stage.Value}");
        if (asked is { Value: "simpo" } && !recipe.LossIsOverridden && !recipe.Has("pref_beta"))
            recipe.Imply(asked, "beta", "0.1");
        if (asked is not { Value: "simpo" } && !recipe.LossIsOverridden)
            recipe.Idle(recipe.Take("simpo_gamma"), "the loss is not SimPO's");
        recipe.Idle(recipe.Take("template"), "the model's own chat template is used; chat_template_path gives another");
        recipe.Thinking();
        if (recipe.TakeFlag("disable_shuffling") is var (order, isFixed))
            recipe.Read(order, "train_sampling_strategy", isFixed ? "sequential" : "random");
        if (recipe.TakeFlag("disable_gradient_checkpointing") is var (checkpointing, isOff))
            recipe.Read(checkpointing, "gradient_checkpointing", isOff ? "false" : "true");
        ForeignDataNames.Read(recipe, "dataset", "dataset_name");
        ForeignDataNames.Read(recipe, "eval_dataset", "eval_dataset_name");
    }
}
