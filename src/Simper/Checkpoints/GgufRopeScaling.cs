using System.Text.Json.Nodes;
using TorchSharp;

namespace Simper.Checkpoints;

/// <summary>The rotary scaling of a Llama GGUF file, as config.json's <c>rope_scaling</c>.</summary>
internal static class GgufRopeScaling
{
    // The values of all published Llama 3.1 to 3.3 models; the file keeps only the factors derived from them.
    private const double LowFrequencyFactor = 1;
    private const double HighFrequencyFactor = 4;
    private const long OriginalContext = 8192;

    public static JsonObject? Of(GgufFile file)
    {
        GgufMetadata keys = file.Metadata;
        if (file.Tensors.ContainsKey(GgufLlama.RopeFactors))
            return FromFactors(file);
        string kind = keys.Text("llama.rope.scaling.type") ?? "none";
        return kind switch
        {
            "none" => null,
            "linear" => new JsonObject
            {
                ["rope_type"] = "linear",
                ["factor"] = keys.RequiredFraction("llama.rope.scaling.factor"),
            },
            "yarn" => new JsonObject
            {
                ["rope_type"] = "yarn",
                ["factor"] = keys.RequiredFraction("llama.rope.scaling.factor"),
                ["original_max_position_embeddings"] = keys.RequiredInteger("llama.rope.scaling.original_context_length"),
            },
            _ => throw FileFault.At(
                file.Path,
                $"its rotary positions are scaled by {FileFault.Quote(kind)}, which Simper does not read from a " + "GGUF file",
                "UnsupportedRopeScaling"
            ),
        };
    }

    /// <summary>
    /// The divisors of Llama 3's rotary frequencies: the largest is the factor, and the others must follow from it.
    /// </summary>
    private static JsonObject FromFactors(GgufFile file)
    {
        using torch.Tensor tensor = file.Read(GgufLlama.RopeFactors);
        using torch.Tensor wide = tensor.to(torch.float64);
        double[] stored = [.. wide.data<double>()];
        double theta = file.Metadata.Fraction("llama.rope.freq_base") ?? 10000.0;
        double factor = stored.Max();
        for (int i = 0; i < stored.Length; i++)
        {
            double wanted = Divisor(Math.Pow(theta, (double)i / stored.Length), factor);
            if (!(Math.Abs(stored[i] - wanted) <= 1e-4 * wanted))
                throw FileFault.At(
                    file.Path,
                    $"its rotary factors ({GgufLlama.RopeFactors}) are not those of Llama 3; use the model's Hugging "
                        + "Face folder",
                    "UnsupportedRopeScaling"
                );
        }
        return new JsonObject
        {
            ["rope_type"] = "llama3",
            ["factor"] = factor,
            ["low_freq_factor"] = LowFrequencyFactor,
            ["high_freq_factor"] = HighFrequencyFactor,
            ["original_max_position_embeddings"] = OriginalContext,
        };
    }

    /// <summary>The divisor of a frequency; given its inverse, the wavelength over 2 pi.</summary>
    private static double Divisor(double inverse, double factor)
    {
        double turns = OriginalContext / (2 * Math.PI * inverse);
        if (turns > HighFrequencyFactor)
            return 1;
        if (turns < LowFrequencyFactor)
            return factor;
        double smooth = (turns - LowFrequencyFactor) / (HighFrequencyFactor - LowFrequencyFactor);
        return 1 / ((1 - smooth) / factor + smooth);
    }
}
