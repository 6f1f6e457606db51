using Simper.Objectives;
using Simper.Runs;
using Simper.Tensors;
using Simper.Training;

namespace Simper.Tests.Runs;

public class RecipeTests
{
    private static Recipe Read(string yaml, params (string, string)[] overrides) => Read(yaml, [], overrides);

    private static Recipe Read(string yaml, List<string> notes, params (string, string)[] overrides) =>
        FromFile(yaml, file => Recipe.Read(file, overrides, notes));

    private static T FromFile<T>(string yaml, Func<string, T> read)
    {
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, yaml);
            return read(file);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static string Error(string yaml, params (string, string)[] overrides) =>
        Assert.Throws<SimperException>(() => Read(yaml, overrides)).Message;

    [Fact]
    public void A_recipe_with_trl_s_names_is_read()
    {
        Recipe recipe = Read(
            """
            # a comment
            model_name_or_path: m
            dataset_name: 'data/pairs.jsonl'
            loss_type: [sigmoid]
            beta: 0.05
            learning_rate: 5e-7
            lr_scheduler_type: linear
            warmup_ratio: 0.1
            per_device_train_batch_size: 2
            gradient_accumulation_steps: 16
            bf16: true
            gradient_checkpointing: true
            output_dir: runs/x
            """
        );
        Assert.Equal(new Dpo { Beta = 0.05 }, recipe.Objective);
        Assert.Equal(
            (5e-7, 0.1, 2, 16, true),
            (
                recipe.LearningRate,
                recipe.Warmup,
                recipe.TrainBatchSize,
                recipe.GradientAccumulationSteps,
                recipe.GradientCheckpointing
            )
        );
        Assert.Equal(Precision.BFloat16, recipe.Dtype);
    }

    [Fact]
    public void The_resolved_recipe_reads_back_to_itself()
    {
        Recipe recipe = new()
        {
            ModelNameOrPath = "it's here",
            DatasetName = "d",
            OutputDir = "o",
            Objective = new Dpo { Beta = 0.3 },
            Dtype = Precision.Float32,
            MaxSteps = 7,
            LearningRate = 3.3e-7,
            TruncationMode = Simper.Text.Preferences.TruncationMode.KeepEnd,
            Compatibility = Simper.Text.Preferences.Compatibility.SimPerReference,
            MaxPromptLength = 77,
        };
        Assert.Equal(recipe, Read(recipe.ToYaml()));
        Assert.Equal(new Recipe(), Read(new Recipe().ToYaml()));
    }

    [Theory]
    [InlineData("lr_scheduler_type: cosine_with_restarts\nlr_scheduler_kwargs: {num_cycles: 3}")]
    [InlineData("lr_scheduler_type: cosine_warmup_with_min_lr\nlr_scheduler_kwargs: {min_lr: 1e-7, warmup_lr_rate: 0.01}")]
    [InlineData("lr_scheduler_type: polynomial\nlr_scheduler_kwargs:\n  lr_end: 1e-9\n  power: 2")]
    [InlineData("lr_scheduler_type: inverse_sqrt\nlr_scheduler_kwargs: {timescale: 30}")]
    [InlineData(
        "lr_scheduler_kwargs: {num_decay_steps: 5, num_stable_steps: 7, warmup_type: 1-sqrt, decay_type: linear, "
            + "min_lr_ratio: 0.1}\nlr_scheduler_type: warmup_stable_decay"
    )]
    public void A_schedule_and_what_it_is_told_read_back(string yaml)
    {
        Recipe recipe = Read(yaml);
        Assert.NotEqual(new ScheduleOptions(), recipe.ScheduleOptions);
        Assert.Equal(recipe, Read(recipe.ToYaml()));
    }

    [Fact]
    public void The_command_line_tells_a_schedule_in_json() =>
        Assert.Equal(
            2,
            Read(
                "lr_scheduler_type: cosine_with_restarts\nlr_scheduler_kwargs: {num_cycles: 5}",
                ("lr-scheduler-kwargs", """{"num_cycles": 2}""")
            ).ScheduleOptions.Cycles
        );

    [Fact]
    public void The_command_line_wins_over_the_file_in_every_spelling() =>
        Assert.Equal(
            (2e-5, 0.2),
            (
                Read("learning_rate: 1\nwarmup_ratio: 0.1", ("learning-rate", "2e-5"), ("warmup_steps", "0.2")) is var r
                    ? (r.LearningRate, r.Warmup)
                    : default
            )
        );

