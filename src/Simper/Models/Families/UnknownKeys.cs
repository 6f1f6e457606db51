using System.Text.Json;
using System.Text.Json.Nodes;

namespace Simper.Models.Families;

/// <summary>Whether a key of config.json that a family does not read would change what the model computes.</summary>
internal static class UnknownKeys
{
    // Parts of names that stand for the architecture.
    private static readonly string[] Words =
    [
        "activation",
        "alibi",
        "alpha",
        "attention",
        "attn",
        "beta",
        "bias",
        "cap",
        "conv",
        "dim",
        "expert",
        "factor",
        "ffn",
        "gate",
        "head",
        "layer",
        "limit",
        "logit",
        "lora",
        "mixer",
        "mlp",
        "moe",
        "multiplier",
        "norm",
        "parallel",
        "position",
        "quant",
        "residual",
        "rope",
        "rotary",
        "router",
        "scale",
        "scaling",
        "sink",
        "softmax",
        "sparse",
        "ssm",
        "temperature",
        "theta",
        "vision",
        "window",
    ];

    // What transformers writes into configs of all families, and what concerns other tasks, training or other programs.
    private static readonly HashSet<string> Harmless =
    [
        "_attn_implementation",
        "_attn_implementation_autoset",
        "_attn_implementation_internal",
        "_flash_attn_2_enabled",
        "attention_softmax_in_fp32",
        "attn_implementation",
        "encoder_no_repeat_ngram_size",
        "head_dtype",
        "max_position_embeddings",
        "output_attentions",
        "output_router_logits",
        "pretraining_tp",
        "router_aux_loss_coef",
        "scale_attention_softmax_in_fp32",
        "temperature",
        "tie_encoder_decoder",
        "typical_p",
        "use_flash_attention",
        "use_flash_attn",
    ];

    public static bool ChangesModel(string key, JsonNode? value) =>
        !Harmless.Contains(key)
        && !key.Contains("drop", StringComparison.OrdinalIgnoreCase)
        && Words.Any(w => key.Contains(w, StringComparison.OrdinalIgnoreCase))
        && !IsNeutral(key, value);

    private static bool IsNeutral(string key, JsonNode? value) =>
        value switch
        {
            null => true,
            JsonArray list => list.All(v =>
                v?.GetValueKind() == JsonValueKind.String && v.GetValue<string>() == "full_attention"
            ),
            JsonObject nested => nested.Count == 0,
            _ => value.GetValueKind() switch
            {
                JsonValueKind.False => true,
                JsonValueKind.String => value.GetValue<string>() is "" or "none" or "default",
                JsonValueKind.Number => value.ToJsonString() is "0" or "0.0"
                    || (IsFactor(key) && value.ToJsonString() is "1" or "1.0"),
                _ => false,
            },
        };

    private static bool IsFactor(string key) =>
        key.Contains("factor", StringComparison.OrdinalIgnoreCase)
        || key.Contains("scal", StringComparison.OrdinalIgnoreCase)
        || key.Contains("multiplier", StringComparison.OrdinalIgnoreCase)
        || key.Contains("pct", StringComparison.OrdinalIgnoreCase);
}
