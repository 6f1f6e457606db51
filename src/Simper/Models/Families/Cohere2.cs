namespace Simper.Models.Families;

/// <summary>
/// Cohere 2 (Command R7B): layer norms without biases, attention and MLP side by side over one norm, scaled logits; three layers
/// with a window that rotate, in neighbouring pairs, to one without that does not.
/// </summary>
internal static class Cohere2
{
    public static Family Family { get; } =
        new(
            "cohere2",
            config =>
            {
                DecoderShape shape = CommonConfig.Read(
                    config,
                    new CommonDefaults
                    {
                        IsTied = true,
                        MaxPositions = 8192,
                        EpsilonKey = "layer_norm_eps",
                        Epsilon = 1e-5,
                    }
                );
                int pattern = CommonConfig.WindowPattern(config, 4);
                IReadOnlyList<int> windows = CommonConfig.Windows(
                    config,
                    shape.Layers,
                    CommonConfig.Window(config, 4096),
                    layer => (layer + 1) % pattern != 0
                );
                ExpectPublished(config);
                return CommonConfig.WithAttentionBias(shape, config) with
                {
                    NormsCenter = true,
                    ParallelBlocks = true,
                    SharedNorm = true,
                    LogitScale = config.Number("logit_scale", 0.0625),
                    Windows = windows,
                    Rotates = windows.Count == 0 ? [.. Enumerable.Repeat(false, shape.Layers)] : [.. windows.Select(w => w > 0)],
                };
            },
            CommonNames.Llama with
            {
                MlpNorm = null,
                PairsNeighbours = true,
            }
        );

    // Keys of the published checkpoints that are always so.
    private static void ExpectPublished(ConfigReader config)
    {
        if (config.Text("position_embedding_type", "rope_gptj") != "rope_gptj")
            throw config.Wrong("position_embedding_type", "\"rope_gptj\"");
        foreach (string key in (string[])["use_parallel_block", "use_gated_activation"])
        {
            if (!config.Flag(key, otherwise: true))
                throw config.Wrong(key, "true");
        }
        config.Ignore("layer_switch", "order_of_interleaved_layers", "use_embedding_sharing", "use_parallel_embedding");
    }
}
