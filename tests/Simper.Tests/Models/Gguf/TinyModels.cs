using System.Text.Json.Nodes;
using Simper.Checkpoints;
using Simper.Models;
using Simper.Models.Families;
using Simper.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Tests.Models.Gguf;

/// <summary>A tiny random model of each architecture that llama.cpp has, with settings that it computes.</summary>
internal static class TinyModels
{
    public const int Words = 320;

    private const string Common = """
        "hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 4, "num_attention_heads": 4, "num_key_value_heads": 2,
        "max_position_embeddings": 128, "vocab_size": 320, "bos_token_id": 1, "eos_token_id": 2, "tie_word_embeddings": false
        """;

    private static readonly Dictionary<string, string> Configs = new(StringComparer.Ordinal)
    {
        ["llama"] = """ "model_type": "llama", "head_dim": 24, "attention_bias": true, "mlp_bias": true """,
        ["llama-tied"] = """ "model_type": "llama", "num_key_value_heads": 4, "tie_word_embeddings": true """,
        ["llama3-rope"] = """
            "model_type": "llama", "rope_theta": 500000.0, "rope_scaling": { "rope_type": "llama3", "factor": 8.0,
            "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 16 }
            """,
        ["llama-linear"] = """ "model_type": "llama", "rope_scaling": { "rope_type": "linear", "factor": 4.0 } """,
        ["llama-yarn"] = """
            "model_type": "llama", "rope_theta": 100.0, "rope_scaling": { "rope_type": "yarn", "factor": 4.0,
            "original_max_position_embeddings": 32 }
            """,
        ["llama-yarn-factor"] = """
            "model_type": "llama", "rope_theta": 100.0, "rope_scaling": { "rope_type": "yarn", "factor": 4.0,
            "attention_factor": 1.3, "original_max_position_embeddings": 32 }
            """,
        ["mistral"] = """ "model_type": "mistral", "sliding_window": 48 """,
        ["mixtral"] = """ "model_type": "mixtral", "num_local_experts": 6, "num_experts_per_tok": 2 """,
        ["qwen2"] = """ "model_type": "qwen2" """,
        ["qwen3"] = """ "model_type": "qwen3", "head_dim": 32 """,
        ["qwen3_moe"] = """
            "model_type": "qwen3_moe", "head_dim": 32, "num_experts": 6, "num_experts_per_tok": 2, "moe_intermediate_size": 32,
            "norm_topk_prob": true
            """,
        ["gemma"] = """ "model_type": "gemma", "head_dim": 24, "tie_word_embeddings": true """,
        ["gemma2"] = """
            "model_type": "gemma2", "head_dim": 24, "sliding_window": 8, "query_pre_attn_scalar": 24, "tie_word_embeddings": true,
            "attn_logit_softcapping": 20.0, "final_logit_softcapping": 15.0
            """,
        ["gemma2-scaled"] = """
            "model_type": "gemma2", "head_dim": 24, "sliding_window": 8, "query_pre_attn_scalar": 10, "tie_word_embeddings": true
            """,
        ["gemma3_text"] = """
            "model_type": "gemma3_text", "head_dim": 24, "sliding_window": 8, "query_pre_attn_scalar": 24,
            "num_hidden_layers": 7, "rope_theta": 1000000.0, "rope_local_base_freq": 10000.0, "tie_word_embeddings": true,
            "rope_scaling": { "rope_type": "linear", "factor": 8.0 }
            """,
        ["phi3"] = """ "model_type": "phi3", "original_max_position_embeddings": 128, "partial_rotary_factor": 0.5 """,
        ["phi3-longrope"] = """
            "model_type": "phi3", "max_position_embeddings": 1024, "original_max_position_embeddings": 512,
            "rope_scaling": { "type": "longrope",
            "short_factor": [1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 2.0], "long_factor": [1.1, 1.5, 2.0, 3.0, 4.0, 6.0, 9.0, 14.0] }
            """,
        ["smollm3"] = """ "model_type": "smollm3", "tie_word_embeddings": true """,
        ["olmo2"] = """ "model_type": "olmo2" """,
        ["olmo3"] = """
            "model_type": "olmo3", "sliding_window": 8, "rope_theta": 500000.0, "rope_scaling": { "rope_type": "yarn",
            "factor": 8.0, "attention_factor": 1.2079441541679836, "beta_fast": 32.0, "beta_slow": 1.0,
            "original_max_position_embeddings": 16 }
            """,
        ["granite"] = """
            "model_type": "granite", "embedding_multiplier": 3.0, "attention_multiplier": 0.4, "residual_multiplier": 0.6,
            "logits_scaling": 0.7, "tie_word_embeddings": true
            """,
        ["gpt2"] = """ "model_type": "gpt2" """,
        ["gpt_neox"] = """ "model_type": "gpt_neox", "rotary_pct": 0.5, "use_parallel_residual": true """,
        ["gpt_neox-serial"] = """ "model_type": "gpt_neox", "rotary_pct": 0.5, "use_parallel_residual": false """,
        ["gpt_oss"] = """
            "model_type": "gpt_oss", "head_dim": 32, "num_local_experts": 6, "num_experts_per_tok": 2, "sliding_window": 8,
            "attention_bias": true, "rope_scaling": { "rope_type": "default" }
            """,
        ["glm4"] = """ "model_type": "glm4", "head_dim": 32, "partial_rotary_factor": 0.5, "attention_bias": true """,
        ["cohere2"] = """ "model_type": "cohere2", "logit_scale": 0.8, "sliding_window": 8, "tie_word_embeddings": true """,
        ["starcoder2"] = """ "model_type": "starcoder2", "use_bias": true, "tie_word_embeddings": true """,
        ["stablelm"] = """
            "model_type": "stablelm", "partial_rotary_factor": 0.25, "use_qkv_bias": true, "use_parallel_residual": false
            """,
        ["stablelm-parallel"] = """
            "model_type": "stablelm", "partial_rotary_factor": 0.25, "qk_layernorm": true, "use_parallel_residual": true
            """,
        ["exaone4"] = """ "model_type": "exaone4", "sliding_window": null, "tie_word_embeddings": true """,
        ["exaone4-windows"] = """ "model_type": "exaone4", "num_hidden_layers": 64, "sliding_window": 8 """,
    };

