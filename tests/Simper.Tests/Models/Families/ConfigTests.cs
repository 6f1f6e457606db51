using System.Text.Json.Nodes;
using Simper.Models;
using Simper.Models.Families;

namespace Simper.Tests.Models.Families;

/// <summary>What a config says is obeyed or refused, and never ignored where it would change the model.</summary>
public class ConfigTests
{
    private const string Llama = """
        {"model_type": "llama", "hidden_size": 32, "num_attention_heads": 4, "intermediate_size": 48, "num_hidden_layers": 2,
         "vocab_size": 50, "max_position_embeddings": 64, "rms_norm_eps": 1e-5
        """;

    [Theory]
    [InlineData("\"attn_logit_softcapping\": 30.0")]
    [InlineData("\"sliding_window\": 128")]
    [InlineData("\"num_local_experts\": 8")]
    [InlineData("\"residual_multiplier\": 0.22")]
    [InlineData("\"partial_rotary_factor\": 0.5")]
    [InlineData("\"use_parallel_residual\": true")]
    [InlineData("\"quantization_config\": {\"quant_method\": \"gptq\"}")]
    [InlineData("\"alibi\": true")]
    [InlineData("\"qk_layernorm\": true")]
    public void A_key_that_would_change_the_model_is_refused_by_its_name(string key)
    {
        SimperException refusal = Assert.Throws<SimperException>(() => Shape($"{Llama}, {key}}}"));
        Assert.Contains(key.Split(':')[0], refusal.Message, StringComparison.Ordinal);
        Assert.Contains("not known to have it", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"attn_logit_softcapping\": null")]
    [InlineData("\"use_parallel_residual\": false")]
    [InlineData("\"residual_multiplier\": 1.0")]
    [InlineData("\"partial_rotary_factor\": 1.0")]
    [InlineData("\"attention_dropout\": 0.1")]
    [InlineData("\"_attn_implementation\": \"sdpa\", \"use_cache\": true, \"pretraining_tp\": 1")]
    [InlineData("\"layer_types\": [\"full_attention\", \"full_attention\"]")]
    [InlineData("\"mlp_layer_note\": \"\", \"name_of_the_tokenizer\": \"x\"")]
    public void A_key_that_changes_nothing_is_left_alone(string key) => Assert.Equal(2, Shape($"{Llama}, {key}}}").Layers);

    [Theory]
    [InlineData("\"rope_theta\": 500.0", "\"rope_parameters\": {\"rope_theta\": 500.0, \"rope_type\": \"default\"}")]
    [InlineData(
        "\"rope_theta\": 500.0, \"rope_scaling\": {\"type\": \"linear\", \"factor\": 4.0}",
        "\"rope_parameters\": {\"rope_theta\": 500.0, \"rope_type\": \"linear\", \"factor\": 4.0}"
    )]
    [InlineData(
        "\"rope_theta\": 500.0, \"rope_scaling\": {\"type\": \"dynamic\", \"factor\": 2.0}",
        "\"rope_parameters\": {\"rope_theta\": 500.0, \"rope_type\": \"dynamic\", \"factor\": 2.0}"
    )]
    public void Old_and_new_configs_say_the_same(string old, string current) =>
        Assert.Equal(Shape($"{Llama}, {old}}}").Rotary, Shape($"{Llama}, {current}}}").Rotary);

    [Fact]
    public void A_scaling_s_own_unknown_key_is_refused()
    {
        SimperException refusal = Assert.Throws<SimperException>(() =>
            Shape($"{Llama}, \"rope_scaling\": {{\"rope_type\": \"yarn\", \"factor\": 4.0, \"mscale_all_dim\": 0.7}}}}")
        );
        Assert.Contains("\"mscale_all_dim\" is 0.7", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Longrope_lists_of_the_wrong_length_are_refused()
    {
        SimperException refusal = Assert.Throws<SimperException>(() =>
            Shape(
                $"{Llama}, \"rope_scaling\": {{\"rope_type\": \"longrope\", \"original_max_position_embeddings\": 32, "
                    + "\"short_factor\": [1, 1], \"long_factor\": [2, 2]}}"
            )
        );
        Assert.Contains("2 and 2 numbers", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("dynamic", true)]
    [InlineData("linear", false)]
    public void Only_rotations_that_depend_on_the_length_need_prompts_of_their_own(string type, bool expected) =>
        Assert.Equal(
            expected,
            Shape($"{Llama}, \"rope_scaling\": {{\"rope_type\": \"{type}\", \"factor\": 2.0}}}}").NeedsOwnPrompts
        );

    private static DecoderShape Shape(string json)
    {
        JsonObject config = JsonNode.Parse(json)!.AsObject();
        return Family.Of(config, "config.json").Shape(new ConfigReader(config, "config.json"));
    }
}
