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

        static void Expect(bool holds, string name, double value, string wanted)
        {
            if (!holds)
                throw new SimperException(
                    string.Create(CultureInfo.InvariantCulture, $"{name} is {value}; it has to be {wanted}.")
                );
        }
    }
}