    public static IEnumerable<string> Names => Configs.Keys;

    /// <summary>The config.json of one.</summary>
    public static JsonObject Config(string name)
    {
        JsonObject config = JsonNode.Parse($"{{ {Common} }}")!.AsObject();
        foreach ((string key, JsonNode? value) in JsonNode.Parse($"{{ {Configs[name]} }}")!.AsObject())
            config[key] = value?.DeepClone();
        if (name == "gpt2")
            config = JsonNode
                .Parse(
                    """
                    { "model_type": "gpt2", "n_embd": 64, "n_head": 4, "n_layer": 4, "n_positions": 128, "vocab_size": 320,
                      "bos_token_id": 1, "eos_token_id": 2 }
                    """
                )!
                .AsObject();
        config["architectures"] = new JsonArray("Tiny");
        return config;
    }

    /// <summary>Writes a Hugging Face folder: weights that all move the logits, a tokenizer, a chat template.</summary>
    public static void Write(string folder, string name) => Write(folder, Config(name), TinyTokenizer.ByteLevel());

    /// <summary>The same of a config and a tokenizer.</summary>
    public static void Write(string folder, JsonObject config, JsonObject tokenizer)
    {
        Family family = Family.Of(config, folder);
        DecoderShape shape = family.Shape(new ConfigReader(config.DeepClone().AsObject(), folder));
        using var generator = new Generator(11, CPU);
        CheckpointWriter.Save(
            folder,
            new CheckpointFiles
            {
                Config = config,
                Others = new Dictionary<string, byte[]>
                {
                    ["tokenizer.json"] = ReadableJson.IndentedBytes(tokenizer),
                    ["tokenizer_config.json"] = ReadableJson.IndentedBytes(TinyTokenizer.Config()),
                },
            },
            [.. family.Names.Slots(shape).SelectMany(slot => slot.Parts.Select(part => (part.Name, Values(slot, part))))]
        );

        // The writer asks twice: values are made once.
        Func<Tensor> Values(WeightSlot slot, WeightPart part)
        {
            double scale = slot.Kind == SlotKind.Matrix ? 1.5 / Math.Sqrt(part.Shape[^1]) : 0.3;
            Tensor values = randn(part.Shape, generator: generator);
            values.TimesInPlace(scale);
            if (slot.Kind == SlotKind.Norm && shape.NormOffset == 0)
                values.PlusInPlace(1.0);
            float[] kept = [.. values.data<float>()];
            values.Dispose();
            return () => tensor(kept, part.Shape);
        }
    }
}
