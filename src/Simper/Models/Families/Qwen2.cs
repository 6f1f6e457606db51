namespace Simper.Models.Families;

/// <summary>Qwen2 and Qwen2.5: Llama with biases on queries, keys and values.</summary>
internal static class Qwen2
{
    public static Family Family { get; } =
        new(
            "qwen2",
            config =>
            {
                DecoderShape shape = CommonConfig.Read(config, maxPositions: 32768) with { QueryKeyValueBias = true };
                return shape with { Windows = Windows(config, shape.Layers) };
            },
            CommonNames.Llama
        );

    /// <summary>Windows are off by default; if on, layers from <c>max_window_layers</c> on have them.</summary>
    public static IReadOnlyList<int> Windows(ConfigReader config, int layers)
    {
        bool hasWindow = config.Flag("use_sliding_window", otherwise: false) && !config.IsNull("sliding_window");
        int from = config.Whole("max_window_layers", 28);
        return CommonConfig.Windows(config, layers, hasWindow ? config.Count("sliding_window", 4096) : 0, layer => layer >= from);
    }
}
