namespace Simper.Runs;

/// <summary>
/// The keys of TRL's configurations, transformers' TrainingArguments, and the scripts of SimPO, SimPER and the alignment
/// handbook.
/// </summary>
internal static class ForeignKeyTable
{
    private const string OneProcess =
        "a run is one process, and a step has per_device_train_batch_size times gradient_accumulation_steps pairs";
    private const string Metrics = "metrics are written into the run's folder";
    private const string Saving = "the model is saved when the run ends";
    private const string Upload = "nothing is uploaded";
    private const string Evaluation = "held-out pairs are evaluated before and after, and every eval_steps steps";
    private const string NoPadding = "there is no padding";
    private const string FullAdamW = "this is AdamW with moments in float32";
    private const string Remove = "remove the key";

    // No effect here, whatever the value.
    private static readonly (string Note, string[] Names)[] Harmless =
    [
        (
            "",
            [
                "dataset_num_proc",
                "preprocessing_num_workers",
                "dataloader_num_workers",
                "dataloader_pin_memory",
                "dataloader_prefetch_factor",
                "dataloader_persistent_workers",
                "remove_unused_columns",
                "label_names",
                "length_column_name",
                "attn_implementation",
                "bnb_4bit_quant_storage",
                "use_liger_kernel",
                "use_liger_loss",
                "liger_kernel_config",
                "torch_compile",
                "torch_compile_backend",
                "torch_compile_mode",
                "torch_empty_cache_steps",
                "activation_offloading",
                "gradient_checkpointing_kwargs",
                "use_reentrant",
                "tf32",
                "use_cpu",
                "no_cuda",
                "use_mps_device",
                "use_ipex",
                "half_precision_backend",
                "fp16_backend",
                "fp16_opt_level",
                "bf16_full_eval",
                "trust_remote_code",
                "use_cache",
                "device_map",
                "skip_memory_metrics",
                "full_determinism",
                "ignore_data_skip",
                "jit_mode_eval",
                "past_index",
                "precompute_ref_log_probs",
                "precompute_ref_batch_size",
                "log_level",
                "log_level_replica",
                "disable_tqdm",
                "ignore_bias_buffers",
                "env",
                "debug",
                "tpu_num_cores",
                "tpu_metrics_debug",
                "torchdynamo",
                "ray_scope",
                "mp_parameters",
            ]
        ),
        (NoPadding, ["padding_free", "pad_to_multiple_of", "pad_token", "padding_value", "label_pad_token_id"]),
        (
            Metrics,
            [
                "report_to",
                "run_name",
                "project",
                "trackio_space_id",
                "logging_dir",
                "logging_strategy",
                "logging_first_step",
                "logging_nan_inf_filter",
                "log_on_each_node",
                "include_tokens_per_second",
                "include_num_input_tokens_seen",
            ]
        ),
        (
            Saving,
            [
                "save_safetensors",
                "save_only_model",
                "save_on_each_node",
                "restore_callback_states_from_checkpoint",
                "enable_jit_checkpoint",
            ]
        ),
        (
            Upload,
            [
                "hub_model_id",
                "hub_model_revision",
                "hub_strategy",
                "hub_token",
                "hub_private_repo",
                "hub_always_push",
                "hub_revision",
                "push_to_hub_model_id",
                "push_to_hub_organization",
                "push_to_hub_token",
                "push_to_hub_revision",
            ]
        ),
        (
            OneProcess,
            [
                "num_processes",
                "num_machines",
                "accelerate_config",
                "accelerator_config",
                "parallelism_config",
                "deepspeed",
                "fsdp",
                "fsdp_config",
                "fsdp_min_num_params",
                "fsdp_transformer_layer_cls_to_wrap",
                "ddp_find_unused_parameters",
                "ddp_bucket_cap_mb",
                "ddp_broadcast_buffers",
                "ddp_timeout",
                "ddp_backend",
                "local_rank",
                "average_tokens_across_devices",
                "split_batches",
                "dispatch_batches",
            ]
        ),
        ("passes are made small enough for the memory, whatever the batch size", ["auto_find_batch_size"]),
        (
            Evaluation,
            [
                "do_eval",
                "eval_strategy",
                "evaluation_strategy",
                "eval_on_start",
                "eval_delay",
                "eval_accumulation_steps",
                "prediction_loss_only",
                "batch_eval_metrics",
                "include_for_metrics",
                "include_inputs_for_metrics",
                "eval_do_concat_batches",
                "eval_use_gather_object",
                "use_legacy_prediction_loop",
            ]
        ),
        ("held-out prompts are answered before and after; samples says how many", ["generate_during_eval"]),
        (
            "all rows of dataset_name are read; give held-out data as eval_dataset_name, or test_split_size",
            ["dataset_train_split", "dataset_test_split", "dataset_splits"]
        ),
    ];

