using System.Text.Json.Nodes;

namespace Simper.Models.Gguf;

/// <summary>The config.json of a GGUF file, family by family.</summary>
internal static class GgufConfig
{
    /// <summary>The config of a file.</summary>
    public static JsonObject Of(GgufArchitecture architecture, GgufSettings settings)
    {
        JsonObject config = Common(settings);
        architecture.Config(settings, config);
        return config;
    }

    /// <summary>What most families call by the same names.</summary>
    private static JsonObject Common(GgufSettings settings) =>
        new()
        {
            ["architectures"] = new JsonArray(),
            ["model_type"] = "",
            ["hidden_size"] = settings.Count("embedding_length"),
            ["intermediate_size"] = settings.Count("feed_forward_length", 1),
            ["num_hidden_layers"] = settings.Layers,
            ["num_attention_heads"] = settings.Heads,
            ["num_key_value_heads"] = settings.Count("attention.head_count_kv", settings.Heads),
            ["head_dim"] = settings.HeadWidth,
            ["max_position_embeddings"] = settings.Count("context_length"),
            ["vocab_size"] = settings.Embedding.Shape[0],
            ["hidden_act"] = "silu",
            ["rms_norm_eps"] = settings.Has("attention.layer_norm_epsilon")
                ? 0
                : settings.RequiredNumber("attention.layer_norm_rms_epsilon"),
            ["rope_theta"] = settings.Number("rope.freq_base", 10000),
            ["rope_scaling"] = settings.RopeScaling,
            ["tie_word_embeddings"] = !settings.Holds("output.weight"),
            ["torch_dtype"] = settings.Dtype,
        };

    public static void Named(JsonObject config, string modelType, string className)
    {
        config["architectures"] = new JsonArray(className);
        config["model_type"] = modelType;
    }

    public static void Llama(GgufSettings settings, JsonObject config)
    {
        if (settings.HasExperts)
        {
            Named(config, "mixtral", "MixtralForCausalLM");
            config["num_local_experts"] = settings.Count("expert_count");
            config["num_experts_per_tok"] = settings.Count("expert_used_count");
            return;
        }
        Named(config, "llama", "LlamaForCausalLM");
        Biases(settings, config);
    }

    public static void Qwen3Moe(GgufSettings settings, JsonObject config)
    {
        Named(config, "qwen3_moe", "Qwen3MoeForCausalLM");
        config["num_experts"] = settings.Count("expert_count");
        config["num_experts_per_tok"] = settings.Count("expert_used_count");
        config["moe_intermediate_size"] = settings.Count(
            "expert_feed_forward_length",
            settings.Count("feed_forward_length", 1) / settings.Count("expert_used_count")
        );
        config["norm_topk_prob"] = true;
    }

    public static void Gemma(JsonObject config, string modelType, string className)
    {
        Named(config, modelType, className);
        config["hidden_act"] = "gelu_pytorch_tanh";
        config["hidden_activation"] = "gelu_pytorch_tanh";
    }

    public static void Gemma2(GgufSettings settings, JsonObject config)
    {
        Gemma(config, "gemma2", "Gemma2ForCausalLM");
        GemmaScale(settings, config, largest: 46);
        config["attn_logit_softcapping"] = settings.Number("attn_logit_softcapping", 50);
        config["final_logit_softcapping"] = settings.Number("final_logit_softcapping", 30);
        Windows(settings, config, otherwise: 4096, period: 2);
    }

    public static void Gemma3(GgufSettings settings, JsonObject config)
    {
        Gemma(config, "gemma3_text", "Gemma3ForCausalLM");
        GemmaScale(settings, config, largest: 62);
        config["rope_theta"] = settings.Number("rope.freq_base", 1e6);
        config["rope_local_base_freq"] = settings.Number("rope.freq_base_swa", 10000);
        config["final_logit_softcapping"] = settings.Has("final_logit_softcapping")
            ? settings.Number("final_logit_softcapping", 0)
            : null;
        Windows(settings, config, otherwise: 0, period: 6);
    }

    public static void Phi3(GgufSettings settings, JsonObject config)
    {
        Named(config, "phi3", "Phi3ForCausalLM");
        config["original_max_position_embeddings"] = settings.Count(
            "rope.scaling.original_context_length",
            settings.Count("context_length")
        );
        config["partial_rotary_factor"] = RotaryShare(settings);
        config["sliding_window"] = null;
    }

    public static void SmolLm3(GgufSettings settings, JsonObject config)
    {
        Named(config, "smollm3", "SmolLM3ForCausalLM");
        config["no_rope_layer_interval"] = 4;
        config["no_rope_layers"] = new JsonArray([
            .. Enumerable.Range(1, (int)settings.Layers).Select(layer => (JsonNode)(layer % 4 != 0 ? 1 : 0)),
        ]);
    }

    public static void Olmo2(GgufSettings settings, JsonObject config)
    {
        if (settings.Window == 0)
        {
            Named(config, "olmo2", "Olmo2ForCausalLM");
            return;
        }
        Named(config, "olmo3", "Olmo3ForCausalLM");
        Windows(settings, config, otherwise: 0, period: 4);
    }

    public static void Granite(GgufSettings settings, JsonObject config)
    {
        Named(config, "granite", "GraniteForCausalLM");
        Biases(settings, config);
        config["embedding_multiplier"] = settings.Number("embedding_scale", 1);
        config["residual_multiplier"] = settings.Number("residual_scale", 1);
        config["logits_scaling"] = settings.RequiredNumber("logit_scale");
        config["attention_multiplier"] = settings.Number("attention.scale", 1 / Math.Sqrt(settings.HeadWidth));
    }

