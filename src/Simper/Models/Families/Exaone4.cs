namespace Simper.Models.Families;

/// <summary>
/// EXAONE 4: norms after attention and MLP, norms of queries and keys; where there are windows, three layers with one that rotate
/// to one without that does not.
/// </summary>
internal static class Exaone4
{
    public static Family Family { get; } =
        new(
            "exaone4",
            config =>
            {
                DecoderShape shape = CommonConfig.Read(config, new CommonDefaults { KeyValueHeads = 32, Epsilon = 1e-5 });
                config.Ignore("layer_types");
                Func<int, bool> slides = Pattern(config);
                IReadOnlyList<int> windows = CommonConfig.Windows(
                    config,
                    shape.Layers,
                    CommonConfig.Window(config, 4096),
                    slides
                );
                return shape with
                {
                    PreNorms = false,
                    PostNorms = true,
                    QueryKeyNorm = QueryKeyNorm.Head,
                    Windows = windows,
                    Rotates = [.. windows.Select(w => w > 0)], // without windows, all
                };
            },
            Olmo2.Names
        );

    // Every how many layers one is global, or a text of L and G ("LLLG") that repeats.
    private static Func<int, bool> Pattern(ConfigReader config)
    {
        if (!config.Has("sliding_window_pattern"))
            return layer => (layer + 1) % 4 != 0;
        if (!config.IsText("sliding_window_pattern"))
        {
            int every = config.Count("sliding_window_pattern");
            return layer => (layer + 1) % every != 0;
        }
        string text = config.Text("sliding_window_pattern");
        if (text.Length == 0 || text.Any(c => c is not ('L' or 'G')))
            throw config.Wrong("sliding_window_pattern", "a number, or a text of L and G, like \"LLLG\"");
        return layer => text[layer % text.Length] == 'L';
    }
}
