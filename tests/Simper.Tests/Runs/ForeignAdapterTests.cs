using Simper.Models.Adapters;
using Simper.Models.Weights;
using Simper.Runs;

namespace Simper.Tests.Runs;

/// <summary>LoRA in recipes of TRL, LLaMA-Factory, ms-swift and axolotl: what each means by it.</summary>
public sealed class ForeignAdapterTests : IDisposable
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

    private const string Factory = "stage: dpo\nfinetuning_type: lora\n";
    private const string Swift = "rlhf_type: dpo\ntuner_type: lora\n";
    private const string Axolotl = "base_model: m\nrl: dpo\nadapter: lora\nlora_r: 32\nlora_alpha: 16\n";
    private const string Qlora = "base_model: m\nrl: dpo\nadapter: qlora\nload_in_4bit: true\nlora_r: 32\nlora_alpha: 16\n";

    private static ModuleNames All => ModuleNames.Matching("all-linear");

    private static AdapterConfig Linear(int rank, double alpha) =>
        new()
        {
            Rank = rank,
            Alpha = alpha,
            TargetModules = All,
        };

    public static IEnumerable<TheoryDataRow<string, AdapterConfig>> Adapters =>
        [
            new("use_peft: true", new() { Rank = 16, Alpha = 32 }),
            new(
                "use_peft: true\nlora_r: 128\nlora_alpha: 128\nlora_dropout: 0.05\nlora_target_modules: [q_proj, v_proj]\n"
                    + "lora_task_type: CAUSAL_LM",
                new()
                {
                    Rank = 128,
                    Alpha = 128,
                    Dropout = 0.05,
                    TargetModules = ModuleNames.Of(["q_proj", "v_proj"]),
                }
            ),
            new("stage: dpo", Linear(8, 16)),
            new(Factory, Linear(8, 16)),
            new(Factory + "lora_rank: 64\nlora_target: all", Linear(64, 128)),
            new(Factory + "lora_rank: 64\nlora_alpha: 16\nlora_dropout: 0.1", Linear(64, 16)),
            new(
                Factory + "lora_target: q_proj,v_proj\nadditional_target: embed_tokens,lm_head\nuse_rslora: true\nuse_dora: true",
                Linear(8, 16) with
                {
                    TargetModules = ModuleNames.Of(["q_proj", "v_proj"]),
                    UseRsLora = true,
                    UseDora = true,
                }
            ),
            new(Factory + "pissa_init: true", Linear(8, 16) with { Start = AdapterStart.Pissa, PissaIterations = 16 }),
            new(
                Factory + "pissa_init: true\npissa_iter: -1\npissa_convert: true",
                Linear(8, 16) with
                {
                    Start = AdapterStart.Pissa,
                }
            ),
            new("stage: sft\nfinetuning_type: lora\nlora_dropout: 0.1", Linear(8, 16) with { Dropout = 0.1 }),
            new("rlhf_type: kto", Linear(8, 32)),
            new(Swift + "disable_dropout: false", Linear(8, 32) with { Dropout = 0.05 }),
            new(Swift + "lora_dropout: 0.2\ndisable_dropout: false", Linear(8, 32) with { Dropout = 0.2 }),
            new(
                Swift + "lora_rank: 4\nlora_alpha: 8\ntarget_modules: q_proj v_proj\nlora_bias: all\ninit_weights: gaussian",
                new()
                {
                    Rank = 4,
                    Alpha = 8,
                    TargetModules = ModuleNames.Of(["q_proj", "v_proj"]),
                    Bias = AdapterBias.All,
                    Start = AdapterStart.Gaussian,
                }
            ),
            new(
                Swift + "target_modules: [all-linear]\ntarget_regex: '.*layers\\.[0-3]\\..*q_proj'",
                Linear(8, 32) with
                {
                    TargetModules = ModuleNames.Matching(@".*layers\.[0-3]\..*q_proj"),
                }
            ),
            new(Axolotl + "lora_target_linear: true", Linear(32, 16)),
            new(
                Axolotl + "lora_target_linear: true\nlora_target_modules: [gate_proj, q_proj]\nlora_dropout: 0.05",
                Linear(32, 16)
            ),
            new(
                Axolotl
                    + "lora_target_modules: [q_proj]\npeft_use_dora: true\npeft_use_rslora: true\npeft_init_lora_weights: pissa",
                new()
                {
                    Rank = 32,
                    Alpha = 16,
                    TargetModules = ModuleNames.Of(["q_proj"]),
                    UseDora = true,
                    UseRsLora = true,
                    Start = AdapterStart.Pissa,
                }
            ),
        ];

    // Lists are compared by what they hold.
    private static AdapterConfig WithoutLists(AdapterConfig config) =>
        new AdapterConfig() with
        {
            Rank = config.Rank,
            Alpha = config.Alpha,
            Dropout = config.Dropout,
            TargetModules = config.TargetModules,
            Bias = config.Bias,
            UseRsLora = config.UseRsLora,
            UseDora = config.UseDora,
            Start = config.Start,
            PissaIterations = config.PissaIterations,
        };

    [Theory]
    [MemberData(nameof(Adapters))]
    public void An_adapter_is_what_its_tool_makes(string yaml, AdapterConfig expected)
    {
        Recipe recipe = Read(yaml).Recipe;
        Assert.True(recipe.UsePeft);
        Assert.Equal(WithoutLists(expected), WithoutLists(recipe.Lora));
        Assert.Equal(recipe.ToYaml(), Read(recipe.ToYaml()).Recipe.ToYaml());
    }

    [Theory]
    [InlineData(Factory + "additional_target: embed_tokens,lm_head")]
    [InlineData(Swift + "modules_to_save: embed_tokens lm_head")]
    [InlineData(Axolotl + "lora_target_linear: true\nlora_modules_to_save: [embed_tokens, lm_head]")]
    public void Modules_that_train_whole(string yaml) =>
        Assert.Equal(["embed_tokens", "lm_head"], Read(yaml).Recipe.Lora.ModulesToSave);

    [Fact]
    public void Axolotl_s_layers_are_ours()
    {
        AdapterConfig adapter = Read(
            Axolotl + "lora_target_linear: true\npeft_layers_to_transform: [0, 2]\npeft_layers_pattern: [layers]"
        ).Recipe.Lora;
        Assert.Equal([0, 2], adapter.LayersToTransform);
        Assert.Equal(["layers"], adapter.LayersPattern);
    }

    [Theory]
    [InlineData("use_peft: true\nload_in_4bit: true", FrozenFormat.Nf4, false)]
    [InlineData("use_peft: true\nload_in_4bit: true\nuse_bnb_nested_quant: true", FrozenFormat.Nf4, true)]
    [InlineData("use_peft: true\nload_in_4bit: true\nbnb_4bit_quant_type: fp4", FrozenFormat.Fp4, false)]
    [InlineData("use_peft: true\nload_in_8bit: true", FrozenFormat.Int8, false)]
    [InlineData(Factory, FrozenFormat.AsStored, false)]
    [InlineData(Factory + "quantization_bit: 4", FrozenFormat.Nf4, true)]
    [InlineData(Factory + "quantization_bit: 4\nquantization_method: bnb\ndouble_quantization: false", FrozenFormat.Nf4, false)]
    [InlineData(Factory + "quantization_bit: 4\nquantization_type: fp4", FrozenFormat.Fp4, true)]
    [InlineData(Factory + "quantization_bit: 8\ndouble_quantization: true", FrozenFormat.Int8, false)]
    [InlineData(Swift + "quant_method: bnb\nquant_bits: 4\nbnb_4bit_compute_dtype: bfloat16", FrozenFormat.Nf4, true)]
    [InlineData(Swift + "quant_method: bnb\nquant_bits: 4\nbnb_4bit_use_double_quant: false", FrozenFormat.Nf4, false)]
    [InlineData(Swift + "quant_method: bnb\nquant_bits: 8", FrozenFormat.Int8, false)]
    [InlineData(Swift + "quant_bits: 4", FrozenFormat.AsStored, false)]
    [InlineData(Qlora + "lora_target_linear: true", FrozenFormat.Nf4, true)]
    [InlineData(Axolotl + "lora_target_linear: true\nload_in_8bit: true\nload_in_4bit: false", FrozenFormat.Int8, false)]
    public void The_frozen_model_is_quantised_as_the_tool_does(string yaml, FrozenFormat format, bool isNested) =>
        Assert.Equal(new FrozenQuantisation(format, isNested), Read(yaml).Recipe.Quantisation);

    [Theory]
    [InlineData(Factory + "model_name_or_path: m\nadapter_name_or_path: a\nlora_rank: 64", "LLaMA-Factory's is the model")]
    [InlineData("rlhf_type: dpo\nmodel: m\nadapters: a\nlora_rank: 64", "ms-swift's, without ref_adapters, is the model")]
    [InlineData("rlhf_type: dpo\nmodel: m\nadapters: [a]\nref_adapters: [a]\nlora_rank: 64", null)]
    [InlineData(Axolotl + "lora_model_dir: a", "axolotl's is the model")]
    public void An_adapter_that_is_trained_on_is_the_model(string yaml, string? reference)
    {
        (Recipe recipe, string notes) = Read(yaml);
        Assert.Equal(("a", "m", true), (recipe.ModelNameOrPath, recipe.BaseModelNameOrPath, recipe.UsePeft));
        Assert.Equal(new Recipe().Lora.Rank, recipe.Lora.Rank);
        Assert.Contains("an adapter that is trained on has settings of its own", notes, StringComparison.Ordinal);
        if (reference is null)
            Assert.DoesNotContain("the reference is", notes, StringComparison.Ordinal);
        else
            Assert.Contains($"before its first step; {reference} without an adapter.", notes, StringComparison.Ordinal);
    }

    [Fact]
    public void Lora_plus_is_ours_under_each_name()
    {
        Recipe factory = Read(Factory + "loraplus_lr_ratio: 16\nloraplus_lr_embedding: 1e-5").Recipe;
        Assert.Equal((16, 1e-5), (factory.LoraPlusRatio, factory.LoraPlusEmbeddingRate));
        Recipe swift = Read(Swift + "lorap_lr_ratio: 16\nlorap_emb_lr: 1e-5").Recipe;
        Assert.Equal((16, 1e-5), (swift.LoraPlusRatio, swift.LoraPlusEmbeddingRate));
        Assert.Equal(8, Read(Axolotl + "lora_target_linear: true\nloraplus_lr_ratio: 8").Recipe.LoraPlusRatio);
    }

    [Theory]
    [InlineData(Swift, 1e-4)]
    [InlineData(Swift + "learning_rate: 3e-5", 3e-5)]
    [InlineData("rlhf_type: dpo\ntuner_type: full", 1e-6)]
    [InlineData(Factory, 1e-6)]
    public void A_rate_is_the_file_s_or_that_of_the_tool_s_adapters(string yaml, double rate) =>
        Assert.Equal(rate, Read(yaml).Recipe.LearningRate);

    [Fact]
    public void Dropout_that_a_tool_s_trainer_switches_off_is_said_to_count_as_0()
    {
        (Recipe recipe, string notes) = Read(Factory + "lora_dropout: 0.05");
        Assert.Equal(0, recipe.Lora.Dropout);
        Assert.Contains(
            "line 3: lora_dropout 0.05 counts as 0: LLaMA-Factory's trainer switches dropout off",
            notes,
            StringComparison.Ordinal
        );
        Assert.Equal(0.1, Read(Factory + "lora_dropout: 0.05", ("lora_dropout", "0.1")).Recipe.Lora.Dropout);
    }

    [Theory]
    [InlineData("true", 0)]
    [InlineData("false", 0.05)]
    public void Trl_s_switch_of_dropout_is_also_the_adapter_s(string isOff, double dropout)
    {
        (Recipe recipe, string notes) = Read($"disable_dropout: {isOff}\nuse_peft: true\nlora_dropout: 0.05");
        Assert.Equal(dropout, recipe.Lora.Dropout);
        Assert.Equal(dropout == 0, notes.Contains("lora_dropout counts as 0", StringComparison.Ordinal));
    }

    [Fact]
    public void The_command_line_takes_an_adapter_away_and_changes_it()
    {
        const string yaml = Factory + "lora_rank: 64";
        Assert.False(Read(yaml, ("use_peft", "false")).Recipe.UsePeft);
        (Recipe full, string notes) = Read(yaml, ("finetuning_type", "full"));
        Assert.False(full.UsePeft);
        Assert.Contains("lora_rank has no effect here: all weights are trained", notes, StringComparison.Ordinal);
        Assert.Equal((4, 8), Read(yaml, ("lora_r", "4")).Recipe.Lora is var a ? (a.Rank, a.Alpha) : default);
        Assert.Equal((4, 8), Read(yaml, ("lora_rank", "4")).Recipe.Lora is var b ? (b.Rank, b.Alpha) : default);
    }

    [Theory]
    [InlineData("stage: dpo\nfinetuning_type: freeze", "line 2: finetuning_type is \"freeze\"; here there is lora, and full to")]
    [InlineData("stage: dpo\nfinetuning_type: oft", "finetuning_type is \"oft\"")]
    [InlineData("rlhf_type: dpo\ntuner_type: adalora", "tuner_type is \"adalora\"; here there is lora, and full to train all")]
    [InlineData("base_model: m\nrl: dpo\nadapter: llama-adapter", "here there is lora or qlora, and null to train all weights")]
    [InlineData("stage: dpo\nfinetuning_type: full\nquantization_bit: 4", "weights that train are not quantized")]
    [InlineData("stage: dpo\nfinetuning_type: full\nadapter_name_or_path: a", "merge the adapter into the model first")]
    [InlineData("rlhf_type: dpo\ntuner_type: full\nadapters: a", "merge the adapter into the model first")]
    [InlineData("base_model: m\nrl: dpo\nlora_model_dir: a", "merge the adapter into the model first")]
    [InlineData(Factory + "quantization_bit: 3", "line 3: quantization_bit is \"3\"; a frozen model is quantised to 4 or 8 bits")]
    [InlineData(Factory + "quantization_bit: 4\nquantization_method: hqq", "quantization_method is \"hqq\"")]
    [InlineData(Factory + "adapter_name_or_path: a,b", "names several adapters; merge all but the last")]
    [InlineData(Factory + "adapter_name_or_path: a\ncreate_new_adapter: true", "merge a into the model first")]
    [InlineData(Factory + "ref_model_adapters: a", "the reference is the adapter before its first step")]
    [InlineData(Factory + "lora_target: all,lm_head", "all linear layers and lm_head cannot be said at once")]
    [InlineData(Swift + "target_modules: all-linear all-embedding", "all linear layers and all-embedding cannot be said")]
    [InlineData(Swift + "init_weights: olora", "init_weights is \"olora\"; it has to be true, gaussian, orthogonal")]
    [InlineData(Swift + "ref_adapters: a", "ref_adapters: the reference is the model")]
    [InlineData(Swift + "quant_method: hqq\nquant_bits: 4", "quant_method is \"hqq\"")]
    [InlineData(Swift + "target_parameters: [w]", "adapters are of whole modules")]
    [InlineData(Axolotl, "axolotl has no default for lora_target_modules")]
    [InlineData("base_model: m\nrl: dpo\nadapter: lora\nlora_target_linear: true", "axolotl has no default for lora_alpha")]
    [InlineData(Axolotl + "lora_target_linear: true\nload_in_4bit: true", "four bits are of adapter: qlora")]
    [InlineData("base_model: m\nrl: dpo\nadapter: qlora", "which wants load_in_4bit: true")]
    [InlineData(Axolotl + "lora_target_linear: true\npeft: {loftq_config: {loftq_bits: 4}}", "begins adapters in ways")]
    public void What_has_no_counterpart_stops_with_a_sentence(string yaml, string expected) =>
        Assert.Contains(expected, Error(yaml), StringComparison.Ordinal);
}
