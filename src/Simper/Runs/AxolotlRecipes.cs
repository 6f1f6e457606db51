using System.Text.Json;
using System.Text.Json.Nodes;

namespace Simper.Runs;

/// <summary>axolotl's recipes: <c>base_model</c>, <c>rl</c>, <c>sequence_len</c>.</summary>
internal static class AxolotlRecipes
{
    private const string Name = "axolotl";
    private const string Remove = "remove the key";
    private const string AdamW = "this is AdamW";

    public static ForeignTool Tool { get; } =
        new(
            Name,
            [
                "base_model",
                "rl",
                "rl_beta",
                "sequence_len",
                "val_set_size",
                "adapter",
                "orpo_alpha",
                "dpo_beta",
                "dpo_loss_type",
                "kto_desirable_weight",
                "kto_undesirable_weight",
                "excess_length_strategy",
            ],
            [
                ("base_model", "model_name_or_path"),
                ("sequence_len", "max_length"),
                ("eval_batch_size", "per_device_eval_batch_size"),
                ("val_set_size", "test_split_size"),
                ("dpo_label_smoothing", "label_smoothing"),
                ("dpo_use_weighting", "use_weighting"),
                ("dpo_loss_weights", "loss_weights"),
                ("rl_beta", "beta"),
                ("dpo_beta", "beta"),
                ("kto_desirable_weight", "desirable_weight"),
                ("kto_undesirable_weight", "undesirable_weight"),
                ("orpo_alpha", "beta"),
            ],
            Rewrite
        )
        {
            Keys = ForeignTool.Table(
                [
                    (
                        "",
                        [
                            "model_type",
                            "tokenizer_type",
                            "processor_type",
                            "tokenizer_use_fast",
                            "tokenizer_legacy",
                            "is_falcon_derived_model",
                            "is_llama_derived_model",
                            "is_mistral_derived_model",
                            "is_qwen_derived_model",
                            "base_model_config",
                            "flash_attention",
                            "sdp_attention",
                            "xformers_attention",
                            "flex_attention",
                            "eager_attention",
                            "sage_attention",
                            "flash_attn_cross_entropy",
                            "flash_attn_rms_norm",
                            "flash_attn_fuse_mlp",
                            "dataset_prepared_path",
                            "dataset_processes",
                            "dataset_keep_in_memory",
                            "skip_prepare_dataset",
                            "push_dataset_to_hub",
                            "hf_use_auth_token",
                            "strict",
                            "plugins",
                            "liger_rope",
                            "liger_rms_norm",
                            "liger_glu_activation",
                            "liger_layer_norm",
                            "liger_fused_linear_cross_entropy",
                            "cut_cross_entropy",
                            "chunked_cross_entropy",
                            "use_kernels",
                            "use_scattermoe",
                            "use_sonicmoe",
                            "gc_steps",
                            "gpu_memory_limit",
                            "low_cpu_mem_usage",
                            "experimental_skip_move_to_device",
                            "loss_watchdog_threshold",
                            "loss_watchdog_patience",
                            "train_on_inputs",
                            "shuffle_merged_datasets",
                            "roles_to_train",
                            "eot_tokens",
                            "layer_offloading",
                            "tokenizer_save_jinja_files",
                            "profiler_steps",
                            "ddp",
                            "device",
                            "world_size",
                            "selective_checkpointing",
                            "dpo_use_liger_kernel",
                            "dpo_use_logits_to_keep",
                            "dpo_generate_during_eval",
                        ]
                    ),
                    (
                        "pairs are packed without padding",
                        [
                            "sample_packing",
                            "eval_sample_packing",
                            "pad_to_sequence_len",
                            "dpo_padding_free",
                            "batch_flattening",
                            "multipack_real_batches",
                        ]
                    ),
                    (
                        "metrics are written into the run's folder",
                        [
                            "wandb_project",
                            "wandb_entity",
                            "wandb_watch",
                            "wandb_name",
                            "wandb_run_id",
                            "wandb_mode",
                            "wandb_log_model",
                            "use_wandb",
                            "use_mlflow",
                            "mlflow_tracking_uri",
                            "mlflow_experiment_name",
                            "mlflow_run_name",
                            "use_comet",
                            "comet_project_name",
                            "use_tensorboard",
                            "use_swanlab",
                            "swanlab_project",
                            "swanlab_run_name",
                            "include_tkps",
                        ]
                    ),
                    ("the model is saved when the run ends", ["saves_per_epoch", "save_first_step"]),
                    (
                        "held-out pairs are evaluated before and after, and every eval_steps steps",
                        ["evals_per_epoch", "eval_table_size", "do_bench_eval"]
                    ),
                    (
                        "a run is one process",
                        [
                            "fsdp_version",
                            "dp_shard_size",
                            "dp_replicate_size",
                            "tensor_parallel_size",
                            "context_parallel_size",
                            "sequence_parallel_degree",
                            "fsdp_final_state_dict_type",
                            "deepcompile",
                        ]
                    ),
                    (
                        "all weights are trained",
                        [
                            "lora_target_linear",
                            "lora_fan_in_fan_out",
                            "lora_on_cpu",
                            "peft",
                            "peft_use_dora",
                            "peft_use_rslora",
                            "lora_mlp_kernel",
                            "lora_qkv_kernel",
                            "lora_o_kernel",
                            "loraplus_lr_ratio",
                            "qlora_sharded_model_loading",
                        ]
                    ),
                ],
                [
                    ("lora_model_dir", [], "merge the adapter into the model first, and unset the key"),
                    ("unfrozen_parameters", [], "all weights are trained; unset the key"),
                    ("early_stopping_patience", [], "the model after the last step is saved; unset the key"),
                    ("dataset_exact_deduplication", ["false"], "leave the doubles out of the file, and unset the key"),
                    (
                        "chat_template_jinja",
                        [],
                        "write the template into a file, give that as chat_template_path, and unset the key"
                    ),
                    ("tokens", [], "the model's own tokens are used; unset the key"),
                    ("resize_token_embeddings_to_32x", ["false"], Remove),
                    ("use_onebitllms", ["false"], Remove),
                    ("relora", ["false"], "all weights are trained; unset the key"),
                    ("float16", ["false"], "use bf16: true, or dtype: float32"),
                    ("bfloat16", ["false"], "weights are kept in float32; use bf16: true"),
                    ("fp8", ["false"], "use bf16: true"),
                    ("default_system_message", [], "write the system message into the rows, and unset the key"),
                    ("rope_scaling", [], "write it into the model's config.json, and unset the key"),
                    ("overrides_of_model_config", [], "write it into the model's config.json, and unset the key"),
                    ("noisy_embedding_alpha", [], Remove),
                    ("curriculum_sampling", ["false"], Remove),
                    ("lr_groups", [], AdamW),
                    ("embedding_lr", [], AdamW),
                    ("lr_quadratic_warmup", ["false"], Remove),
                    ("cosine_constant_lr_ratio", [], Remove),
                    ("pretraining_dataset", [], Remove),
                    ("reward_model", ["false"], Remove),
                    ("s2_attention", ["false"], Remove),
                    ("trainer_cls", [], Remove),
                    ("qat", [], Remove),
                    ("quantization", [], Remove),
                    ("min_sample_len", [], Remove),
                    ("batch_size", [], "use per_device_train_batch_size and gradient_accumulation_steps"),
                    ("dpo_norm_loss", ["false"], Remove),
                    ("streaming", ["false"], Remove),
                ]
            ),
        };

