namespace Simper.Models.Families;

/// <summary>
/// Reads the rotary settings of old configs (<c>rope_theta</c>, <c>rope_scaling</c>) and new ones (<c>rope_parameters</c>).
/// </summary>
internal static class RotaryConfig
{
    public const double DefaultTheta = 10000;

    // Where transformers assumes so: a longrope config without it.
    private const int LongRopeOriginal = 4096;

    /// <summary>One rotation for all layers.</summary>
    public static RotaryKind Read(ConfigReader config, double theta = DefaultTheta, string thetaKey = "rope_theta")
    {
        ConfigReader? nested = Nested(config);
        double top = config.Number(thetaKey, theta);
        return nested is null
            ? new RotaryKind.Plain { Theta = top }
            : Kind(config, nested, nested.Has("rope_theta") ? nested.Number("rope_theta") : top);
    }

    /// <summary>
    /// Rotations of layers without and with a window: in new configs one for each in <c>rope_parameters</c>; in old ones
    /// <c>rope_scaling</c> is that of layers without, if it says <c>rope_type</c>, as in transformers.
    /// </summary>
    /// <param name="config">The model's config.</param>
    /// <param name="theta">Base of layers without a window where the config says none.</param>
    /// <param name="windowTheta">Base of layers with one.</param>
    /// <param name="windowKey">Its key in old configs, or null for none.</param>
    public static (RotaryKind Full, RotaryKind Window) ReadBoth(
        ConfigReader config,
        double theta,
        double windowTheta,
        string? windowKey
    )
    {
        double top = config.Number("rope_theta", theta);
        double local = windowKey is null ? windowTheta : config.Number(windowKey, windowTheta);
        ConfigReader? scaling = config.Nested("rope_scaling");
        ConfigReader? both = config.Nested("rope_parameters");
        if (scaling is not null || both is null)
        {
            return (
                scaling is not null && scaling.Has("rope_type")
                    ? Kind(config, scaling, top)
                    : new RotaryKind.Plain { Theta = top },
                new RotaryKind.Plain { Theta = local }
            );
        }
        if (!both.Has("full_attention") && !both.Has("sliding_attention"))
            return (Kind(config, both, both.Number("rope_theta", top)), new RotaryKind.Plain { Theta = local });
        return (Of("full_attention", top), Of("sliding_attention", local));

        RotaryKind Of(string layers, double otherwise) =>
            both.Nested(layers) is { } own
                ? Kind(config, own, own.Number("rope_theta", otherwise), readsTruncate: false)
                : new RotaryKind.Plain { Theta = otherwise };
    }

    /// <summary>How many values of a head are rotated.</summary>
    public static int Width(ConfigReader config, int headWidth, double otherwise, string key = "partial_rotary_factor")
    {
        ConfigReader? nested = Nested(config);
        double share =
            nested?.Has("partial_rotary_factor") == true ? nested.Number("partial_rotary_factor") : config.Number(key, otherwise);
        int width = (int)(headWidth * share);
        return width is >= 2 && width % 2 == 0 && width <= headWidth
            ? width
            : throw new SimperException(
                $"{config.Source}: {share} of a head's {headWidth} values would be rotated; it has to be an even number of them."
            );
    }

    // As in transformers: rope_scaling replaces all of rope_parameters, which replaces a top-level rope_theta.
    private static ConfigReader? Nested(ConfigReader config)
    {
        ConfigReader? scaling = config.Nested("rope_scaling");
        ConfigReader? parameters = config.Nested("rope_parameters");
        return scaling ?? parameters;
    }

    private static RotaryKind Kind(ConfigReader config, ConfigReader nested, double theta, bool readsTruncate = true)
    {
        string kind = nested.Text("rope_type", nested.Text("type", "default"));
        bool isLong = kind is "longrope" or "su" || (kind == "yarn" && nested.Has("long_factor"));
        double Original() => nested.Number("original_max_position_embeddings", config.Number("max_position_embeddings"));
        RotaryKind found = kind switch
        {
            _ when isLong => LongRope(config, nested, theta),
            "default" => new RotaryKind.Plain { Theta = theta },
            "linear" => new RotaryKind.Linear { Theta = theta, Factor = nested.Number("factor") },
            "dynamic" => new RotaryKind.Dynamic
            {
                Theta = theta,
                Factor = nested.Number("factor"),
                OriginalMaxPositions = config.Count("max_position_embeddings"),
            },
            "llama3" => new RotaryKind.Llama3
            {
                Theta = theta,
                Factor = nested.Number("factor"),
                LowFrequencyFactor = nested.Number("low_freq_factor"),
                HighFrequencyFactor = nested.Number("high_freq_factor"),
                OriginalMaxPositions = Original(),
            },
            "yarn" => new RotaryKind.Yarn
            {
                Theta = theta,
                Factor = nested.Number("factor"),
                OriginalMaxPositions = Original(),
                BetaFast = nested.Number("beta_fast", 32),
                BetaSlow = nested.Number("beta_slow", 1),
                Truncate = !readsTruncate || nested.Flag("truncate", true),
                GivenAttentionFactor = nested.Has("attention_factor") ? nested.Number("attention_factor") : null,
            },
            _ => throw nested.Wrong(
                nested.Has("rope_type") ? "rope_type" : "type",
                "one of default, linear, dynamic, llama3, yarn, longrope"
            ),
        };
        nested.Ignore("rope_type", "type", "rope_theta", "partial_rotary_factor", "original_max_position_embeddings", "truncate");
        if (kind == "default")
            nested.Ignore("factor");
        nested.ExpectNoOther();
        return found;
    }

    private static RotaryKind.LongRope LongRope(ConfigReader config, ConfigReader nested, double theta)
    {
        int original = config.Has("original_max_position_embeddings")
            ? config.Count("original_max_position_embeddings")
            : nested.Count("original_max_position_embeddings", LongRopeOriginal);
        double factor = config.Number("max_position_embeddings") / original;
        double scale = factor <= 1 ? 1 : Math.Sqrt(1 + Math.Log(factor) / Math.Log(original));
        nested.Ignore("factor");
        return new RotaryKind.LongRope
        {
            Theta = theta,
            ShortFactors = nested.Numbers("short_factor"),
            LongFactors = nested.Numbers("long_factor"),
            OriginalMaxPositions = original,
            GivenAttentionFactor = nested.Has("attention_factor") ? nested.Number("attention_factor") : scale,
        };
    }
}
