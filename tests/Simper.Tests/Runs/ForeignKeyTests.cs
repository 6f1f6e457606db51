using Simper.Runs;
using Simper.Tensors;

namespace Simper.Tests.Runs;

/// <summary>
/// Files written for TRL, the alignment handbook, SimPO and SimPER: what is taken, what is said to have no effect, what stops.
/// </summary>
public sealed class ForeignKeyTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("simper-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private (Recipe Recipe, List<string> Notes) Read(string yaml, params (string, string)[] overrides)
    {
        string file = Path.Combine(_folder, "recipe.yaml");
        File.WriteAllText(file, yaml);
        var notes = new List<string>();
        return (Recipe.Read(file, overrides, notes), notes);
    }

    private string Error(string yaml) => Assert.Throws<SimperException>(() => Read(yaml)).Message;

    private string Pairs()
    {
        string file = Path.Combine(_folder, "pairs.jsonl");
        File.WriteAllText(file, """{"prompt": "a", "chosen": "b", "rejected": "c"}""");
        return file;
    }

    [Theory]
    [InlineData("dataset_num_proc: 12", "")]
    [InlineData("gradient_checkpointing_kwargs: {use_reentrant: false}", "")]
    [InlineData("gradient_checkpointing_kwargs:\n  use_reentrant: False", "")]
    [InlineData("report_to:\n- tensorboard\n- wandb", ": metrics are written into the run's folder")]
    [InlineData("report_to: none", ": metrics are written into the run's folder")]
    [InlineData("save_only_model: true", ": the model is saved when the run ends")]
    [InlineData("hub_model_id: me/it", ": nothing is uploaded")]
    [InlineData("push_to_hub: true", ": nothing is uploaded; simper push uploads the model of the run")]
    [InlineData("max_prompt_length: 512", ": rows longer than max_length are cut as truncation_mode says")]
    [InlineData("num_processes: 8", ": a run is one process")]
    [InlineData("accelerate_config: zero3", ": a run is one process")]
    [InlineData("eval_strategy: epoch", ": held-out pairs are evaluated before and after, and every eval_steps steps")]
    [InlineData("evaluation_strategy: 'no'", ": held-out pairs are evaluated before and after")]
    [InlineData("generate_during_eval: true", ": held-out prompts are answered before and after")]
    [InlineData("padding_free: true", ": there is no padding")]
    [InlineData("label_pad_token_id: -100", ": there is no padding")]
    [InlineData("lora_r: 8", ": all weights are trained, without use_peft")]
    [InlineData("lora_target_modules: [q_proj, v_proj]", ": all weights are trained")]
    [InlineData("dataset_splits: [train_prefs, test_prefs]", ": all rows of dataset_name are read")]
    [InlineData("optim: adamw_bnb_8bit", ": this is AdamW with moments in float32")]
    [InlineData(
        "model_init_kwargs: {attn_implementation: sdpa, torch_dtype: bfloat16}",
        ": dtype is the type of the matrix products"
    )]
    [InlineData("dtype: float32\nbf16: true", ": dtype says float32")]
    [InlineData("bf16: true\ndtype: float32", ": dtype says float32")]
    public void What_has_no_effect_is_accepted_and_noted(string yaml, string reason)
    {
        (_, List<string> notes) = Read(yaml);
        Assert.Contains($"has no effect here{reason}", Assert.Single(notes), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("push_to_hub: false")]
    [InlineData("use_peft: False")]
    [InlineData("lora_r: 16")]
    [InlineData("optim: adamw_torch_fused")]
    [InlineData("do_train: true")]
    [InlineData("disable_dropout: true")]
    [InlineData("group_by_length: false")]
    [InlineData("router_aux_loss_coef: 0.0")]
    [InlineData("is_encoder_decoder: null")]
    [InlineData("max_prompt_length: null")]
    [InlineData("ref_model: null")]
    [InlineData("resume_from_checkpoint: null")]
    [InlineData("warmup_ratio: null")]
    [InlineData("data_seed: null")]
    [InlineData("eval_steps: null")]
    [InlineData("load_best_model_at_end: false")]
    [InlineData("greater_is_better: null")]
    [InlineData("torch_dtype: null")]
    [InlineData("model_revision: main")]
    [InlineData("datasets: null")]
    public void What_is_so_anyway_is_accepted_in_silence(string yaml)
    {
        (Recipe recipe, List<string> notes) = Read(yaml);
        Assert.Equal(new Recipe(), recipe);
        Assert.Empty(notes);
    }

    [Theory]
    [InlineData("use_peft: true\nlora_task_type: SEQ_CLS", "is not supported yet; an adapter is of a model that writes texts")]
    [InlineData("use_peft: true\nlora_target_parameters: [w]", "is not supported yet; adapters are of whole modules")]
    [InlineData("fp16: true", "is not supported yet; use bf16: true")]
    [InlineData("optim: rmsprop", "\"rmsprop\" is not supported yet; this is AdamW")]
    [InlineData("optim: adafactor", "is not supported yet; this is AdamW")]
    [InlineData("adafactor: true", "is not supported yet; the optimizer is AdamW")]
    [InlineData("model_revision: it-SFT", "is not supported yet; give the folder of that revision")]
    [InlineData("neftune_noise_alpha: 5", "is not supported yet")]
    [InlineData("label_smoothing_factor: 0.1", "is not supported yet")]
    [InlineData("dataloader_drop_last: true", "is not supported yet; the last step of an epoch takes what is left")]
    [InlineData("group_by_length: true", "is not supported yet; the order of the data comes from the seed")]
    [InlineData("disable_dropout: false", "is not supported yet; only adapters have dropout")]
    [InlineData("dataset_config: all", "is not supported yet; give the file or folder of that part")]
    [InlineData("auto_insert_empty_system_msg: true", "prompts are taken as they are")]
    [InlineData(
        "model_init_kwargs: {rope_scaling: {type: linear}}",
        "model_init_kwargs has rope_scaling, which would make another model"
    )]
    [InlineData("model_init_kwargs: yes", "it has to be a map")]
    [InlineData("chat_template: '{{ messages }}'", "is unknown; write the template into a file")]
    [InlineData("max_seq_length: 2048", "is unknown; use max_length")]
    [InlineData("tokenizer_name_or_path: other", "is unknown; the tokenizer is the model's own")]
    [InlineData("lr: 1e-5", "is unknown; use learning_rate")]
    [InlineData("optim_args: x", "is unknown; use adam_beta1")]
    [InlineData("report_too: wandb", "the key report_too is unknown; did you mean report_to?")]
    [InlineData("seed: 1\ndata_seed: 2", "data_seed is given twice (as seed)")]
    [InlineData("warmup_steps: 10\nwarmup_ratio: 0.1", "is given twice (as warmup_steps)")]
    [InlineData("train_sampling_strategy: group_by_length", "has to be one of random, sequential")]
    public void What_would_make_another_run_stops_it_with_advice(string yaml, string expected)
    {
        string error = Error(yaml);
        Assert.Contains(expected, error, StringComparison.Ordinal);
        Assert.Contains("recipe.yaml, line", error, StringComparison.Ordinal);
    }

    // transformers' TrainingArguments of versions 4 and 5, and what TRL adds for DPO, CPO, ORPO and KTO; objectives' own keys
    // have tests of their own.
    private const string TheirKeys = """
        output_dir overwrite_output_dir do_train do_eval do_predict eval_strategy evaluation_strategy prediction_loss_only
        per_device_train_batch_size per_device_eval_batch_size
        per_gpu_train_batch_size per_gpu_eval_batch_size gradient_accumulation_steps eval_accumulation_steps eval_delay
        torch_empty_cache_steps learning_rate weight_decay adam_beta1
        adam_beta2 adam_epsilon max_grad_norm num_train_epochs max_steps lr_scheduler_type lr_scheduler_kwargs
        warmup_ratio warmup_steps log_level log_level_replica log_on_each_node logging_dir
        logging_strategy logging_first_step logging_steps logging_nan_inf_filter save_strategy save_steps save_total_limit
        save_safetensors save_on_each_node save_only_model
        restore_callback_states_from_checkpoint enable_jit_checkpoint no_cuda use_cpu use_mps_device seed data_seed
        jit_mode_eval use_ipex bf16 fp16 fp16_opt_level half_precision_backend bf16_full_eval
        fp16_full_eval tf32 local_rank ddp_backend tpu_num_cores tpu_metrics_debug debug dataloader_drop_last eval_steps
        dataloader_num_workers dataloader_prefetch_factor past_index run_name
        project trackio_space_id disable_tqdm remove_unused_columns label_names load_best_model_at_end
        metric_for_best_model greater_is_better ignore_data_skip fsdp fsdp_min_num_params fsdp_config
        fsdp_transformer_layer_cls_to_wrap accelerator_config parallelism_config deepspeed label_smoothing_factor optim
        optim_args adafactor group_by_length length_column_name report_to
        ddp_find_unused_parameters ddp_bucket_cap_mb ddp_broadcast_buffers ddp_timeout dataloader_pin_memory
        dataloader_persistent_workers skip_memory_metrics use_legacy_prediction_loop push_to_hub
        resume_from_checkpoint hub_model_id hub_strategy hub_token hub_private_repo hub_always_push hub_revision
        gradient_checkpointing gradient_checkpointing_kwargs include_inputs_for_metrics
        include_for_metrics eval_do_concat_batches fp16_backend push_to_hub_model_id push_to_hub_organization
        push_to_hub_token mp_parameters auto_find_batch_size full_determinism torchdynamo ray_scope
        torch_compile torch_compile_backend torch_compile_mode include_tokens_per_second include_num_input_tokens_seen
        neftune_noise_alpha optim_target_modules batch_eval_metrics eval_on_start
        use_liger_kernel liger_kernel_config eval_use_gather_object average_tokens_across_devices train_sampling_strategy
        use_cache
        model_init_kwargs trust_remote_code router_aux_loss_coef disable_dropout dataset_num_proc max_length padding_free
        pad_to_multiple_of precompute_ref_batch_size activation_offloading pad_token
        label_pad_token_id padding_value generate_during_eval is_encoder_decoder max_prompt_length max_completion_length
        model_name_or_path model_revision dtype torch_dtype attn_implementation use_peft lora_r lora_alpha lora_dropout
        lora_target_modules lora_target_parameters lora_modules_to_save lora_task_type
        use_rslora use_dora load_in_8bit load_in_4bit bnb_4bit_quant_type bnb_4bit_quant_storage use_bnb_nested_quant
        dataset_name dataset_config dataset_train_split dataset_test_split dataset_streaming datasets streaming
        test_split_size ignore_bias_buffers num_processes accelerate_config env
        dataset_mixer dataset_mixture dataset_splits preprocessing_num_workers chat_template tokenizer_name_or_path
        auto_insert_empty_system_msg hub_model_revision
        """;

    public static TheoryData<string> Theirs() => [.. TheirKeys.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries)];

    [Theory]
    [MemberData(nameof(Theirs))]
    public void Every_key_of_theirs_is_known(string key) =>
        Assert.DoesNotContain(
            "is unknown",
            Record.Exception(() => Read($"{key}: null"))?.Message ?? "",
            StringComparison.Ordinal
        ); // a key of ours may want a value

    [Theory]
    [InlineData("warmup_ratio: 0.0\nwarmup_steps: 100", 100)]
    [InlineData("warmup_steps: 0\nwarmup_ratio: 0.1", 0.1)]
    [InlineData("warmup_steps: 0\nwarmup_ratio: 0.0", 0)]
    [InlineData("warmup_ratio: null\nwarmup_steps: 0.05", 0.05)]
    public void Of_two_spellings_of_the_warm_up_the_one_above_zero_counts(string yaml, double warmup) =>
        Assert.Equal(warmup, Read(yaml).Recipe.Warmup);

    [Fact]
    public void A_seed_may_be_given_for_the_data_as_well() => Assert.Equal(7, Read("seed: 7\ndata_seed: 7").Recipe.Seed);

    [Fact]
    public void The_file_s_order_of_the_data_is_kept_where_it_is_asked_for()
    {
        Recipe recipe = Read("train_sampling_strategy: sequential").Recipe;
        Assert.False(recipe.Shuffle);
        Assert.Equal(recipe, Read(recipe.ToYaml()).Recipe);
    }

    [Theory]
    [InlineData("dataset_mixer:\n  PAIRS: 1.0\ndataset_splits: [train, test]")]
    [InlineData(
        "dataset_mixture:\n  datasets:\n  - id: PAIRS\n    split: train\n    config: default\n    columns: [chosen, "
            + "rejected]\n    weight: 1.0\n  seed: 0"
    )]
    [InlineData("datasets:\n- path: PAIRS")]
    [InlineData("datasets:\n- path: json\n  data_files: PAIRS\n  split: train\n  fraction: 1")]
    public void One_dataset_of_this_machine_is_read_in_the_ways_of_others(string yaml)
    {
        string pairs = Pairs();
        (Recipe recipe, List<string> notes) = Read(yaml.Replace("PAIRS", pairs, StringComparison.Ordinal));
        Assert.Equal(pairs, recipe.DatasetName);
        Assert.Contains(notes, n => n.EndsWith($" is read as dataset_name: {pairs}.", StringComparison.Ordinal));
    }

    [Fact]
    public void A_mixture_says_how_much_is_held_out_unless_the_recipe_does()
    {
        string mixture = $"dataset_mixture:\n  datasets: [{{id: {Pairs()}}}]\n  test_split_size: 2000\n";
        Assert.Equal(2000, Read(mixture).Recipe.TestSplitSize);
        Assert.Equal(0.1, Read(mixture + "test_split_size: 0.1").Recipe.TestSplitSize);
    }

    [Theory]
    [InlineData(
        "dataset_mixer: {org/set: 1.0}",
        "dataset_mixer: org/set does not exist, nor is a data set of that name in the Hugging Face cache"
    )]
    [InlineData("dataset_mixer: {org/set: 1.0}", "fetch it with: simper pull org/set --dataset.")]
    [InlineData(
        "dataset_mixer: {data/set: 1.0}",
        "data/set is no file or folder of this machine, and training downloads nothing; "
    )]
    [InlineData("dataset_mixer: {a: -1}", "a: -1 is neither a share above 0 and up to 1 nor a number of rows")]
    [InlineData("dataset_mixer: {a: 1.5}", "a: 1.5 is neither a share above 0 and up to 1 nor a number of rows")]
    [InlineData("dataset_mixer: {a: 1.0, b: 1.0}", "a is no file or folder of this machine")]
    [InlineData("dataset_mixer: [{path: a, dataset_columns: {prompts: b}}]", "dataset_columns has prompts, which is no column")]
    [InlineData("dataset_mixer: org/set", "dataset_mixer is \"org/set\"")]
    [InlineData("datasets: [{path: a}, {path: b}]", "a is no file or folder of this machine")]
    [InlineData("datasets: {a: 1}", "datasets is \"{")]
    [InlineData("datasets: [{path: a, name: math}]", "name: \"math\" picks a part of a dataset")]
    [InlineData("datasets: [{path: a, fraction: half}]", "fraction: \"half\" is neither a share")]
    [InlineData("datasets: [{split: train}]", "the dataset has no path")]
    [InlineData("dataset_mixture: {datasets: [{id: a, split: train_prefs}]}", "split: \"train_prefs\" picks a part of a dataset")]
    [InlineData("dataset_mixture: {datasets: [{id: a}], mix: 1}", "dataset_mixture.mix is unknown")]
    public void Data_that_cannot_be_had_as_a_whole_stops_the_run(string yaml, string expected) =>
        Assert.Contains(expected, Error(yaml), StringComparison.Ordinal);

    [Fact]
    public void A_dataset_name_wins_over_the_data_of_the_file()
    {
        (Recipe recipe, List<string> notes) = Read(
            "dataset_mixture: {datasets: [{id: org/set, split: train}, {id: org/set, split: test}]}",
            ("dataset_name", "pairs.jsonl")
        );
        Assert.Equal("pairs.jsonl", recipe.DatasetName);
        Assert.Contains(
            "dataset_mixture has no effect here: dataset_name is given",
            Assert.Single(notes),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_trl_file_for_dpo_runs_as_it_is()
    {
        (Recipe recipe, _) = Read(
            """
            # model
            model_name_or_path: models/base
            model_revision: main
            dtype: bfloat16
            attn_implementation: flash_attention_2
            trust_remote_code: false
            # data
            dataset_name: data/pairs
            dataset_train_split: train
            dataset_test_split: test
            dataset_num_proc: 4
            # training
            loss_type: [sigmoid]
            beta: 0.1
            max_length: 2048
            truncation_mode: keep_start
            precompute_ref_log_probs: true
            bf16: true
            learning_rate: 5.0e-7
            lr_scheduler_type: cosine_with_min_lr
            lr_scheduler_kwargs:
              min_lr_rate: 0.1
            warmup_ratio: 0.1
            per_device_train_batch_size: 2
            per_device_eval_batch_size: 4
            gradient_accumulation_steps: 8
            gradient_checkpointing: true
            gradient_checkpointing_kwargs:
              use_reentrant: false
            num_train_epochs: 2
            max_steps: -1
            max_grad_norm: 0.2
            optim: adamw_torch
            weight_decay: 0.0
            eval_strategy: steps
            eval_steps: 100
            logging_strategy: steps
            logging_steps: 5
            save_strategy: steps
            save_steps: 100
            save_total_limit: 1
            report_to:
            - wandb
            - tensorboard
            run_name: a-run
            push_to_hub: false
            hub_strategy: every_save
            use_liger_kernel: true
            padding_free: true
            dataloader_num_workers: 2
            ddp_timeout: 18000
            seed: 42
            data_seed: null
            output_dir: runs/dpo
            overwrite_output_dir: true
            """
        );
        Assert.Equal(
            ("models/base", "data/pairs", Precision.BFloat16, 2048),
            (recipe.ModelNameOrPath, recipe.DatasetName, recipe.Dtype, recipe.MaxLength)
        );
        Assert.Equal(
            (5e-7, 0.1, 2, 8, 0.2, 100),
            (
                recipe.LearningRate,
                recipe.ScheduleOptions.MinShare,
                recipe.TrainBatchSize,
                recipe.GradientAccumulationSteps,
                recipe.MaxGradNorm,
                recipe.EvalSteps
            )
        );
    }

    [Fact]
    public void A_handbook_file_for_orpo_runs_where_its_data_is_and_uploads_nothing()
    {
        (Recipe recipe, List<string> notes) = Read(
            $"""
            model_name_or_path: models/base
            torch_dtype: null
            dataset_mixture:
              datasets:
                - id: {Pairs()}
                  config: default
                  split: train
                  columns:
                    - chosen
                    - rejected
                  weight: 1.0
              test_split_size: 100
              seed: 0
            dataset_num_proc: 12
            bf16: true
            do_eval: true
            eval_strategy: epoch
            hub_model_id: a-model
            push_to_hub: true
            log_level: info
            lr_scheduler_type: inverse_sqrt
            warmup_steps: 100
            optim: adamw_bnb_8bit
            per_device_train_batch_size: 1
            save_strategy: "no"
            output_dir: data/out
            """,
            ("push_to_hub", "false")
        );
        Assert.Equal((100, 100, Precision.BFloat16), (recipe.TestSplitSize, recipe.Warmup, recipe.Dtype));
        Assert.Contains(notes, n => n.Contains("optim (this is AdamW", StringComparison.Ordinal));
    }
}
