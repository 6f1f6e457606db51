using System.Text.Json.Nodes;
using Simper.Generation;
using Simper.Text.Preferences;

namespace Simper.Judging.OnPolicy;

/// <summary>How prompts are answered.</summary>
public sealed record AnswerSampling
{
    /// <summary>The most answers to one prompt.</summary>
    public const int Most = 128;

    /// <summary>Answers to each prompt, 2 to <see cref="Most"/>.</summary>
    public int Answers { get; init; } = 5;

    /// <summary>How tokens are chosen, how many at most, and the seed.</summary>
    public SamplingSettings Tokens { get; init; } =
        new()
        {
            Temperature = 0.8,
            TopP = 0.95,
            MaxNewTokens = 512,
        };

    /// <exception cref="SimperException">A value out of its range.</exception>
    public void Validate()
    {
        if (Answers < 2)
            throw new SimperException($"answers is {Answers}; a pair takes two different ones, so ask for 2 or more.");
        if (Answers > Most)
            throw new SimperException($"answers is {Answers}; ask for {Most} at most.");
        Tokens.Validate();
        if (Tokens.Temperature == 0)
            throw new SimperException(
                "temperature is 0, which gives the same answer each time and so no pair; give one above 0, such as 0.8."
            );
    }

    /// <summary>The seed of a prompt's answers: it depends on nothing but the seed of all and the prompt's place.</summary>
    internal long SeedOf(int prompt) =>
        (long)(DeterministicRandom.For((ulong)Tokens.Seed, "on-policy answers", (ulong)prompt).NextUInt64() >> 1);

    internal JsonObject Description =>
        new()
        {
            ["answers"] = Answers,
            ["temperature"] = Tokens.Temperature,
            ["top_k"] = Tokens.TopK,
            ["top_p"] = Tokens.TopP,
            ["max_new_tokens"] = Tokens.MaxNewTokens,
            ["seed"] = Tokens.Seed,
        };
}
