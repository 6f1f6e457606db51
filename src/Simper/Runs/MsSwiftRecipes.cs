using System.Text.Json.Nodes;
using Simper.Text.Preferences;

namespace Simper.Runs;

/// <summary>The arguments of ms-swift's <c>swift rlhf</c>, as flags or in a file.</summary>
internal static class MsSwiftRecipes
{
    private const string Name = "ms-swift";
    private const string Remove = "remove the key";

    public static ForeignTool Tool { get; } =
        new(
            Name,
            [
                "rlhf_type",
                "tuner_type",
                "train_type",
                "split_dataset_ratio",
                "attn_impl",
                "target_modules",
                "quant_bits",
                "truncation_strategy",
                "load_from_cache_file",
            ],
            [
                ("model", "model_name_or_path"),
                ("split_dataset_ratio", "test_split_size"),
                ("lora_rank", "lora_r"),
                ("lorap_lr_ratio", "loraplus_lr_ratio"),
                ("lorap_emb_lr", "loraplus_lr_embedding"),
                ("init_weights", "init_lora_weights"),
            ],
            Rewrite
        )
        {
            Keys = ForeignTool.Table(
                [
                    (
                        "",
                        [
                            "attn_impl",
                            "experts_impl",
                            "load_from_cache_file",
                            "lazy_tokenize",
                            "use_hf",
                            "model_type",
                            "task_type",
                            "template_backend",
                            "padding_side",
                            "packing_length",
                            "packing_num_proc",
                            "packing_strategy",
                            "sequence_parallel_size",
                            "strict",
                            "download_mode",
                            "use_logits_to_keep",
                            "ds3_gather_for_generation",
                            "safe_serialization",
                            "max_shard_size",
                            "check_model",
                            "add_version",
                            "create_checkpoint_symlink",
                            "load_args",
                            "load_data_args",
                            "ignore_args_error",
                            "val_dataset_shuffle",
                            "shuffle_buffer_size",
                            "use_liger_kernel",
                            "max_model_len",
                            "tuner_backend",
                            "zero_hpz_partition_size",
                            "deepspeed_autotp_size",
                            "enable_npu_model_patch",
                            "max_new_tokens",
                            "temperature",
                            "max_completion_length",
                            "agent_template",
                            "acc_strategy",
                        ]
                    ),
                    ("", ["bnb_4bit_quant_storage"]),
                    ("dtype is the type of the matrix products", ["bnb_4bit_compute_dtype"]),
                    ("adapters are kept in float32", ["lora_dtype"]),
                    (
                        "init_weights is not lora-ga",
                        [
                            "lora_ga_batch_size",
                            "lora_ga_iters",
                            "lora_ga_max_length",
                            "lora_ga_direction",
                            "lora_ga_scale",
                            "lora_ga_stable_gamma",
                        ]
                    ),
                    ("pairs are packed without padding", ["packing", "padding_free"]),
                    (
                        "there are no pictures",
                        [
                            "freeze_vit",
                            "freeze_aligner",
                            "vit_lr",
                            "aligner_lr",
                            "vit_gradient_checkpointing",
                            "max_pixels",
                            "norm_bbox",
                        ]
                    ),
                    (
                        "metrics are written into the run's folder",
                        [
                            "swanlab_token",
                            "swanlab_project",
                            "swanlab_workspace",
                            "swanlab_exp_name",
                            "swanlab_mode",
                            "logging_first_step",
                        ]
                    ),
                ],
                [
                    ("system", [], "write the system message into the rows, and unset the key"),
                    (
                        "target_parameters",
                        [],
                        "adapters are of whole modules, of which target_modules gives the names; unset the key"
                    ),
                    ("ref_model", [], "the reference is the model before training; unset the key"),
                    ("freeze_llm", ["false"], "all weights are trained; set it to false"),
                    ("freeze_parameters_ratio", ["0", "0.0"], "all weights are trained; set it to 0"),
                    ("freeze_parameters", [], "all weights are trained; unset the key"),
                    ("trainable_parameters", [], "all weights are trained; unset the key"),
                    ("loss_scale", ["default", "last_round"], "all tokens of an answer weigh the same; unset the key"),
                    ("use_chat_template", ["true"], "give dataset_format: text, and unset the key"),
                    ("max_epochs", [], "use num_train_epochs"),
                    ("early_stop_interval", [], "the model after the last step is saved; unset the key"),
                    ("cached_dataset", [], "give the rows as dataset_name, and unset the key"),
                    ("columns", [], "give dataset_columns, and unset the key"),
                    ("rope_scaling", [], "write it into the model's config.json, and unset the key"),
                    ("new_special_tokens", [], Remove),
                    ("response_prefix", [], Remove),
                    ("use_galore", ["false"], "this is AdamW"),
                    ("external_plugins", [], Remove),
                    ("custom_register_path", [], Remove),
                ]
            ),
        };

