using Simper.Objectives;
using Simper.Runs;
using Simper.Tensors;
using Simper.Text.Preferences;

namespace Simper.Tests.Runs;

/// <summary>Recipes of LLaMA-Factory, ms-swift and axolotl, read by their own keys.</summary>
public sealed class ForeignToolTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("simper-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private (Recipe Recipe, string Notes) Read(string yaml, params (string, string)[] overrides)
    {
        string file = Path.Combine(_folder, "recipe.yaml");
        File.WriteAllText(file, yaml);
        var notes = new List<string>();
        return (Recipe.Read(file, overrides, notes), string.Join('\n', notes));
    }

    private string Error(string yaml, params (string, string)[] overrides) =>
        Assert.Throws<SimperException>(() => Read(yaml, overrides)).Message;

    private const string Factory = "stage: dpo\nfinetuning_type: full\n";
    private const string Swift = "rlhf_type: dpo\ntuner_type: full\n";
    private const string Axolotl = "base_model: m\nrl: dpo\n";

    public static IEnumerable<TheoryDataRow<string, Objective>> Losses =>
        [
            new(Factory + "pref_beta: 0.2", new Dpo { Beta = 0.2 }),
            new(Factory + "pref_loss: hinge", new HingeDpo()),
            new(Factory + "pref_loss: ipo\npref_beta: 0.3\nsimpo_gamma: 0.5", new Ipo { Beta = 0.3 }),
            new(Factory + "pref_loss: orpo\npref_beta: 0.3", new Orpo { Lambda = 0.3 }),
            new(Factory + "pref_loss: simpo\nsimpo_gamma: 0.7", new SimPo { Beta = 0.1, Gamma = 0.7 }),
            new(Factory + "pref_loss: simpo\npref_beta: 2.5", new SimPo { Beta = 2.5, Gamma = 0.5 }),
            new(Factory + "pref_ftx: 0.0\npref_bco_weight: 0\ndpo_label_smoothing: 0", new Dpo()),
            new(
                "stage: kto\nfinetuning_type: full\npref_loss: sigmoid\npref_beta: 0.2\nkto_chosen_weight: 1.5\n"
                    + "kto_rejected_weight: 0.5",
                new Kto
                {
                    Beta = 0.2,
                    DesirableWeight = 1.5,
                    UndesirableWeight = 0.5,
                }
            ),
            new("stage: sft\nfinetuning_type: full", new Sft()),
            new(Swift + "beta: 0.2\nsimpo_gamma: 1\ncpo_alpha: 1.0", new Dpo { Beta = 0.2 }),
            new(Swift + "loss_type: hinge", new HingeDpo()),
            new(Swift + "rpo_alpha: 0.1", new Mixture((new Dpo(), 1), (new Sft(), 0.1))),
            new(
                Swift + "loss_type: [sigmoid, bco_pair, sft]\nloss_weights: [0.8, 0.2, 1.0]\nrpo_alpha: 0.0",
                new Mixture((new Dpo(), 0.8), (new BcoPair(), 0.2), (new Sft(), 1))
            ),
            new(
                "rlhf_type: simpo\ntuner_type: full",
                new SimPo
                {
                    Beta = 2,
                    Gamma = 1,
                    NllWeight = 1,
                }
            ),
            new(
                "rlhf_type: simpo\ntrain_type: full\nbeta: 3\ngamma: 0.4\ncpo_alpha: 0",
                new SimPo
                {
                    Beta = 3,
                    Gamma = 0.4,
                    NllWeight = 0,
                }
            ),
            new("rlhf_type: cpo\ntrain_type: full", new Cpo { NllWeight = 1 }),
            new("rlhf_type: cpo\ntrain_type: full\nloss_type: hinge\ncpo_alpha: 0.5", new CpoHinge { NllWeight = 0.5 }),
            new("rlhf_type: orpo\ntrain_type: full\nbeta: 0.4", new Orpo { Lambda = 0.4 }),
            new("rlhf_type: kto\ntrain_type: full\ndesirable_weight: 2", new Kto { DesirableWeight = 2 }),
            new(Axolotl + "rl_beta: 0.05", new Dpo { Beta = 0.05 }),
            new(Axolotl + "dpo_beta: 0.05\ndpo_use_weighting: true", new Dpo { Beta = 0.05, UseWeighting = true }),
            new(Axolotl + "trl: {beta: 0.07}", new Dpo { Beta = 0.07 }),
            new(
                Axolotl + "dpo_loss_type: [sigmoid, sft]\ndpo_loss_weights: [1.0, 0.2]",
                new Mixture((new Dpo(), 1), (new Sft(), 0.2))
            ),
            new("base_model: m\nrl: ipo", new Ipo()),
            new("base_model: m\nrl: orpo\norpo_alpha: 0.2", new Orpo { Lambda = 0.2 }),
            new("base_model: m\nrl: kto\nrl_beta: 0.5\nkto_desirable_weight: 0.2", new Kto { Beta = 0.5, DesirableWeight = 0.2 }),
            new(
                "base_model: m\nrl: simpo\nrl_beta: 2\nsimpo_gamma: 1.4\ncpo_alpha: 0",
                new SimPo
                {
                    Beta = 2,
                    Gamma = 1.4,
                    NllWeight = 0,
                }
            ),
            new(
                "base_model: m\nrl: simpo\nsimpo_gamma: 1.4",
                new SimPo
                {
                    Beta = 0.1,
                    Gamma = 1.4,
                    NllWeight = 1,
                }
            ),
        ];

    [Theory]
    [MemberData(nameof(Losses))]
    public void A_loss_means_what_its_tool_means_by_it(string yaml, Objective expected) =>
        Assert.Equal(expected, Read(yaml).Recipe.Objective);

    [Fact]
    public void Llama_factory_s_names_are_ours()
    {
        (Recipe recipe, string notes) = Read(
            Factory
                + """
                model_name_or_path: m
                dataset: pairs.jsonl
                eval_dataset: held.jsonl
                template: qwen3
                cutoff_len: 2048
                val_size: 0.1
                lora_rank: 8
                plot_loss: true
                disable_shuffling: true
                bf16: true
                """
        );
        Assert.Equal(
            ("m", "pairs.jsonl", "held.jsonl", 2048, 0.1, false),
            (
                recipe.ModelNameOrPath,
                recipe.DatasetName,
                recipe.EvalDatasetName,
                recipe.MaxLength,
                recipe.TestSplitSize,
                recipe.Shuffle
            )
        );
        Assert.Equal(Precision.BFloat16, recipe.Dtype);
        Assert.Contains(
            "recipe.yaml is read as a recipe of LLaMA-Factory: stage dpo as loss_type dpo, ",
            notes,
            StringComparison.Ordinal
        );
        Assert.Contains("cutoff_len as max_length", notes, StringComparison.Ordinal);
        Assert.Contains("template (the model's own chat template is used", notes, StringComparison.Ordinal);
        Assert.Contains("lora_rank (all weights are trained)", notes, StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_in_llama_factory_s_list_of_data_is_its_file()
    {
        File.WriteAllText(
            Path.Combine(_folder, "dataset_info.json"),
            """{"mine": {"file_name": "a/pairs.json", "ranking": true}, "hub": {"hf_hub_url": "x/y"}}"""
        );
        Assert.Equal(
            Path.Combine(_folder, "a/pairs.json"),
            Read(Factory + $"dataset_dir: {_folder}\ndataset: mine").Recipe.DatasetName
        );
        Assert.Equal("hub", Read(Factory + $"dataset_dir: {_folder}\ndataset: hub").Recipe.DatasetName);
    }

    [Theory]
    [InlineData(
        "\"columns\": {\"prompt\": \"frage\", \"query\": \"input\", \"chosen\": \"gut\"}",
        "instruction=frage,chosen=gut"
    )]
    [InlineData("\"formatting\": \"sharegpt\", \"columns\": {\"messages\": \"dialog\"}", "conversations=dialog")]
    [InlineData("\"columns\": {\"messages\": \"messages\", \"kto_tag\": \"label\", \"system\": null}", "")]
    [InlineData("\"tags\": {\"role_tag\": \"role\", \"user_tag\": \"human\", \"function_tag\": \"function_call\"}", "")]
    public void Columns_in_llama_factory_s_list_of_data_are_ours(string about, string expected)
    {
        File.WriteAllText(Path.Combine(_folder, "dataset_info.json"), $"{{\"mine\": {{\"file_name\": \"a.json\", {about}}}}}");
        Recipe recipe = Read(Factory + $"dataset_dir: {_folder}\ndataset: mine").Recipe;
        Assert.Equal((Path.Combine(_folder, "a.json"), expected), (recipe.DatasetName, recipe.DatasetColumns.ToString()));
        Assert.Equal(
            "prompt=p",
            Read(Factory + $"dataset_dir: {_folder}\ndataset: mine\ndataset_columns: prompt=p").Recipe.DatasetColumns.ToString()
        );
    }

    [Theory]
    [InlineData("\"tags\": {\"role_tag\": \"speaker\"}", "role_tag is speaker; Simper reads messages with from or role")]
    [InlineData("\"tags\": {\"assistant_tag\": \"narrator\"}", "assistant_tag is narrator, a role that Simper does not know")]
    [InlineData("\"num_samples\": 10", "num_samples takes 10 rows of a.json")]
    public void Data_in_that_list_that_would_be_read_otherwise_are_refused(string about, string expected)
    {
        File.WriteAllText(Path.Combine(_folder, "dataset_info.json"), $"{{\"mine\": {{\"file_name\": \"a.json\", {about}}}}}");
        Assert.Contains(
            expected,
            Assert.Throws<SimperException>(() => Read(Factory + $"dataset_dir: {_folder}\ndataset: mine")).Message,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("type: chat_template.default, field_messages: dialog, field_chosen: gut", "messages=dialog,chosen=gut")]
    [InlineData(
        "type: {field_prompt: frage, field_rejected: schlecht, prompt_format: '{prompt}'}",
        "prompt=frage,rejected=schlecht"
    )]
    [InlineData("type: chatml.icr, field_human: x", "")]
    public void Axolotl_s_fields_are_columns(string type, string expected)
    {
        string pairs = Path.Combine(_folder, "pairs.jsonl");
        File.WriteAllText(pairs, "{}");
        Assert.Equal(expected, Read(Axolotl + $"datasets:\n- {{path: {pairs}, {type}}}").Recipe.DatasetColumns.ToString());
        Assert.Contains(
            "prompt_format is \"[INST] {prompt}\", a form of its own",
            Assert
                .Throws<SimperException>(() =>
                    Read(Axolotl + $"datasets:\n- {{path: {pairs}, type: {{prompt_format: '[INST] {{prompt}}'}}}}")
                )
                .Message,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("columns: {text1: query, text2: response}", "query=text1,response=text2")]
    [InlineData("columns: '{\"text1\": \"query\"}'", "query=text1")]
    public void Ms_swift_s_columns_are_ours_the_other_way_round(string yaml, string expected)
    {
        Assert.Equal(expected, Read(Swift + yaml).Recipe.DatasetColumns.ToString());
        Assert.Contains(
            "it has to be a map",
            Assert.Throws<SimperException>(() => Read(Swift + "columns: text1")).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Ms_swift_s_flags_are_read_on_the_command_line()
    {
        var notes = new List<string>();
        Recipe recipe = Recipe.Read(
            null,
            [
                ("rlhf_type", "kto"),
                ("model", "m"),
                ("dataset", "pairs.jsonl"),
                ("train_type", "full"),
                ("split_dataset_ratio", "0.01"),
                ("torch_dtype", "bfloat16"),
                ("target_modules", "all-linear"),
                ("attn_impl", "flash_attn"),
                ("dataset_shuffle", "false"),
            ],
            notes
        );
        Assert.Equal(
            ("m", "pairs.jsonl", 0.01, new Kto(), TruncationMode.Drop, false),
            (
                recipe.ModelNameOrPath,
                recipe.DatasetName,
                recipe.TestSplitSize,
                recipe.Objective,
                recipe.TruncationMode,
                recipe.Shuffle
            )
        );
        Assert.Contains(
            "--rlhf_type is read as a key of ms-swift: --rlhf_type kto as loss_type kto, ",
            notes[0],
            StringComparison.Ordinal
        );
        Assert.Contains("--target_modules (all weights are trained)", notes[^1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Factory + "enable_thinking: false")]
    [InlineData(Swift + "enable_thinking: False")]
    [InlineData(Axolotl + "chat_template_kwargs: {enable_thinking: false}")]
    public void Whether_a_model_thinks_is_told_to_its_template(string yaml) =>
        Assert.Equal("""{"enable_thinking":false}""", Read(yaml).Recipe.ChatTemplateKwargs);

    [Fact]
    public void Axolotl_s_names_are_ours()
    {
        string pairs = Path.Combine(_folder, "pairs.jsonl");
        File.WriteAllText(pairs, """{"prompt": "a", "chosen": "b", "rejected": "c"}""");
        (Recipe recipe, string notes) = Read(
            $$"""
            base_model: m
            rl: dpo
            datasets:
              - path: {{pairs}}
                ds_type: json
                type: chatml.intel
                split: train
            sequence_len: 4096
            micro_batch_size: 2
            num_epochs: 3
            optimizer: adamw_bnb_8bit
            lr_scheduler: cosine
            cosine_min_lr_ratio: 0.1
            val_set_size: 0.0
            bf16: auto
            chat_template: llama3
            special_tokens: {pad_token: <|end|>}
            sample_packing: false
            wandb_project:
            lora_model_dir:
            """
        );
        Assert.Equal(
            ("m", pairs, 4096, 2, 3d, 0d),
            (
                recipe.ModelNameOrPath,
                recipe.DatasetName,
                recipe.MaxLength,
                recipe.TrainBatchSize,
                recipe.NumTrainEpochs,
                recipe.TestSplitSize
            )
        );
        Assert.Equal(
            (Simper.Training.ScheduleKind.CosineWithMinLr, 0.1, TruncationMode.Drop),
            (recipe.Schedule, recipe.ScheduleOptions.MinShare, recipe.TruncationMode)
        );
        Assert.Null(recipe.Dtype);
        Assert.Contains("is read as a recipe of axolotl", notes, StringComparison.Ordinal);
        Assert.Contains("where nothing is said it has truncation_mode drop", notes, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("stage: ppo\nfinetuning_type: full", "of LLaMA-Factory's stages there are dpo, kto and sft here")]
    [InlineData(Factory + "pref_loss: kto_pair", "pref_loss is \"kto_pair\"; it has to be one of")]
    [InlineData(Factory + "pref_ftx: 0.5", "comes near it")]
    [InlineData(Factory + "max_samples: 0", "line 3: max_samples is \"0\"; it has to be a whole number from 1")]
    [InlineData(Factory + "dataset: a,b", "line 3: dataset: a is no file or folder of this machine")]
    [InlineData(Factory + "pref_beta: much", "line 3: pref_beta is \"much\"; it has to be a number")]
    [InlineData(Factory + "pref_beta: 0.1\nbeta: 0.2", "is given twice (as ")]
    [InlineData(Factory + "nobody_knows: 1", "the key nobody_knows is unknown")]
    [InlineData("rlhf_type: grpo\ntuner_type: full", "of ms-swift's types there are dpo, kto, orpo, cpo and simpo here")]
    [InlineData("rlhf_type: orpo\ntuner_type: full\nloss_type: hinge", "which rlhf_type orpo does not have")]
    [InlineData(Swift + "dataset: 'org/set#500'", "org/set does not exist, nor is a data set of that name")]
    [InlineData(Swift + "truncation_strategy: split", "give truncation_mode: drop, keep_start or keep_end")]
    [InlineData("base_model: m\nrl: grpo", "of axolotl's there are dpo, ipo, kto, orpo and simpo here")]
    [InlineData("base_model: m", "where rl is not given")]
    [InlineData(Axolotl + "special_tokens: {eos_token: <|im_end|>}", "special_tokens sets eos_token")]
    [InlineData(Axolotl + "lr_scheduler: rex", "lr_scheduler is \"rex\"; it has to be one of")]
    [InlineData(Axolotl + "optimizer: lion_pytorch", "optimizer: \"lion_pytorch\" is not supported yet; this is AdamW")]
    [InlineData(Axolotl + "unfrozen_parameters: [lm_head]", "all weights are trained")]
    [InlineData(
        "model: {_component_: torchtune.models.llama3}\nepochs: 1",
        "line 1: model has a _component_, so this is a configuration of torchtune"
    )]
    [InlineData(
        "loss_type: [sigmoid, hinge]\nrpo_alpha: 0.1",
        "write it as loss_type: [sigmoid, sft] with loss_weights: [1, 0.1]"
    )]
    public void What_cannot_be_honoured_stops_with_a_sentence(string yaml, string expected) =>
        Assert.Contains(expected, Error(yaml), StringComparison.Ordinal);

    [Fact]
    public void The_command_line_wins_in_the_tool_s_words_and_in_ours()
    {
        const string yaml = Factory + "pref_beta: 0.2\ncutoff_len: 512\ndataset: a.jsonl";
        Assert.Equal(new Dpo { Beta = 0.3 }, Read(yaml, ("beta", "0.3")).Recipe.Objective);
        Assert.Equal(new Dpo { Beta = 0.4 }, Read(yaml, ("pref_beta", "0.4")).Recipe.Objective);
        Assert.Equal(new Dpo(), Read(yaml, ("pref-beta", "null")).Recipe.Objective);
        Assert.Equal(new Dpo(), Read(yaml, ("beta", "null")).Recipe.Objective);
        Assert.Equal(
            ("b.jsonl", 256),
            Read(yaml, ("dataset_name", "b.jsonl"), ("max_length", "256")).Recipe is var r
                ? (r.DatasetName, r.MaxLength)
                : default
        );
        Assert.Equal(new Recipe().Objective, Read(yaml, ("loss_type", "simper"), ("pref_beta", "null")).Recipe.Objective);
        Assert.Contains("pref_beta has no meaning for SimPER", Error(yaml, ("loss_type", "simper")), StringComparison.Ordinal);
        Assert.Equal(new SimPer(), Read("rlhf_type: simpo\ntuner_type: full", ("loss_type", "simper")).Recipe.Objective);
        Assert.Equal(new SimPer(), Read("base_model: m\nrl: simpo", ("loss_type", "simper")).Recipe.Objective);
    }

    [Fact]
    public void Paths_that_are_not_there_are_said_with_the_rest()
    {
        string error = Error("rlhf_type: dpo\ntuner_type: vera\nmodel: org/model\ndataset: org/data");
        Assert.Contains(": 3 things keep this recipe from running", error, StringComparison.Ordinal);
        Assert.Contains("- org/model does not exist", error, StringComparison.Ordinal);
        Assert.Contains("simper pull org/model", error, StringComparison.Ordinal);
        Assert.Contains("- org/data ", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_recipe_whose_model_and_data_are_not_there_says_how_to_get_both()
    {
        string file = Path.Combine(_folder, "r.yaml");
        File.WriteAllText(
            file,
            "# A run.\n# hf download org/model --local-dir models/m\n# curl -L -o data/d.jsonl https://example.org/d\n"
                + "model_name_or_path: models/m\ndataset_name: data/d.jsonl\n"
        );
        string error = Assert.Throws<SimperException>(() => RecipePaths.Expect(Recipe.Read(file, []), file)).Message;
        Assert.Contains("2 things keep this recipe from running", error, StringComparison.Ordinal);
        Assert.Contains("- models/m does not exist", error, StringComparison.Ordinal);
        Assert.Contains("- data/d.jsonl does not exist", error, StringComparison.Ordinal);
        Assert.Contains(
            "says how to get what it names: hf download org/model --local-dir models/m; curl -L -o data/d.jsonl "
                + "https://example.org/d (or give",
            error,
            StringComparison.Ordinal
        );
        Assert.DoesNotContain("hf download models/m", error, StringComparison.Ordinal);
        Assert.Throws<SimperException>(() => RecipePaths.Expect(new Recipe { ModelNameOrPath = "models/m" }, file: null));
        RecipePaths.Expect(new Recipe { ModelNameOrPath = _folder, DatasetName = _folder }, file);
    }

    [Fact]
    public void What_a_recipe_s_own_command_fetches_is_not_looked_for_on_the_hub()
    {
        string file = Path.Combine(_folder, "r.yaml");
        File.WriteAllText(
            file,
            $"# hf download org/model --local-dir mine/model\nmodel_name_or_path: mine/model\ndataset_name: {_folder}\n"
        );
        Assert.Equal(
            $"mine/model does not exist. {file} says how to get what it names: hf download org/model --local-dir mine/model "
                + "(or give what you have, --model_name_or_path FOLDER --dataset_name FILE).",
            Assert.Throws<SimperException>(() => RecipePaths.Expect(Recipe.Read(file, []), file)).Message
        );
        File.WriteAllText(
            file,
            "# simper pull org/model\n# simper pull org/data --dataset --include \"a/*\"\nmodel_name_or_path: org/model@v1\n"
                + "dataset_name: org/data/a/test.jsonl.gz\n"
        );
        string error = Assert.Throws<SimperException>(() => RecipePaths.Expect(Recipe.Read(file, []), file)).Message;
        Assert.Contains("- org/model@v1 does not exist.", error, StringComparison.Ordinal);
        Assert.Contains("- org/data/a/test.jsonl.gz does not exist.", error, StringComparison.Ordinal);
        Assert.Contains(
            "says how to get what it names: simper pull org/model; simper pull org/data --dataset --include \"a/*\" (or give",
            error,
            StringComparison.Ordinal
        );
        // What the command line names instead is no matter of the recipe's.
        Assert.Contains(
            "fetch it with: simper pull other/model",
            Assert
                .Throws<SimperException>(() =>
                    RecipePaths.Expect(Recipe.Read(file, [("model_name_or_path", "other/model")]), file)
                )
                .Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void The_authors_recipe_names_the_mode_that_reads_it()
    {
        const string theirs = "bf16: true\nbeta: 2.5\ngamma_beta_ratio: 0.1\nmax_length: 2048\nmax_prompt_length: 1800";
        Assert.Contains("line 2: beta and gamma_beta_ratio have no meaning for SimPER", Error(theirs), StringComparison.Ordinal);
        Assert.Contains("compatibility simper-reference reads them as that code does", Error(theirs), StringComparison.Ordinal);
        Assert.Equal(
            (new SimPer(), 1800),
            Read(theirs, ("compatibility", "simper-reference")).Recipe is var r
                ? (r.Objective, r.MaxPromptLength!.Value)
                : default
        );
    }

    [Fact]
    public void A_mode_of_trl_s_does_not_make_simper_of_a_file_that_names_no_loss() =>
        Assert.Contains("beta has no meaning for SimPER", Error("beta: 0.1", ("compatibility", "trl")), StringComparison.Ordinal);
}
