using System.Text.Json.Nodes;
using TorchSharp;

namespace Simper.Checkpoints;

/// <summary>The rotary scaling of a GGUF file, as config.json's <c>rope_scaling</c>.</summary>
internal static class GgufRopeScaling
{
    /// <summary>Divisors of the frequencies (Llama 3).</summary>
    public const string Divisors = "rope_freqs.weight";

    /// <summary>Divisors beyond the original context, and up to it.</summary>
    public const string LongDivisors = "rope_factors_long.weight";

    /// <inheritdoc cref="LongDivisors"/>
    public const string ShortDivisors = "rope_factors_short.weight";

    // Published Llama 3.1 to 3.3 models; the file has only the divisors that follow from these and from the original context.
    private const double LowFrequencyFactor = 1;
    private const double HighFrequencyFactor = 4;
    private const long OriginalContext = 8192;

    /// <summary>Whether a tensor is a setting, not a weight.</summary>
    public static bool IsSetting(string tensor) => tensor is Divisors or LongDivisors or ShortDivisors;

    public static JsonObject? Of(GgufFile file) => Of(file.Metadata, file.Tensors.ContainsKey, name => Values(file, name));

    /// <summary>The values of a small tensor.</summary>
    public static double[] Values(GgufFile file, string name)
    {
        using torch.Tensor tensor = file.Read(name);
        using torch.Tensor wide = tensor.to(torch.float64);
        return [.. wide.data<double>()];
    }

    /// <param name="keys">The file's keys.</param>
    /// <param name="holds">Whether it has a tensor.</param>
    /// <param name="values">Reads one.</param>
    /// <exception cref="SimperException">Rotations are scaled in a way that no family knows.</exception>
    public static JsonObject? Of(GgufMetadata keys, Func<string, bool> holds, Func<string, double[]> values)
    {
        string prefix = (keys.Text("general.architecture") ?? "llama") + ".rope.";
        if (holds(Divisors))
            return FromDivisors(keys, prefix, values(Divisors));
        string kind = keys.Text(prefix + "scaling.type") ?? "none";
        if (holds(LongDivisors) && holds(ShortDivisors))
            return WithAttentionFactor(
                new JsonObject
                {
                    ["rope_type"] = "longrope",
                    ["short_factor"] = Numbers(values(ShortDivisors)),
                    ["long_factor"] = Numbers(values(LongDivisors)),
                },
                keys.Fraction(prefix + "scaling.attn_factor")
            );
        return kind switch
        {
            "none" => null,
            "linear" => new JsonObject
            {
                ["rope_type"] = "linear",
                ["factor"] = keys.RequiredFraction(prefix + "scaling.factor"),
            },
            "yarn" => Yarn(keys, prefix),
            _ => throw FileFault.At(
                keys.Path,
                $"its rotary positions are scaled by {FileFault.Quote(kind)}, which Simper does not read from a " + "GGUF file",
                "UnsupportedRopeScaling"
            ),
        };
    }

    /// <summary>The divisors of Llama 3's frequencies.</summary>
    /// <param name="theta">Base of the frequencies.</param>
    /// <param name="pairs">How many pairs are rotated.</param>
    /// <param name="factor">The largest divisor.</param>
    /// <param name="low">Turns over the original context below which a frequency is divided by the whole factor.</param>
    /// <param name="high">Turns above which it is kept.</param>
    /// <param name="original">The original context.</param>
    public static double[] LlamaThree(double theta, int pairs, double factor, double low, double high, double original) =>
        [
            .. Enumerable
                .Range(0, pairs)
                .Select(i =>
                {
                    double turns = original / (2 * Math.PI * Math.Pow(theta, (double)i / pairs));
                    double smooth = (turns - low) / (high - low);
                    return turns > high ? 1
                        : turns < low ? factor
                        : 1 / ((1 - smooth) / factor + smooth);
                }),
        ];

    private static JsonObject Yarn(GgufMetadata keys, string prefix)
    {
        double factor = keys.RequiredFraction(prefix + "scaling.factor");
        var scaling = new JsonObject
        {
            ["rope_type"] = "yarn",
            ["factor"] = factor,
            ["original_max_position_embeddings"] = keys.RequiredInteger(prefix + "scaling.original_context_length"),
        };
        foreach (string beta in (string[])["beta_fast", "beta_slow"])
        {
            if (keys.Fraction(prefix + "scaling.yarn_" + beta) is { } given)
                scaling[beta] = given;
        }
        // llama.cpp multiplies the former with what the factor gives; converters write the latter as config.json has it.
        double? attention = keys.Fraction(prefix + "scaling.attn_factor") is { } times
            ? times * (factor <= 1 ? 1 : 0.1 * Math.Log(factor) + 1)
            : keys.Fraction(prefix + "scaling.yarn_attn_factor");
        return WithAttentionFactor(scaling, attention);
    }

    private static JsonObject WithAttentionFactor(JsonObject scaling, double? factor)
    {
        if (factor is { } given)
            scaling["attention_factor"] = given;
        return scaling;
    }

    private static JsonArray Numbers(double[] values) => new([.. values.Select(v => (JsonNode)Shortest(v))]);

    // The double with the float's shortest digits.
    private static double Shortest(double value) =>
        double.Parse(
            ((float)value).ToString("R", System.Globalization.CultureInfo.InvariantCulture),
            System.Globalization.CultureInfo.InvariantCulture
        );

    /// <summary>The largest divisor is the factor, and the others must follow from it and from an original context.</summary>
    private static JsonObject FromDivisors(GgufMetadata keys, string prefix, double[] stored)
    {
        double theta = keys.Fraction(prefix + "freq_base") ?? 10000.0;
        double factor = stored.Max();
        long original = Originals()
            .FirstOrDefault(context =>
                stored
                    .Zip(LlamaThree(theta, stored.Length, factor, LowFrequencyFactor, HighFrequencyFactor, context))
                    .All(pair => Math.Abs(pair.First - pair.Second) <= 1e-4 * pair.Second)
            );
        if (original == 0)
            throw FileFault.At(
                keys.Path,
                $"its rotary factors ({Divisors}) are not those of Llama 3; use the model's Hugging " + "Face folder",
                "UnsupportedRopeScaling"
            );
        return new JsonObject
        {
            ["rope_type"] = "llama3",
            ["factor"] = factor,
            ["low_freq_factor"] = LowFrequencyFactor,
            ["high_freq_factor"] = HighFrequencyFactor,
            ["original_max_position_embeddings"] = original,
        };
    }

    // The published one first, then all powers of two.
    private static IEnumerable<long> Originals() => [OriginalContext, .. Enumerable.Range(3, 20).Select(i => 1L << i)];
}