    // Allowed with these values, since others would change the run.
    private static readonly (string Name, string[] Values, string Advice)[] OnlyAs =
    [
        (
            "lora_target_parameters",
            [],
            "adapters are of whole modules, of which lora_target_modules gives the names; unset the key"
        ),
        ("lora_task_type", ["causal_lm"], "an adapter is of a model that writes texts: CAUSAL_LM"),
        ("fp16", ["false"], "use bf16: true, or dtype: float32"),
        ("fp16_full_eval", ["false"], "use bf16: true, or dtype: float32"),
        (
            "model_revision",
            ["main"],
            "give the folder of that revision as model_name_or_path, or a model of the hub as org/name@revision, and "
                + "remove the key"
        ),
        ("do_train", ["true"], "use simper evaluate to judge a model without training"),
        ("do_predict", ["false"], Remove),
        ("dataset_streaming", ["false"], Remove),
        ("streaming", ["false"], Remove),
        ("dataset_config", ["default"], "give the file or folder of that part as dataset_name, and remove the key"),
        ("group_by_length", ["false"], "the order of the data comes from the seed; remove the key"),
        ("dataloader_drop_last", ["false"], "the last step of an epoch takes what is left; remove the key"),
        ("neftune_noise_alpha", ["0", "0.0"], Remove),
        ("label_smoothing_factor", ["0", "0.0"], "it is of other losses; remove the key"),
        ("router_aux_loss_coef", ["0", "0.0"], "models with experts are not trained; remove the key"),
        ("disable_dropout", ["true"], "only adapters have dropout (use_peft); remove the key"),
        ("is_encoder_decoder", ["false"], "models are decoders; remove the key"),
        ("auto_insert_empty_system_msg", ["false"], "prompts are taken as they are; set it to false"),
        ("sanity_check", ["false"], "use max_steps for a short run"),
        ("packing", ["false"], Remove),
        ("adafactor", ["false"], $"the optimizer is AdamW; {Remove}"),
    ];

    // Reported when set, since the model will not be where the user expects it.
    private static readonly ForeignKey PushToHub = new(
        ["false"],
        ["true"],
        "nothing is uploaded; simper push uploads the model of the run",
        Remove
    );

    // AdamW under other names: with its state elsewhere or in fewer bits.
    private static readonly ForeignKey Optimizer = new(
        ["adamw", "adamw_torch", "adamw_torch_fused"],
        [
            "adamw_hf",
            "adamw_torch_npu_fused",
            "adamw_torch_xla",
            "adamw_apex_fused",
            "adamw_torch_4bit",
            "adamw_torch_8bit",
            "adamw_8bit",
            "adamw_bnb_8bit",
            "paged_adamw",
            "paged_adamw_32bit",
            "paged_adamw_8bit",
        ],
        FullAdamW,
        $"{FullAdamW}, which wants a learning_rate of its own; {Remove}"
    );

    // Names that other tools have or once had.
    private static readonly (string Name, string Advice)[] Gone =
    [
        ("max_target_length", "use max_length, which counts prompt and answer together"),
        ("max_seq_length", "use max_length"),
        ("reference_free", "SimPER needs no reference model; remove the key"),
        ("ref_model", "the reference is the model before training; remove the key"),
        ("loss", "use loss_type"),
        ("objective", "use loss_type"),
        ("model", "use model_name_or_path"),
        ("tokenizer_name", "the tokenizer is the model's own; remove the key"),
        ("tokenizer_name_or_path", "the tokenizer is the model's own; remove the key"),
        ("config_name", "the configuration is the model's own; remove the key"),
        ("base_model_revision", "give the model's folder as model_name_or_path; remove the key"),
        ("model_adapter_name", "a recipe has one adapter; remove the key"),
        ("ref_adapter_name", "the reference is the model before training; remove the key"),
        ("chat_template", "write the template into a file, and give that as chat_template_path"),
        ("dataset", "use dataset_name"),
        ("lr", "use learning_rate"),
        ("batch_size", "use per_device_train_batch_size"),
        ("optim_args", "use adam_beta1, adam_beta2, adam_epsilon and weight_decay"),
        ("optim_target_modules", "all weights are trained by AdamW; remove the key"),
    ];

    public static IReadOnlyDictionary<string, ForeignKey> All { get; } =
        Harmless
            .SelectMany(g => g.Names.Select(n => (Name: n, Key: ForeignKey.WithoutEffect(g.Note))))
            .Concat(OnlyAs.Select(k => (k.Name, Key: ForeignKey.Only(k.Values, k.Advice))))
            .Concat(Gone.Select(k => (k.Name, Key: ForeignKey.Gone(k.Advice))))
            .Append((Name: "optim", Key: Optimizer))
            .Append((Name: "push_to_hub", Key: PushToHub))
            .ToDictionary(k => k.Name, k => k.Key, StringComparer.Ordinal);
}
