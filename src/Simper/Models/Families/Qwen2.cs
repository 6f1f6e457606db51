namespace Simper.Models.Families;

/// <summary>Qwen2 and Qwen2.5: Llama with biases on queries, keys and values.</summary>
internal static class Qwen2
{
    public static Family Family { get; } =
        new(
            "qwen2",
            config =>
            {
                DecoderShape shape = CommonConfig.Read(config, new CommonDefaults { MaxPositions = 32768 }) with
                {
                    QueryKeyValueBias = true,
                };
                return shape with { Windows = Windows(config, shape.Layers) };
            },
            CommonNames.Llama
        );

    /// <summary>Windows are off by default; if on, layers from <c>max_window_layers</c> on have them.</summary>
    public static IReadOnlyList<int> Windows(ConfigReader config, int layers)
    {
        int from = config.Whole("max_window_layers", 28);
        return CommonConfig.Windows(config, layers, Window(config), layer => layer >= from);
    }

    /// <summary>The window, if <c>use_sliding_window</c> is on; else 0.</summary>
    public static int Window(ConfigReader config)
    {
        config.Ignore("sliding_window", "max_window_layers", "layer_types");
        return config.Flag("use_sliding_window", otherwise: false) ? CommonConfig.Window(config, 4096) : 0;
    }
}
