namespace Simper.Models.Families;

/// <summary>Published names that most families share.</summary>
internal static class CommonNames
{
    public static NameMap Llama { get; } =
        new()
        {
            Embedding = "model.embed_tokens",
            FinalNorm = "model.norm",
            Head = "lm_head",
            AttentionNorm = "model.layers.{0}.input_layernorm",
            Query = "model.layers.{0}.self_attn.q_proj",
            Key = "model.layers.{0}.self_attn.k_proj",
            Value = "model.layers.{0}.self_attn.v_proj",
            Output = "model.layers.{0}.self_attn.o_proj",
            MlpNorm = "model.layers.{0}.post_attention_layernorm",
            Gate = "model.layers.{0}.mlp.gate_proj",
            Up = "model.layers.{0}.mlp.up_proj",
            Down = "model.layers.{0}.mlp.down_proj",
            IgnoredEndings = ["rotary_emb.inv_freq"],
        };
}
