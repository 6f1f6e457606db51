namespace Simper.Serving;

/// <summary>What an engine is doing and has done; a snapshot for metrics.</summary>
public sealed record EngineCounters
{
    /// <summary>Sequences that wait.</summary>
    public int Queued { get; init; }

    /// <summary>Sequences that are computed.</summary>
    public int Running { get; init; }

    /// <summary>Pages of the cache.</summary>
    public int Pages { get; init; }

    /// <summary>Pages that running sequences use.</summary>
    public int PagesUsed { get; init; }

    /// <summary>Pages that are kept for prefixes to come back to.</summary>
    public int PagesKept { get; init; }

    /// <summary>Tokens of a page.</summary>
    public int PageTokens { get; init; }

    /// <summary>Sequences that were submitted.</summary>
    public long Submitted { get; init; }

    /// <summary>Sequences that ended by themselves.</summary>
    public long Finished { get; init; }

    /// <summary>Sequences that were cancelled.</summary>
    public long Cancelled { get; init; }

    /// <summary>Times that a sequence gave up its pages and was computed again.</summary>
    public long Preempted { get; init; }

    /// <summary>Tokens of prompts that were asked for.</summary>
    public long PromptTokens { get; init; }

    /// <summary>Those of them that were found in the cache.</summary>
    public long CachedTokens { get; init; }

    /// <summary>Tokens that were written.</summary>
    public long GeneratedTokens { get; init; }

    /// <summary>Passes through the model.</summary>
    public long Steps { get; init; }
}
