using System.Globalization;

namespace Simper.Serving;

/// <summary>The limits of a <see cref="GenerationEngine"/>: what it may use, and what it takes on at once.</summary>
public sealed record EngineSettings
{
    /// <summary>Memory of the key-value cache, in bytes; allocated as it is filled, never exceeded.</summary>
    public long CacheBytes { get; init; } = 1L << 30;

    /// <summary>Sequences that are computed at once; further ones wait.</summary>
    public int MaxSequences { get; init; } = 32;

    /// <summary>Sequences that wait at most; further requests get an <see cref="EngineFullException"/>.</summary>
    public int QueueLimit { get; init; } = 256;

    /// <summary>The longest sequence, prompt and answer together; the model's own limit where that is less, or when 0.</summary>
    public int MaxTokens { get; init; }

    /// <summary>
    /// Tokens of prompts that are read in one step beside sequences that write: more read prompts faster, and make those who
    /// write wait longer.
    /// </summary>
    public int PrefillTokens { get; init; } = 128;

    // Runs on the engine's thread before each look at what is to be done: tests hold an engine still with it.
    internal Action? BeforeStep { get; init; }

    /// <exception cref="SimperException">A value out of its range.</exception>
    public void Validate()
    {
        Expect(CacheBytes >= 1 << 16, "the cache's memory", CacheBytes, "at least 65536 bytes");
        Expect(MaxSequences is >= 1 and <= 1024, "the number of sequences at once", MaxSequences, "between 1 and 1024");
        Expect(QueueLimit >= 0, "the queue's limit", QueueLimit, "0 (nobody waits) or more");
        Expect(MaxTokens >= 0, "the longest sequence", MaxTokens, "0 (the model's limit) or more");
        Expect(PrefillTokens >= 16, "the number of prompt tokens in a step", PrefillTokens, "at least 16");

        static void Expect(bool holds, string name, long value, string wanted)
        {
            if (!holds)
                throw new SimperException(
                    string.Create(CultureInfo.InvariantCulture, $"Serving: {name} is {value}; it has to be {wanted}.")
                );
        }
    }
}
