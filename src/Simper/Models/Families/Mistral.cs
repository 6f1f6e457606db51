namespace Simper.Models.Families;

/// <summary>Mistral and Ministral: Llama with a window, in all layers or as <c>layer_types</c> says.</summary>
internal static class Mistral
{
    private const int DefaultWindow = 4096;

    public static Family Family { get; } = new("mistral", Shape, CommonNames.Llama);

    public static Family Ministral { get; } = new("ministral", Shape, CommonNames.Llama);

    private static DecoderShape Shape(ConfigReader config)
    {
        DecoderShape shape = CommonConfig.Read(config, new CommonDefaults { KeyValueHeads = 8, MaxPositions = 131072 });
        return shape with
        {
            Windows = CommonConfig.Windows(config, shape.Layers, CommonConfig.Window(config, DefaultWindow), _ => true),
        };
    }
}
