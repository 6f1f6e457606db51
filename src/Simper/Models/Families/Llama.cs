namespace Simper.Models.Families;

/// <summary>Llama 1 to 3 and all that is published as such (SmolLM2, TinyLlama, ...).</summary>
internal static class Llama
{
    public static Family Family { get; } =
        new(
            "llama",
            Shape,
            new NameMap
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
            }
        );

    private static DecoderShape Shape(ConfigReader config)
    {
        if (config.Text("hidden_act", "silu") is not ("silu" or "swish"))
            throw config.Wrong("hidden_act", "\"silu\"");
        int width = config.Count("hidden_size");
        int heads = config.Count("num_attention_heads");
        int keyValueHeads = config.Count("num_key_value_heads", heads);
        if (heads % keyValueHeads != 0)
            throw config.Wrong("num_key_value_heads", $"a divisor of num_attention_heads, {heads}");
        int headWidth = config.Has("head_dim") ? config.Count("head_dim") : width / heads;
        if (headWidth < 2 || headWidth % 2 != 0)
            throw config.Wrong("head_dim", "even, since rotations pair its halves");
        return new DecoderShape
        {
            Layers = config.Count("num_hidden_layers"),
            Width = width,
            Heads = heads,
            KeyValueHeads = keyValueHeads,
            HeadWidth = headWidth,
            InnerWidth = config.Count("intermediate_size"),
            Vocabulary = config.Count("vocab_size"),
            MaxPositions = config.Count("max_position_embeddings", 2048),
            NormEpsilon = config.Number("rms_norm_eps", 1e-6),
            Rotary = RotaryConfig.Read(config),
            TiedHead = config.Flag("tie_word_embeddings", otherwise: false),
            AttentionBias = config.Flag("attention_bias", otherwise: false),
            MlpBias = config.Flag("mlp_bias", otherwise: false),
            InitializerRange = config.Number("initializer_range", 0.02),
        };
    }
}
