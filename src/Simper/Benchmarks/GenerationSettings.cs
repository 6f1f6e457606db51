using System.Globalization;
using System.Text.Json.Nodes;
using Simper.Generation;

namespace Simper.Benchmarks;

/// <summary>A task's <c>generation_kwargs</c>: greedy unless it samples, and up to 256 tokens unless it says how many.</summary>
/// <param name="Sampling">How the next token is chosen.</param>
/// <param name="Until">The texts that end an answer.</param>
internal sealed record GenerationSettings(SamplingSettings Sampling, JsonNode? Until)
{
    private const int DefaultTokens = 256;
    private static readonly string[] Lengths = ["max_gen_toks", "max_new_tokens", "max_tokens", "max_completion_tokens"];

    /// <summary>Equal for requests that can be answered together.</summary>
    public string Key =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{Sampling.MaxNewTokens} {Sampling.Temperature} {Sampling.TopK} {Sampling.TopP} {Sampling.Seed} "
                + $"{Until?.ToJsonString()}"
        );

    /// <summary>Of the arguments.</summary>
    /// <param name="arguments">The task's.</param>
    /// <param name="place">The request's place, which seeds samples: drawn by this program's own generator, not by
    /// torch's.</param>
    public static GenerationSettings Of(JsonObject arguments, int place)
    {
        double temperature = Number(arguments, "temperature") ?? 0;
        bool samples = arguments["do_sample"]?.GetValue<bool>() ?? temperature > 0;
        var sampling = new SamplingSettings
        {
            MaxNewTokens = Lengths.Select(l => Number(arguments, l)).FirstOrDefault(n => n is not null) is { } tokens
                ? (int)tokens
                : DefaultTokens,
            Temperature = samples ? (temperature > 0 ? temperature : 1) : 0,
            TopK = (int)(Number(arguments, "top_k") ?? 0),
            TopP = Number(arguments, "top_p") ?? 1,
            Seed = samples ? place : 0,
        };
        sampling.Validate();
        return new GenerationSettings(sampling, arguments["until"]);
    }

    private static double? Number(JsonObject arguments, string key) =>
        arguments[key] is JsonValue value
            ? double.TryParse(value.ToString(), NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
                ? number
                : throw new SimperException($"generation_kwargs: {key} is {value}; it has to be a number.")
            : null;
}
