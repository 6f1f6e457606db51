using Simper.Kernels;

namespace Simper.Models.Families;

/// <summary>Reads the keys of config.json that most families share; a family reads what is its own.</summary>
internal static class CommonConfig
{
    /// <param name="config">The model's config.</param>
    /// <param name="headWidth">Width of a head where the config has none; null to divide the model's width by the heads.</param>
    /// <param name="activation">The key of the MLP's activation function.</param>
    /// <param name="isTied">Whether the head is tied where the config does not say.</param>
    /// <param name="maxPositions">The default where the config has none.</param>
    /// <exception cref="SimperException">A key is missing or wrong.</exception>
    public static DecoderShape Read(
        ConfigReader config,
        int? headWidth = null,
        string activation = "hidden_act",
        bool isTied = false,
        int maxPositions = 2048
    )
    {
        int width = config.Count("hidden_size");
        int heads = config.Count("num_attention_heads");
        int keyValueHeads = config.Count("num_key_value_heads", heads);
        if (heads % keyValueHeads != 0)
            throw config.Wrong("num_key_value_heads", $"a divisor of num_attention_heads, {heads}");
        int ofHead = config.Has("head_dim") ? config.Count("head_dim") : headWidth ?? width / heads;
        if (ofHead < 2 || ofHead % 2 != 0)
            throw config.Wrong("head_dim", "even, since rotations pair its halves");
        return new DecoderShape
        {
            Layers = config.Count("num_hidden_layers"),
            Width = width,
            Heads = heads,
            KeyValueHeads = keyValueHeads,
            HeadWidth = ofHead,
            InnerWidth = config.Count("intermediate_size"),
            Vocabulary = config.Count("vocab_size"),
            MaxPositions = config.Count("max_position_embeddings", maxPositions),
            NormEpsilon = config.Number("rms_norm_eps", 1e-6),
            Rotary = RotaryConfig.Read(config),
            TiedHead = config.Flag("tie_word_embeddings", isTied),
            InitializerRange = config.Number("initializer_range", 0.02),
            Activation = config.Text(activation, "silu") switch
            {
                "silu" or "swish" => Activation.Silu,
                "gelu_pytorch_tanh" or "gelu_new" => Activation.GeluTanh,
                _ => throw config.Wrong(activation, "\"silu\" or \"gelu_pytorch_tanh\""),
            },
        };
    }

    /// <summary>Each layer's window: from <c>layer_types</c>, or by a family's rule where the config has none.</summary>
    /// <param name="config">The model's config.</param>
    /// <param name="layers">Number of layers.</param>
    /// <param name="window">Tokens of a window; 0 for none at all.</param>
    /// <param name="slides">The family's rule: whether a layer has a window.</param>
    /// <exception cref="SimperException"><c>layer_types</c> is wrong.</exception>
    public static IReadOnlyList<int> Windows(ConfigReader config, int layers, int window, Func<int, bool> slides)
    {
        if (window == 0)
            return [];
        if (!config.Has("layer_types"))
            return [.. Enumerable.Range(0, layers).Select(layer => slides(layer) ? window : 0)];
        string[] types = config.Texts("layer_types");
        if (types.Length != layers || types.Any(t => t is not ("sliding_attention" or "full_attention")))
            throw config.Wrong(
                "layer_types",
                $"a list of \"sliding_attention\" or \"full_attention\" for each of {layers} layers"
            );
        return [.. types.Select(t => t == "sliding_attention" ? window : 0)];
    }
}
