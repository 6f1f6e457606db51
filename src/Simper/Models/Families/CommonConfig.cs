using Simper.Kernels;

namespace Simper.Models.Families;

/// <summary>Reads the keys of config.json that most families share; a family reads what is its own.</summary>
internal static class CommonConfig
{
    /// <exception cref="SimperException">A key is missing or wrong.</exception>
    public static DecoderShape Read(ConfigReader config, CommonDefaults? defaults = null)
    {
        defaults ??= new CommonDefaults();
        int width = config.Count("hidden_size");
        int heads = config.Count("num_attention_heads");
        int keyValueHeads = config.IsNull("num_key_value_heads")
            ? heads
            : config.Count("num_key_value_heads", defaults.KeyValueHeads ?? heads);
        if (heads % keyValueHeads != 0)
            throw config.Wrong("num_key_value_heads", $"a divisor of num_attention_heads, {heads}");
        int ofHead = config.Has("head_dim") ? config.Count("head_dim") : defaults.HeadWidth ?? width / heads;
        if (ofHead < 2 || ofHead % 2 != 0)
            throw config.Wrong("head_dim", "even, since rotations pair its halves");
        RotaryKind rotary = RotaryConfig.Read(config, defaults.Theta);
        int positions = config.Count("max_position_embeddings", defaults.MaxPositions);
        var shape = new DecoderShape
        {
            Layers = config.Parts("num_hidden_layers"),
            Width = width,
            Heads = heads,
            KeyValueHeads = keyValueHeads,
            HeadWidth = ofHead,
            InnerWidth = config.Count("intermediate_size"),
            Vocabulary = config.Count("vocab_size"),
            // The base of dynamic scaling grows so that the model reads beyond what it was trained with.
            MaxPositions = rotary is RotaryKind.Dynamic scaled ? (int)(scaled.Factor * positions) : positions,
            NormEpsilon = config.Number(defaults.EpsilonKey, defaults.Epsilon),
            Rotary = rotary,
            TiedHead = config.Flag("tie_word_embeddings", defaults.IsTied),
            InitializerRange = config.Number("initializer_range", 0.02),
            Activation = ActivationOf(config, defaults.ActivationKey, defaults.Activation),
        };
        return defaults.RotaryShare is { } share ? shape with { RotaryWidth = RotaryConfig.Width(config, ofHead, share) } : shape;
    }

    /// <summary>The activation function that a key names.</summary>
    public static Activation ActivationOf(ConfigReader config, string key, string otherwise) =>
        config.Text(key, otherwise) switch
        {
            "silu" or "swish" => Activation.Silu,
            "gelu_pytorch_tanh" or "gelu_new" or "gelu_fast" => Activation.GeluTanh,
            "gelu" => Activation.Gelu,
            _ => throw config.Wrong(key, "\"silu\", \"gelu\" or \"gelu_pytorch_tanh\""),
        };

    /// <summary>Biases on all four projections of attention, if <c>attention_bias</c> says so.</summary>
    public static DecoderShape WithAttentionBias(DecoderShape shape, ConfigReader config)
    {
        bool hasBiases = config.Flag("attention_bias", otherwise: false);
        return shape with { QueryKeyValueBias = hasBiases, OutputBias = hasBiases };
    }

    /// <summary>The window of a config: 0 where the key is null, <paramref name="otherwise"/> where it is missing.</summary>
    public static int Window(ConfigReader config, int otherwise) =>
        config.IsNull("sliding_window") || (otherwise == 0 && !config.Has("sliding_window"))
            ? 0
            : config.Count("sliding_window", otherwise);

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

    /// <summary>Every how many layers one has no window.</summary>
    public static int WindowPattern(ConfigReader config, int otherwise)
    {
        string key = config.Has("sliding_window_pattern") ? "sliding_window_pattern" : "_sliding_window_pattern";
        return config.Count(key, otherwise);
    }

    /// <summary>What the routers' loss is multiplied with: nothing, unless the config asks for their logits.</summary>
    public static double RouterLoss(ConfigReader config, double otherwise) =>
        config.Flag("output_router_logits", otherwise: false) ? config.Number("router_aux_loss_coef", otherwise) : 0;
}
