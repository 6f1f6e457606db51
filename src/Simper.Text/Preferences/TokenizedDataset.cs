using System.Collections;
using Simper.Text.Preferences.Cache;

namespace Simper.Text.Preferences;

/// <summary>
/// The groups of a data set as token ids, in order, and what happened to the others. Groups are stored in a file and read on
/// demand, so a data set of any length takes eight bytes per group. Immutable, thread safe.
/// </summary>
public sealed class TokenizedDataset : IReadOnlyList<TokenizedGroup>
{
    /// <summary>
    /// Rows tokenized together: enough for all cores, few enough that their garbage dies in the youngest generation.
    /// </summary>
    private const int Chunk = 256;

    private readonly TokenStore _store;
    private readonly Compatibility _compatibility;

    private TokenizedDataset(TokenStore store, PreferenceDataset dataset, Compatibility compatibility) =>
        (_store, Dropped, UnusedColumns, Notes, _compatibility) = (
            store,
            [.. dataset.Dropped, .. store.Summary.Dropped],
            dataset.UnusedColumns,
            dataset.Notes,
            compatibility
        );

    /// <summary>Rows dropped, while reading or tokenizing, with reasons.</summary>
    public IReadOnlyList<DroppedRow> Dropped { get; }

    /// <summary>Columns that contain text and are not read.</summary>
    public IReadOnlyList<string> UnusedColumns { get; }

    /// <summary>What is odd about the groups as a whole, in sentences.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>Rows in which a token would have spanned the end of the prompt.</summary>
    public int Straddled => _store.Summary.Straddled;

    /// <summary>Groups with a truncated answer.</summary>
    public int Cut => _store.Summary.Cut;

    /// <summary>Tokens that a model computes, prompts counted once.</summary>
    public long Tokens => _store.Summary.Tokens;

    /// <summary>The largest groups.</summary>
    public TokenExtent Extent => _store.Summary.Extent;

    public int Count => _store.Count;

    /// <summary>A group, read from the file: a new object with the same content each time.</summary>
    public TokenizedGroup this[int index] => _store.Read(index);

    /// <summary>Tokenizes all groups on all cores; the result does not depend on their number.</summary>
    /// <param name="dataset">What to tokenize.</param>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="cache">A folder to cache results in by their content, or null.</param>
    /// <param name="identity">A text that identifies tokenizer and template, and changes with them; required with a
    /// cache.</param>
    /// <param name="progress">Receives the number of rows done.</param>
    /// <param name="cancel">Stops between blocks of rows; nothing is cached then.</param>
    /// <exception cref="SimperException">A row is wrong; the message names the first one.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static TokenizedDataset Of(
        PreferenceDataset dataset,
        GroupTokenizer tokenizer,
        string? cache = null,
        string identity = "",
        IProgress<int>? progress = null,
        CancellationToken cancel = default
    )
    {
        string? file = cache is null ? null : TokenizationCache.FileFor(cache, dataset, tokenizer, identity);
        if (file is not null && TokenStore.Open(file) is { } known)
            return new TokenizedDataset(known, dataset, tokenizer.Options.Compatibility);
        using TokenStoreWriter writer = TokenizationCache.Writer(file);
        var dropped = new List<DroppedRow>();
        (int straddled, int cut, long tokens) = (0, 0, 0);
        var extent = new TokenExtent();
        var notes = new NoteCounts();
        for (int start = 0; start < dataset.Count; start += Chunk)
        {
            cancel.ThrowIfCancellationRequested();
            int first = start;
            foreach (
                TokenizationResult result in InOrder.Map(
                    Math.Min(Chunk, dataset.Count - start),
                    i => tokenizer.Tokenize(dataset[first + i])
                )
            )
            {
                straddled += result.Straddled ? 1 : 0;
                if (result.Drop is { } drop)
                    dropped.Add(drop);
                notes.Add(
                    result.Drop is null ? result.Notes : result.Notes & RowNotes.OfPrompt,
                    result.Drop?.Row ?? result.Group!.Row
                );
                if (result.Group is not { } group)
                    continue;
                writer.Add(group);
                extent = extent.With(group);
                cut += group.Answers.Any(a => a.WasCut) ? 1 : 0;
                tokens += (long)group.Prompt.Length + group.Answers.Sum(a => a.Ids.Length);
            }
            progress?.Report(Math.Min(start + Chunk, dataset.Count));
        }
        return new TokenizedDataset(
            writer.Finish(new TokenSummary(dropped, straddled, cut, tokens, extent, notes)),
            dataset,
            tokenizer.Options.Compatibility
        );
    }

    /// <summary>What was kept, dropped and truncated, as lines to print.</summary>
    public IEnumerable<string> Report()
    {
        yield return $"{Count:N0} rows kept, {Dropped.Count:N0} left out, {Cut:N0} with an answer cut to fit, {Tokens:N0} tokens";
        bool areOfOneFile = Dropped.Select(d => d.Place[..Math.Max(0, d.Place.LastIndexOf(','))]).Distinct().Take(2).Count() < 2;
        foreach (IGrouping<string, DroppedRow> reason in Dropped.GroupBy(d => d.Reason))
        {
            string which = areOfOneFile
                ? "rows " + string.Join(", ", reason.Take(5).Select(d => d.Row))
                : string.Join("; ", reason.Take(5).Select(d => d.Place));
            yield return $"left out because {reason.Key}: {reason.Count():N0} ({which}{(reason.Count() > 5 ? ", ..." : "")})";
        }
        foreach (string note in Notes)
            yield return note;
        if (UnusedColumns.Count > 0)
            yield return $"columns with text that are not used: {string.Join(", ", UnusedColumns.Take(12))}"
                + $"{(UnusedColumns.Count > 12 ? $" and {UnusedColumns.Count - 12} more" : "")}";
        if (Straddled > 0)
        {
            string outcome =
                _compatibility == Compatibility.Strict
                    ? "the prompt's own tokens were kept"
                    : "as the compatibility mode has it, the prompt's were not all kept";
            yield return $"in {Straddled:N0} rows a token would stand across the end of the prompt; {outcome}";
        }
        foreach (string note in _store.Summary.Notes.Report(_compatibility))
            yield return note;
    }

    public IEnumerator<TokenizedGroup> GetEnumerator()
    {
        for (int i = 0; i < Count; i++)
            yield return this[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
