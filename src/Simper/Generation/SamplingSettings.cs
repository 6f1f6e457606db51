using System.Collections.ObjectModel;
using System.Globalization;

namespace Simper.Generation;

/// <summary>
/// How the next token is chosen and when to stop. The names are those of transformers' <c>GenerationConfig</c>.
/// </summary>
public sealed record SamplingSettings
{
    /// <summary>At most this many new tokens (<c>max_new_tokens</c>).</summary>
    public int MaxNewTokens { get; init; } = 256;

    /// <summary>0 takes the most likely token (greedy); else logits are divided by it before sampling.</summary>
    public double Temperature { get; init; }

    /// <summary>Samples among the k most likely tokens only; 0 takes all (<c>top_k</c>).</summary>
    public int TopK { get; init; }

    /// <summary>Samples among the fewest tokens whose probabilities add up to this (<c>top_p</c>); 1 takes all.</summary>
    public double TopP { get; init; } = 1;

    /// <summary>Leaves out tokens that are less likely than this share of the likeliest (<c>min_p</c>); 0 for none.</summary>
    public double MinP { get; init; }

    /// <summary>
    /// Logits of tokens of prompt and answer are divided by it where positive, multiplied where negative
    /// (<c>repetition_penalty</c>; Keskar et al. 2019); 1 for none.
    /// </summary>
    public double RepetitionPenalty { get; init; } = 1;

    /// <summary>Subtracted from the logits of tokens that the answer has (OpenAI's <c>presence_penalty</c>).</summary>
    public double PresencePenalty { get; init; }

    /// <summary>Subtracted as many times as the answer has the token (OpenAI's <c>frequency_penalty</c>).</summary>
    public double FrequencyPenalty { get; init; }

    /// <summary>Added to the logits of single tokens (OpenAI's <c>logit_bias</c>).</summary>
    public IReadOnlyDictionary<int, double> LogitBias { get; init; } = ReadOnlyDictionary<int, double>.Empty;

    /// <summary>
    /// Seed of the draws. Prompt i of a call has its own generator, derived from the seed and i, independent of its neighbours.
    /// </summary>
    public long Seed { get; init; } = 42;

    /// <exception cref="SimperException">A value out of its range.</exception>
    public void Validate()
    {
        Expect(MaxNewTokens >= 1, "max_new_tokens", MaxNewTokens, "at least 1");
        Expect(Temperature is >= 0 and <= 100, "temperature", Temperature, "between 0 (greedy) and 100");
        Expect(TopK >= 0, "top_k", TopK, "0 (all) or more");
        Expect(TopP is > 0 and <= 1, "top_p", TopP, "above 0 and at most 1");
        Expect(MinP is >= 0 and <= 1, "min_p", MinP, "between 0 (none) and 1");
        Expect(RepetitionPenalty is > 0 and <= 100, "repetition_penalty", RepetitionPenalty, "above 0 and at most 100");
        Expect(PresencePenalty is >= -100 and <= 100, "presence_penalty", PresencePenalty, "between -100 and 100");
        Expect(FrequencyPenalty is >= -100 and <= 100, "frequency_penalty", FrequencyPenalty, "between -100 and 100");
        foreach ((int id, double bias) in LogitBias)
            Expect(bias is >= -1e6 and <= 1e6, $"logit_bias of token {id}", bias, "between -1000000 and 1000000");

        static void Expect(bool holds, string name, double value, string wanted)
        {
            if (!holds)
                throw new SimperException(
                    string.Create(CultureInfo.InvariantCulture, $"{name} is {value}; it has to be {wanted}.")
                );
        }
    }
}