    public static void Gpt2(GgufSettings settings, JsonObject config)
    {
        config["n_embd"] = settings.Count("embedding_length");
        config["n_inner"] = settings.Count("feed_forward_length");
        config["n_layer"] = settings.Layers;
        config["n_head"] = settings.Heads;
        config["n_positions"] = settings.Tensors.TryGetValue("position_embd.weight", out Checkpoints.TensorEntry? positions)
            ? positions.Shape[0]
            : settings.Count("context_length");
        config["layer_norm_epsilon"] = settings.RequiredNumber("attention.layer_norm_epsilon");
        config["activation_function"] = "gelu_new";
        foreach (
            string key in (string[])
                [
                    "hidden_size",
                    "intermediate_size",
                    "num_hidden_layers",
                    "num_attention_heads",
                    "num_key_value_heads",
                    "head_dim",
                    "max_position_embeddings",
                    "hidden_act",
                    "rms_norm_eps",
                    "rope_theta",
                    "rope_scaling",
                ]
        )
            config.Remove(key);
        Named(config, "gpt2", "GPT2LMHeadModel");
    }

    public static void GptNeoX(GgufSettings settings, JsonObject config)
    {
        Named(config, "gpt_neox", "GPTNeoXForCausalLM");
        LayerNorm(settings, config, "layer_norm_eps");
        config["hidden_act"] = "gelu";
        config["attention_bias"] = settings.HoldsInBlock("attn_qkv.bias");
        config["rotary_emb_base"] = settings.Number("rope.freq_base", 10000);
        config["rotary_pct"] = RotaryShare(settings);
        config["use_parallel_residual"] = settings.Flag("use_parallel_residual", otherwise: true);
        config.Remove("rope_theta");
        config.Remove("num_key_value_heads");
        config.Remove("head_dim");
    }

    public static void GptOss(GgufSettings settings, JsonObject config)
    {
        Named(config, "gpt_oss", "GptOssForCausalLM");
        config["intermediate_size"] = settings.Count("expert_feed_forward_length");
        config["num_local_experts"] = settings.Count("expert_count");
        config["num_experts_per_tok"] = settings.Count("expert_used_count");
        config["attention_bias"] = true;
        if (config["rope_scaling"] is JsonObject scaling)
            scaling["truncate"] = false; // as published; llama.cpp truncates
        else
            config["rope_scaling"] = new JsonObject { ["rope_type"] = "default" };
        Windows(settings, config, otherwise: 0, period: 2);
    }

    public static void Glm4(GgufSettings settings, JsonObject config)
    {
        Named(config, "glm4", "Glm4ForCausalLM");
        config["attention_bias"] = settings.HoldsInBlock("attn_q.bias");
        config["partial_rotary_factor"] = RotaryShare(settings);
    }

    public static void Cohere2(GgufSettings settings, JsonObject config)
    {
        Named(config, "cohere2", "Cohere2ForCausalLM");
        LayerNorm(settings, config, "layer_norm_eps");
        config["logit_scale"] = settings.RequiredNumber("logit_scale");
        Windows(settings, config, otherwise: 0, period: 4);
    }

    public static void StarCoder2(GgufSettings settings, JsonObject config)
    {
        Named(config, "starcoder2", "Starcoder2ForCausalLM");
        LayerNorm(settings, config, "norm_epsilon");
        config["hidden_act"] = "gelu_pytorch_tanh";
        config["use_bias"] = settings.HoldsInBlock("attn_q.bias");
        config.Remove("head_dim");
    }

    public static void StableLm(GgufSettings settings, JsonObject config)
    {
        Named(config, "stablelm", "StableLmForCausalLM");
        LayerNorm(settings, config, "layer_norm_eps");
        config["partial_rotary_factor"] = RotaryShare(settings);
        config["use_qkv_bias"] = settings.HoldsInBlock("attn_q.bias");
        config["qk_layernorm"] = settings.HoldsInBlock("attn_q_norm.weight");
        config["use_parallel_residual"] = !settings.HoldsInBlock("ffn_norm.weight");
    }

    public static void Exaone4(GgufSettings settings, JsonObject config)
    {
        Named(config, "exaone4", "Exaone4ForCausalLM");
        // llama.cpp knows the published model with windows by its layers
        bool slides = settings.Layers == 64;
        if (slides)
            Windows(settings, config, otherwise: 4096, period: 4);
        else
            config["sliding_window"] = null;
    }

    private static void Biases(GgufSettings settings, JsonObject config)
    {
        config["attention_bias"] = settings.HoldsInBlock("attn_q.bias");
        config["mlp_bias"] = settings.HoldsInBlock("ffn_gate.bias");
    }

    private static void LayerNorm(GgufSettings settings, JsonObject config, string key)
    {
        config.Remove("rms_norm_eps");
        config[key] = settings.RequiredNumber("attention.layer_norm_epsilon");
    }

    private static void GemmaScale(GgufSettings settings, JsonObject config, int largest) =>
        config["query_pre_attn_scalar"] =
            settings.Layers == largest ? settings.Count("embedding_length") / settings.Heads : settings.HeadWidth;

    private static void Windows(GgufSettings settings, JsonObject config, long otherwise, int period)
    {
        long window = settings.Has("attention.sliding_window") ? settings.Window : otherwise;
        config["sliding_window"] = window == 0 ? null : window;
        if (window != 0)
            config["layer_types"] = settings.LayerTypes(period);
    }

    private static double RotaryShare(GgufSettings settings) =>
        (double)settings.Count("rope.dimension_count", settings.HeadWidth) / settings.HeadWidth;
}
