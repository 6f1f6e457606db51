namespace Simper.Models.Families;

/// <summary>OLMo 3: OLMo 2 with three layers with a window, and an unscaled rotation, to one without.</summary>
internal static class Olmo3
{
    public static Family Family { get; } =
        new(
            "olmo3",
            config =>
            {
                DecoderShape shape = Olmo2.Read(config);
                int pattern = CommonConfig.WindowPattern(config, 4);
                (RotaryKind full, RotaryKind window) = RotaryConfig.ReadBoth(config, 5e5, 5e5, windowKey: null);
                return shape with
                {
                    Rotary = full,
                    WindowRotary = window,
                    Windows = CommonConfig.Windows(
                        config,
                        shape.Layers,
                        CommonConfig.Window(config, 4096),
                        layer => (layer + 1) % pattern != 0
                    ),
                };
            },
            Olmo2.Names
        );
}
