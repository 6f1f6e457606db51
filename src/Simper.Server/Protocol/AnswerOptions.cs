using System.Globalization;
using System.Text.Json;

namespace Simper.Server.Protocol;

/// <summary>How answers are sampled, where they end and how they are sent: the fields that chat and completions share.</summary>
internal sealed record AnswerOptions
{
    /// <summary>0 takes the likeliest token; OpenAI's default is 1.</summary>
    public required double Temperature { get; init; }

    /// <summary>Nucleus; 1 takes all tokens.</summary>
    public required double TopP { get; init; }

    /// <summary>Among so many tokens; 0 takes all. Not OpenAI's, but vLLM's and llama.cpp's.</summary>
    public required int TopK { get; init; }

    /// <summary>Only tokens of at least this share of the likeliest one's probability; 0 takes all. As top_k.</summary>
    public required double MinP { get; init; }

    /// <summary>Taken from the score of every token that the answer already has.</summary>
    public required double PresencePenalty { get; init; }

    /// <summary>Taken from the score of a token as often as the answer has it.</summary>
    public required double FrequencyPenalty { get; init; }

    /// <summary>Scores of tokens of prompt and answer are divided by it; 1 for none. As top_k.</summary>
    public required double RepetitionPenalty { get; init; }

    /// <summary>Added to the scores of tokens.</summary>
    public required IReadOnlyDictionary<int, double> LogitBias { get; init; }

    /// <summary>Of the draws; null for another one every time.</summary>
    public required long? Seed { get; init; }

    /// <summary>Texts that end an answer and are not shown.</summary>
    public required IReadOnlyList<string> Stops { get; init; }

    /// <summary>Answers to each prompt.</summary>
    public required int Count { get; init; }

    /// <summary>Whether tokens are sent as they come.</summary>
    public required bool IsStreamed { get; init; }

    /// <summary>Whether a stream ends with the numbers of tokens.</summary>
    public required bool IncludesUsage { get; init; }

    /// <summary>Reads them.</summary>
    public static AnswerOptions Read(Fields fields, ModelLimits limits)
    {
        bool isStreamed = fields.Flag("stream");
        Fields? stream = fields.Object("stream_options");
        if (stream is not null && !isStreamed)
            throw ApiException.Invalid(
                "stream_options",
                "The 'stream_options' parameter is only allowed when 'stream' is enabled."
            );
        return new AnswerOptions
        {
            Temperature = fields.Number("temperature", 0, RequestLimits.Temperature) ?? 1,
            TopP = fields.Number("top_p", 0, 1) ?? 1,
            TopK = TopKOf(fields, limits),
            MinP = fields.Number("min_p", 0, 1) ?? 0,
            PresencePenalty = fields.Number("presence_penalty", -2, 2) ?? 0,
            FrequencyPenalty = fields.Number("frequency_penalty", -2, 2) ?? 0,
            RepetitionPenalty = fields.Number("repetition_penalty", 0.01, 10) ?? 1,
            LogitBias = Biases(fields, limits),
            // Of any sign, as OpenAI's; draws begin from one that is not negative.
            Seed = fields.Whole("seed", long.MinValue, long.MaxValue) & long.MaxValue,
            Stops = StopTexts(fields),
            Count = (int)(fields.Whole("n", 1, RequestLimits.Answers) ?? 1),
            IsStreamed = isStreamed,
            IncludesUsage = stream?.Flag("include_usage") ?? false,
        };
    }

    // -1 is vLLM's "all".
    private static int TopKOf(Fields fields, ModelLimits limits) =>
        (int)Math.Clamp(fields.Whole("top_k", -1, int.MaxValue) ?? 0, 0, limits.Vocabulary);

    private static IReadOnlyList<string> StopTexts(Fields fields)
    {
        if (fields.Any("stop") is not { } value)
            return [];
        if (value.ValueKind is not (JsonValueKind.String or JsonValueKind.Array))
            throw fields.WrongType("stop", value, "a string or an array of strings");
        IReadOnlyList<JsonElement> items =
            value.ValueKind == JsonValueKind.String ? [value] : fields.List("stop", RequestLimits.Stops)!;
        return
        [
            .. items.Select(
                (item, i) => Stop(item, items.Count == 1 && value.ValueKind == JsonValueKind.String ? "stop" : $"stop[{i}]")
            ),
        ];

        string Stop(JsonElement item, string at)
        {
            if (item.ValueKind != JsonValueKind.String)
                throw fields.WrongType(at, item, "a string");
            string text = item.GetString()!;
            return text.Length is > 0 and <= RequestLimits.StopLength
                ? text
                : throw ApiException.Invalid(
                    at,
                    $"Invalid '{at}': a stop text has 1 to {RequestLimits.StopLength} characters, but got {text.Length}."
                );
        }
    }

    private static IReadOnlyDictionary<int, double> Biases(Fields fields, ModelLimits limits)
    {
        var biases = new Dictionary<int, double>();
        if (fields.Any("logit_bias") is not { } given)
            return biases;
        if (given.ValueKind != JsonValueKind.Object)
            throw fields.WrongType("logit_bias", given, "an object of token ids and numbers");
        foreach (JsonProperty entry in given.EnumerateObject())
        {
            string at = $"logit_bias.{entry.Name}";
            if (!int.TryParse(entry.Name, NumberStyles.None, CultureInfo.InvariantCulture, out int id) || id >= limits.Vocabulary)
                throw ApiException.Invalid(
                    "logit_bias",
                    $"Invalid key in 'logit_bias': {entry.Name}. It has to be a token id from 0 to {limits.Vocabulary - 1}."
                );
            if (entry.Value.ValueKind != JsonValueKind.Number || !entry.Value.TryGetDouble(out double bias))
                throw fields.WrongType(at, entry.Value, "a number");
            if (!(bias is >= -100 and <= 100))
                throw ApiException.Invalid(at, $"Invalid value for '{at}': expected -100 to 100.");
            biases[id] = bias;
            if (biases.Count > RequestLimits.Biases)
                throw ApiException.Invalid("logit_bias", $"'logit_bias' has more than {RequestLimits.Biases} entries.");
        }
        return biases;
    }
}
