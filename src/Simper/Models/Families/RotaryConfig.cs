namespace Simper.Models.Families;

/// <summary>
/// Reads the rotary settings of old configs (<c>rope_theta</c>, <c>rope_scaling</c>) and new ones (<c>rope_parameters</c>).
/// </summary>
internal static class RotaryConfig
{
    private const double DefaultTheta = 10000;

    public static RotaryKind Read(ConfigReader config)
    {
        // As in transformers: rope_scaling replaces all of rope_parameters, which replaces a top-level rope_theta.
        ConfigReader? nested = config.Nested("rope_scaling") ?? config.Nested("rope_parameters");
        double theta =
            nested?.Has("rope_theta") == true ? nested.Number("rope_theta") : config.Number("rope_theta", DefaultTheta);
        if (nested is null)
            return new RotaryKind.Plain { Theta = theta };

        string kind = nested.Text("rope_type", nested.Text("type", "default"));
        double Original() => nested.Number("original_max_position_embeddings", config.Number("max_position_embeddings"));
        return kind switch
        {
            "default" => new RotaryKind.Plain { Theta = theta },
            "linear" => new RotaryKind.Linear { Theta = theta, Factor = nested.Number("factor") },
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
                Truncate = nested.Flag("truncate", true),
                GivenAttentionFactor = nested.Has("attention_factor") ? nested.Number("attention_factor") : null,
            },
            // Their angles depend on the total sequence length, so a prompt shared by two answers would not be exact.
            "dynamic" or "longrope" or "su" => throw new SimperException(
                $"{nested.Source}: rotary scaling \"{kind}\" is not supported; supported are: default, linear, llama3, yarn."
            ),
            _ => throw nested.Wrong(nested.Has("rope_type") ? "rope_type" : "type", "one of default, linear, llama3, yarn"),
        };
    }
}