    [Theory]
    [InlineData("beta", "0.1")]
    [InlineData("simpo_gamma", "0.5")]
    [InlineData("label_smoothing", "0.1")]
    public void SimPer_refuses_every_hyperparameter_with_the_reason(string key, string value)
    {
        string error = Error($"loss_type: SimPER\n{key}: {value}");
        Assert.Contains("line 2", error, StringComparison.Ordinal);
        Assert.Contains($"{key} has no meaning for SimPER", error, StringComparison.Ordinal);
        Assert.Contains("no hyperparameters", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("lerning_rate: 1", "line 1: the key lerning_rate is unknown; did you mean learning_rate?")]
    [InlineData("a: 1", "line 1: the key a is unknown; simper train --help lists the keys.")]
    [InlineData("gpu: 1", "the key gpu is unknown; simper train --help")]
    [InlineData("seed: 1\nmax_seq_length: 5", "line 2: the key max_seq_length is unknown; use max_length")]
    [InlineData("compatibility: trl-dpo", "it has to be one of strict, trl, trl-cpo, simper-reference")]
    [InlineData("max_prompt_length: 0", "it has to be a whole number from 1")]
    [InlineData("learning_rate: fast", "line 1: learning_rate is \"fast\"; it has to be a number")]
    [InlineData("max_length: 1", "it has to be a whole number from 2")]
    [InlineData("lr_scheduler_type: square", "it has to be one of linear, cosine, constant")]
    [InlineData("lr_scheduler_type: reduce_lr_on_plateau", "is not a function of the step")]
    [InlineData(
        "seed: 1\nlr_scheduler_kwargs: {num_cycle: 2}",
        "line 2: lr_scheduler_kwargs has num_cycle, which lr_scheduler_type cosine does not read; it reads num_cycles."
    )]
    [InlineData(
        "lr_scheduler_kwargs: {num_cycles: 2}\nlr_scheduler_type: linear",
        "lr_scheduler_type linear does not read; it reads nothing."
    )]
    [InlineData("lr_scheduler_kwargs: {num_cycles: many}", "lr_scheduler_kwargs.num_cycles is \"many\"; it has to be a number")]
    [InlineData("lr_scheduler_kwargs: 3", "it has to be a map")]
    [InlineData("lr_scheduler_type: warmup_stable_decay", "needs the steps of its descent")]
    [InlineData("lr_scheduler_type: cosine_with_min_lr", "needs one of min_lr and min_lr_rate")]
    [InlineData(
        "lr_scheduler_type: cosine_with_min_lr\nlr_scheduler_kwargs: {min_lr: 1e-7, min_lr_rate: 0.1}",
        "needs one of min_lr and min_lr_rate"
    )]
    [InlineData(
        "lr_scheduler_type: cosine_with_min_lr\nlr_scheduler_kwargs: {min_lr: 0.1}",
        "min_lr 0.1 is above learning_rate 1E-06"
    )]
    [InlineData("lr_scheduler_type: polynomial\nlearning_rate: 1e-8", "lr_end 1E-07, which has to be below learning_rate 1E-08")]
    [InlineData("loss_type: ppo", "it has to be one of simper, sft, dpo")]
    [InlineData("beta: 0\nloss_type: dpo", "it has to be a number from")]
    [InlineData("fp16: true", "is not supported yet")]
    [InlineData("push_to_hub: maybe", "is not supported yet")]
    [InlineData("dtype: float16", "bfloat16")]
    [InlineData("learning_rate: 1\nlearning_rate: 2", "line 2")]
    [InlineData("learning_rate: [1, 2]", "has to be one value")]
    [InlineData("learning_rate: {a: 1}", "has to be one value")]
    [InlineData("- a", "a recipe is one list of")]
    [InlineData("learning_rate: 'x", "line 1")]
    public void What_is_wrong_is_said_with_its_line(string yaml, string expected) =>
        Assert.Contains(expected, Error(yaml), StringComparison.Ordinal);

    [Theory]
    [InlineData("loss_type: [sigmoid, sft]", "sigmoid,sft", RecipeEntryShape.List)]
    [InlineData("loss_weights:\n- 1.0\n- 0.5", "1.0,0.5", RecipeEntryShape.List)]
    [InlineData("loss_type: [sigmoid]", "sigmoid", RecipeEntryShape.Value)]
    [InlineData(
        "lr_scheduler_kwargs: {num_cycles: 2, decay_type: '1', x: [null, true]}",
        """{"num_cycles":2,"decay_type":"1","x":[null,true]}""",
        RecipeEntryShape.Map
    )]
    [InlineData("datasets:\n- path: it's/here", """[{"path":"it's/here"}]""", RecipeEntryShape.Map)]
    public void Lists_are_read_with_commas_and_maps_as_json(string yaml, string value, object shape)
    {
        RecipeEntry entry = Assert.Single(FromFile(yaml, RecipeFile.Read));
        Assert.Equal((value, shape), (entry.Value, entry.Shape));
    }

    [Fact]
    public void Keys_without_effect_are_noted_in_one_line()
    {
        var notes = new List<string>();
        Read("dataset_num_proc: 4\nattn_implementation: flash_attention_2\neval_strategy: steps", notes);
        Assert.Contains(
            ".tmp: 3 keys have no effect here: dataset_num_proc, attn_implementation; eval_strategy (held-out pairs are "
                + "evaluated",
            Assert.Single(notes),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void All_that_is_wrong_is_said_at_once()
    {
        string error = Error("lerning_rate: 1\nuse_peft: perhaps\nmax_length: few\nbeta: 0.1\noptim: rmsprop", ("seed", "x"));
        Assert.Contains(": 6 things keep this recipe from running", error, StringComparison.Ordinal);
        foreach (
            string part in (string[])
                [
                    "- line 1: the key lerning_rate is unknown",
                    "- line 2: use_peft",
                    "- line 3: max_length is \"few\"",
                    "- line 4: beta has no meaning for SimPER",
                    "- line 5: optim",
                    "- --seed is \"x\"",
                ]
        )
            Assert.Contains(part, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("learning_rate: null")]
    [InlineData("learning_rate:")]
    [InlineData("max_length: ~\nseed: NULL\nsamples: Null\ngradient_checkpointing: None")]
    [InlineData("loss_type: null\nbeta: null")]
    public void Null_unsets_a_key(string yaml) => Assert.Equal(new Recipe(), Read(yaml));

    [Fact]
    public void Null_on_the_command_line_unsets_a_key_of_the_file() =>
        Assert.Equal(
            new Recipe { Seed = 3 },
            Read(
                "seed: 3\nlearning_rate: 0.1\nbeta: 0.1\nuse_peft: true\nnobody_knows: 1",
                ("learning-rate", "null"),
                ("beta", "None"),
                ("use_peft", ""),
                ("nobody_knows", "null")
            )
        );

    [Theory]
    [InlineData("dataset_columns: {prompt: question, chosen: best answer}", "prompt=question,chosen=best answer")]
    [InlineData("dataset_columns: prompt=question,chosen=best answer", "prompt=question,chosen=best answer")]
    [InlineData("dataset_columns:\n  prompt: frage\n  chosen: größte", "prompt=frage,chosen=größte")]
    [InlineData("dataset_columns:", "")]
    public void Columns_of_the_data_are_named_and_come_back_as_they_were(string yaml, string expected)
    {
        Recipe recipe = Read(yaml);
        Assert.Equal(expected, recipe.DatasetColumns.ToString());
        Assert.Equal(recipe, Read(recipe.ToYaml()));
        Assert.Equal(recipe.DatasetColumns, recipe.Reading.Columns);
    }

    [Fact]
    public void A_column_that_no_layout_has_is_refused_with_its_line() =>
        Assert.Contains(
            "dataset_columns has promt, which is no column of Simper's layouts; did you mean prompt?",
            Assert.Throws<SimperException>(() => Read("dataset_columns: {promt: question}")).Message,
            StringComparison.Ordinal
        );

    [Theory]
    [InlineData(
        "chat_template_kwargs: {enable_thinking: false, n: 2, x: 2.0, s: 'a', big: 12345678901234567890123}",
        """{"enable_thinking":false,"n":2,"x":2.0,"s":"a","big":12345678901234567890123}"""
    )]
    [InlineData(
        "chat_template_kwargs:\n  enable_thinking: no\n  documents:\n  - {title: é}",
        """{"enable_thinking":false,"documents":[{"title":"é"}]}"""
    )]
    [InlineData("chat_template_kwargs: {}", null)]
    [InlineData("chat_template_kwargs: null", null)]
    public void Arguments_of_the_template_are_a_map_and_come_back_as_they_were(string yaml, string? expected)
    {
        Recipe recipe = Read(yaml);
        Assert.Equal(expected, recipe.ChatTemplateKwargs);
        Assert.Equal(recipe, Read(recipe.ToYaml()));
        Assert.Equal(
            expected,
            recipe.Tokenization.TemplateVariables?.ToJsonString(
                new System.Text.Json.JsonSerializerOptions
                {
                    Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
                }
            )
        );
    }

    [Theory]
    [InlineData("chat_template_kwargs: 5", "has to be a map")]
    [InlineData("chat_template_kwargs: {messages: []}", "every template is given already")]
    public void Arguments_of_another_shape_are_refused(string yaml, string part) =>
        Assert.Contains(part, Assert.Throws<SimperException>(() => Read(yaml)).Message, StringComparison.Ordinal);
}
