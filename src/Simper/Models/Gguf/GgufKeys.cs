using System.Globalization;
using Simper.Checkpoints;

namespace Simper.Models.Gguf;

/// <summary>The keys that describe a model to llama.cpp, from its shape.</summary>
internal static class GgufKeys
{
    private const uint QuantisationVersion = 2;

    /// <summary>All keys but the tokenizer's, in the order of llama.cpp's converter.</summary>
    public static List<KeyValuePair<string, object>> Of(
        GgufArchitecture architecture,
        DecoderShape shape,
        GgufFileType type,
        string name,
        long parameters
    )
    {
        var keys = new List<KeyValuePair<string, object>>
        {
            new("general.architecture", architecture.Name),
            new("general.type", "model"),
            new("general.name", name),
            new("general.size_label", SizeLabel(parameters)),
        };
        Add("block_count", shape.Layers);
        Add("context_length", shape.MaxPositions);
        Add("embedding_length", shape.Width);
        Add("feed_forward_length", shape.InnerWidth);
        Add("attention.head_count", shape.Heads);
        Add("attention.head_count_kv", shape.KeyValueHeads);
        if (shape.RotaryWidth > 0)
            Rotation();
        AddNumber(shape.NormsCenter ? "attention.layer_norm_epsilon" : "attention.layer_norm_rms_epsilon", shape.NormEpsilon);
        if (shape.Experts is { } experts)
        {
            Add("expert_count", experts.Count);
            Add("expert_used_count", experts.Chosen);
            Add("expert_feed_forward_length", experts.InnerWidth);
        }
        Add("attention.key_length", shape.HeadWidth);
        Add("attention.value_length", shape.HeadWidth);
        Windows();
        Scales();
        if (architecture.Name == "gptneox")
            keys.Add(new(architecture.Name + ".use_parallel_residual", shape.ParallelBlocks));
        keys.Add(new("general.file_type", type.Id));
        Add("vocab_size", shape.Vocabulary);
        if (shape.RotaryWidth > 0)
            Add("rope.dimension_count", shape.RotaryWidth);
        keys.Add(new("general.quantization_version", QuantisationVersion));
        return keys;

        void Add(string key, int value) => keys.Add(new($"{architecture.Name}.{key}", (uint)value));
        void AddNumber(string key, double value) => keys.Add(new($"{architecture.Name}.{key}", (float)value));
        void AddText(string key, string value) => keys.Add(new($"{architecture.Name}.{key}", value));

        void Rotation()
        {
            AddNumber("rope.freq_base", shape.Rotary.Theta);
            if (shape.WindowRotary is { } ofWindows && architecture.Name == "gemma3")
                AddNumber("rope.freq_base_swa", ofWindows.Theta);
            switch (shape.Rotary)
            {
                case RotaryKind.Linear linear:
                    AddText("rope.scaling.type", "linear");
                    AddNumber("rope.scaling.factor", linear.Factor);
                    break;
                case RotaryKind.Yarn yarn:
                    AddText("rope.scaling.type", "yarn");
                    AddNumber("rope.scaling.factor", yarn.Factor);
                    Add("rope.scaling.original_context_length", (int)yarn.OriginalMaxPositions);
                    // betas have keys, which llama.cpp does not read for these architectures
                    if (yarn.GivenAttentionFactor is { } given)
                        AddNumber("rope.scaling.attn_factor", given / (0.1 * Math.Log(Math.Max(yarn.Factor, 1)) + 1));
                    break;
                case RotaryKind.LongRope rope:
                    AddText("rope.scaling.type", "longrope");
                    Add("rope.scaling.original_context_length", rope.OriginalMaxPositions);
                    AddNumber("rope.scaling.attn_factor", rope.GivenAttentionFactor);
                    break;
                default:
                    if (architecture.HasLongRope)
                        Add("rope.scaling.original_context_length", shape.MaxPositions);
                    break;
            }
        }

        void Windows()
        {
            if (shape.Windows.All(w => w == 0))
                return;
            Add("attention.sliding_window", shape.Windows.Max());
            if (PeriodOf(shape.Windows) is { } period && period != architecture.WindowPeriod)
                Add("attention.sliding_window_pattern", period);
        }

        void Scales()
        {
            if (shape.ScoreCap > 0)
                AddNumber("attn_logit_softcapping", shape.ScoreCap);
            if (shape.LogitCap > 0)
                AddNumber("final_logit_softcapping", shape.LogitCap);
            if (architecture.HasMultipliers)
            {
                AddNumber("embedding_scale", shape.EmbeddingScale);
                AddNumber("residual_scale", shape.ResidualScale);
                AddNumber("attention.scale", shape.AttentionScale);
                AddNumber("logit_scale", 1 / shape.LogitScale);
            }
            else if (architecture.Name == "cohere2")
                AddNumber("logit_scale", shape.LogitScale);
        }
    }

    /// <summary>Tensors that hold settings, and their values.</summary>
    public static IEnumerable<(string Name, double[] Values)> SettingTensors(GgufArchitecture architecture, DecoderShape shape)
    {
        if (shape.Rotary is RotaryKind.Llama3 scaled && architecture.HasRotaryDivisors)
            yield return (
                GgufRopeScaling.Divisors,
                GgufRopeScaling.LlamaThree(
                    scaled.Theta,
                    shape.RotaryWidth / 2,
                    scaled.Factor,
                    scaled.LowFrequencyFactor,
                    scaled.HighFrequencyFactor,
                    scaled.OriginalMaxPositions
                )
            );
        if (shape.Rotary is RotaryKind.LongRope rope && architecture.HasLongRope)
        {
            yield return (GgufRopeScaling.LongDivisors, [.. rope.LongFactors]);
            yield return (GgufRopeScaling.ShortDivisors, [.. rope.ShortFactors]);
        }
    }

    /// <summary>Every how many layers one has no window, if they are so; more than there are layers where all have one.</summary>
    private static int? PeriodOf(IReadOnlyList<int> windows) =>
        Enumerable
            .Range(1, windows.Count + 1)
            .Cast<int?>()
            .FirstOrDefault(p => windows.Select((w, layer) => w > 0 == layer % p < p - 1).All(fits => fits));

    // 135M, 8.0B, ...: two digits at least
    private static string SizeLabel(long parameters)
    {
        (double scaled, string unit) = parameters switch
        {
            >= 1_000_000_000_000 => (parameters * 1e-12, "T"),
            >= 1_000_000_000 => (parameters * 1e-9, "B"),
            >= 1_000_000 => (parameters * 1e-6, "M"),
            _ => (parameters * 1e-3, "K"),
        };
        return scaled.ToString(Math.Round(scaled) < 10 ? "F1" : "F0", CultureInfo.InvariantCulture) + unit;
    }
}