    private static void Rewrite(ForeignRecipe recipe)
    {
        RecipeEntry? type = recipe.Take("rl");
        RecipeEntry? variant = recipe.Take("dpo_loss_type");
        RecipeEntry? model = recipe.Find("base_model");
        recipe.ExpectFullTraining("adapter", "", fallback: null, Name);
        if (type is not null)
            Loss(recipe, type, variant);
        else if (variant is not null)
            recipe.Read(variant, "loss_type", variant.Value, variant.Shape);
        else if (model is not null && !recipe.Has("loss_type"))
            recipe.Stop(
                $"{model.Subject}: axolotl trains on texts, not on preferences, where rl is not given; give rl: dpo, "
                    + "kto, orpo or simpo, or a loss_type."
            );
        if (recipe.Find("trl") is { } trl && ForeignRecipe.Part(trl, "beta") is { } beta)
        {
            recipe.Take("trl");
            recipe.Read(trl, "beta", beta.ToString());
        }
        recipe.Truncation("excess_length_strategy", [("drop", "drop"), ("truncate", "keep_start")], type);
        if (recipe.Find("chat_template") is { } template && !template.Value.Contains('{', StringComparison.Ordinal))
            recipe.Idle(recipe.Take("chat_template"), "the model's own chat template is used; chat_template_path gives another");
        if (recipe.Find("cosine_min_lr_ratio") is { } ratio && recipe.Find("lr_scheduler") is { Value: "cosine" } shape)
        {
            recipe.Take("cosine_min_lr_ratio");
            recipe.Take("lr_scheduler");
            recipe.Read(shape, "lr_scheduler_type", "cosine_with_min_lr");
            recipe.Read(ratio, "lr_scheduler_kwargs", $"{{\"min_lr_rate\": {ratio.Value}}}", RecipeEntryShape.Map);
        }
        SpecialTokens(recipe);
    }

