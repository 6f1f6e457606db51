using System.Collections;

namespace Simper.Text.Preferences;

/// <summary>The groups of a data set as token ids, in its order, and what happened to the others. Immutable, thread safe.</summary>
public sealed class TokenizedDataset : IReadOnlyList<TokenizedGroup>
{
    private readonly IReadOnlyList<TokenizedGroup> _groups;

    internal TokenizedDataset(IReadOnlyList<TokenizedGroup> groups, IReadOnlyList<DroppedRow> dropped, int straddled) =>
        (_groups, Dropped, Straddled) = (groups, dropped, straddled);

    /// <summary>Rows that were left out, while reading or now, and why.</summary>
    public IReadOnlyList<DroppedRow> Dropped { get; }

    /// <summary>Rows in which a token would have stood across the end of the prompt.</summary>
    public int Straddled { get; }

    /// <summary>Groups of which an answer was cut to fit.</summary>
    public int Cut => _groups.Count(g => g.Answers.Any(a => a.WasCut));

    /// <summary>Tokens that a model computes, prompts counted once.</summary>
    public long Tokens => _groups.Sum(g => (long)g.Prompt.Length + g.Answers.Sum(a => a.Ids.Length));

    public int Count => _groups.Count;

    public TokenizedGroup this[int index] => _groups[index];

    /// <summary>Tokenizes all groups on all cores; the result does not depend on how many there are.</summary>
    /// <param name="dataset">What to tokenize.</param>
    /// <param name="tokenizer">How.</param>
    /// <param name="cache">A folder in which results are kept by their content, or null.</param>
    /// <param name="identity">What the tokenizer and template are, as a text that changes with them; needed with a cache.</param>
    /// <exception cref="SimperException">A row is wrong; the first one is named.</exception>
    public static TokenizedDataset Of(PreferenceDataset dataset, GroupTokenizer tokenizer, string? cache = null, string identity = "")
    {
        TokenizationCache? kept = cache is null ? null : TokenizationCache.For(cache, dataset, tokenizer.Options, identity);
        if (kept?.Read() is { } known)
            return new TokenizedDataset(known.Groups, [.. dataset.Dropped, .. known.Dropped], known.Straddled);
        var results = new TokenizationResult[dataset.Count];
        var faults = new SimperException?[dataset.Count];
        Parallel.For(0, dataset.Count, i =>
        {
            try
            {
                results[i] = tokenizer.Tokenize(dataset[i]);
            }
            catch (SimperException e)
            {
                faults[i] = e;
            }
        });
        if (Array.Find(faults, f => f is not null) is { } fault)
            throw fault;
        TokenizedGroup[] groups = [.. results.Select(r => r.Group).OfType<TokenizedGroup>()];
        DroppedRow[] dropped = [.. results.Select(r => r.Drop).OfType<DroppedRow>()];
        int straddled = results.Count(r => r.Straddled);
        kept?.Write(groups, dropped, straddled);
        return new TokenizedDataset(groups, [.. dataset.Dropped, .. dropped], straddled);
    }

    /// <summary>What was kept, dropped and cut, in lines to print.</summary>
    public IEnumerable<string> Report()
    {
        yield return $"{Count:N0} rows kept, {Dropped.Count:N0} left out, {Cut:N0} with an answer cut to fit, {Tokens:N0} tokens";
        foreach (IGrouping<string, DroppedRow> reason in Dropped.GroupBy(d => d.Reason))
            yield return $"left out because {reason.Key}: {reason.Count():N0} (rows {string.Join(", ", reason.Take(5).Select(d => d.Row))}{(reason.Count() > 5 ? ", ..." : "")})";
        if (Straddled > 0)
            yield return $"in {Straddled:N0} rows a token would stand across the end of the prompt; the prompt's own tokens were kept";
    }

    public IEnumerator<TokenizedGroup> GetEnumerator() => _groups.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
