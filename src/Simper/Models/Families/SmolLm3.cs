namespace Simper.Models.Families;

/// <summary>SmolLM3: Llama whose every fourth layer does not rotate. SmolLM 1 and 2 are Llamas.</summary>
internal static class SmolLm3
{
    public static Family Family { get; } =
        new(
            "smollm3",
            config =>
            {
                DecoderShape shape = CommonConfig.Read(
                    config,
                    new CommonDefaults
                    {
                        KeyValueHeads = 4,
                        IsTied = true,
                        MaxPositions = 32768,
                        Theta = 2e6,
                    }
                );
                bool[] rotates = Rotates(config, shape.Layers);
                return CommonConfig.WithAttentionBias(shape, config) with
                {
                    MlpBias = config.Flag("mlp_bias", otherwise: false),
                    Rotates = rotates,
                    Windows = CommonConfig.Windows(config, shape.Layers, Qwen2.Window(config), layer => !rotates[layer]),
                };
            },
            CommonNames.Llama
        );

    // no_rope_layers holds 1 for layers that do rotate.
    private static bool[] Rotates(ConfigReader config, int layers)
    {
        int interval = config.Count("no_rope_layer_interval", 4);
        if (!config.Has("no_rope_layers"))
            return [.. Enumerable.Range(0, layers).Select(layer => (layer + 1) % interval != 0)];
        double[] listed = config.Numbers("no_rope_layers");
        return listed.Length == layers && listed.All(n => n is 0 or 1)
            ? [.. listed.Select(n => n == 1)]
            : throw config.Wrong("no_rope_layers", $"a list of 0 or 1 for each of {layers} layers");
    }
}