    private static void Loss(ForeignRecipe recipe, RecipeEntry type, RecipeEntry? variant)
    {
        if (type.Value is not ("dpo" or "ipo" or "kto" or "orpo" or "simpo"))
        {
            recipe.Stop($"{type.Subject} is \"{type.Value}\"; of axolotl's there are dpo, ipo, kto, orpo and simpo here.");
            return;
        }
        if (type.Value == "dpo" && variant is not null)
            recipe.Read(variant, "loss_type", variant.Value, variant.Shape);
        else
            recipe.Read(type, "loss_type", type.Value);
        if (type.Value == "simpo" && !recipe.LossIsOverridden)
        {
            if (!recipe.Has("rl_beta"))
                recipe.Imply(type, "beta", "0.1");
            recipe.Imply(type, "cpo_alpha", "1");
        }
        if (type.Value != "simpo" && !recipe.LossIsOverridden)
        {
            foreach (string name in (string[])["simpo_gamma", "cpo_alpha"])
                recipe.Idle(recipe.Take(name), $"rl is {type.Value}");
        }
        if (type.Value != "orpo" || recipe.Has("rl_beta"))
            recipe.Idle(recipe.Take("orpo_alpha"), type.Value == "orpo" ? "rl_beta is given" : $"rl is {type.Value}");
        if (type.Value != "kto")
        {
            foreach (string name in (string[])["kto_desirable_weight", "kto_undesirable_weight"])
                recipe.Idle(recipe.Take(name), $"rl is {type.Value}");
        }
    }

    // A padding token does nothing here; a token that begins or ends a text would.
    private static void SpecialTokens(ForeignRecipe recipe)
    {
        if (recipe.Take("special_tokens") is not { } tokens)
            return;
        string[] others = [];
        try
        {
            others =
            [
                .. (JsonNode.Parse(tokens.Value) as JsonObject ?? [])
                    .Where(t => t.Value is not null && t.Key is not ("pad_token" or "unk_token"))
                    .Select(t => t.Key),
            ];
        }
        catch (JsonException)
        {
            others = [tokens.Value];
        }
        if (others.Length > 0)
            recipe.Stop(
                $"{tokens.Subject} sets {string.Join(" and ", others)}; the model's own tokens are used, so unset the "
                    + "key where they are the same, or change the model's tokenizer_config.json."
            );
        else
            recipe.Idle(tokens, "there is no padding");
    }
}