    private static void Rewrite(ForeignRecipe recipe)
    {
        RecipeEntry? type = recipe.Take("rlhf_type");
        MsSwiftAdapters.Read(recipe, type, Name);
        if (type is not null)
            Loss(recipe, type);
        recipe.Truncation("truncation_strategy", [("delete", "drop"), ("left", "keep_end"), ("right", "keep_start")], type);
        recipe.Idle(recipe.Take("template"), "the model's own chat template is used; chat_template_path gives another");
        recipe.Thinking();
        foreach (string name in (string[])["dataset_shuffle", "train_dataloader_shuffle"])
        {
            if (recipe.TakeFlag(name) is var (order, shuffles) && !recipe.Has("train_sampling_strategy"))
                recipe.Read(order, "train_sampling_strategy", shuffles ? "random" : "sequential");
        }
        RecipeEntry? stop = recipe.Take("stopping_strategy");
        if (recipe.Take("interleave_prob") is { } probable)
        {
            recipe.Read(probable, "interleave_probs", probable.Value, probable.Shape);
            string strategy = stop is { Value: "all_exhausted" } ? "interleave_over" : "interleave_under";
            recipe.Read(stop ?? probable, "mix_strategy", strategy);
        }
        else
            recipe.Idle(stop, "interleave_prob is not given");
        ForeignDataNames.Read(recipe, "dataset", "dataset_name");
        ForeignDataNames.Read(recipe, "val_dataset", "eval_dataset_name");
        if (recipe.Take("columns") is { } columns)
            recipe.Try(() => Columns(recipe, columns));
    }

    // {"text1": "query"}: the other way round than ours.
    private static void Columns(ForeignRecipe recipe, RecipeEntry columns)
    {
        if (RecipeMixture.Json(columns) is not JsonObject theirs || theirs.Any(c => c.Value is null))
            throw new SimperException(
                $"{columns.Subject} is \"{columns.Value}\"; it has to be a map, as {{\"text1\": \"query\"}}, or give "
                    + $"{ColumnMap.Key}: query=text1."
            );
        var map = new JsonObject();
        foreach ((string source, JsonNode? name) in theirs)
            map[name!.ToString()] = source;
        if (!recipe.Has(ColumnMap.Key))
            recipe.Read(columns, ColumnMap.Key, ColumnMap.Parse(map.ToJsonString(), columns.Subject).ToString());
    }

    private static void Loss(ForeignRecipe recipe, RecipeEntry type)
    {
        RecipeEntry? variant = recipe.Find("loss_type");
        if (variant is { IsOverride: true } && !type.IsOverride)
            return; // the command line's loss_type is ours
        string? loss = (type.Value, variant?.Value) switch
        {
            ("dpo", null or "sigmoid") => "dpo",
            ("cpo", null or "sigmoid") => "cpo",
            ("cpo", "hinge") => "cpo_hinge",
            ("cpo", "ipo") => "cpo_ipo",
            ("cpo" or "simpo", "simpo") or ("simpo", null) => "simpo",
            ("kto", null or "kto") => "kto",
            ("kto", "apo_zero_unpaired") => "apo_zero_unpaired",
            ("orpo", null) => "orpo",
            ("dpo", { } name) => name,
            _ => null,
        };
        if (loss is null)
        {
            recipe.Stop(
                type.Value is "dpo" or "cpo" or "simpo" or "kto" or "orpo"
                    ? $"{variant!.Subject} is \"{variant.Value}\", which rlhf_type {type.Value} does not have."
                    : $"{type.Subject} is \"{type.Value}\"; of ms-swift's types there are dpo, kto, orpo, cpo and simpo here."
            );
            return;
        }
        if (variant is null)
            recipe.Read(type, "loss_type", loss);
        else if (variant.Value != loss)
            recipe.Replace(variant, loss, RecipeEntryShape.Value);
        if (loss is "simpo")
        {
            recipe.Imply(type, "beta", "2");
            recipe.Imply(type, "simpo_gamma", "1");
        }
        if (loss is "simpo" || loss.StartsWith("cpo", StringComparison.Ordinal))
            recipe.Imply(type, "cpo_alpha", "1");
        else
            recipe.Idle(recipe.Take("cpo_alpha"), $"rlhf_type is {type.Value}");
        if (loss is not "simpo")
            recipe.Idle(recipe.Take("simpo_gamma"), $"rlhf_type is {type.Value}");
    }
}
