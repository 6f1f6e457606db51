namespace Simper.Serving;

/// <summary>
/// Which sequences are computed in a step, and how many tokens of each: who writes first, then prompts, a part at a time. Hands
/// out the pages. Not thread safe.
/// </summary>
/// <param name="pool">The pages.</param>
/// <param name="settings">Limits.</param>
internal sealed class Schedule(PagePool pool, EngineSettings settings)
{
    private const int OldestShare = 4; // of the tokens of prompts: a quarter

    private readonly List<Sequence> _running = [];
    private readonly SortedSet<Sequence> _waiting = new(Comparer<Sequence>.Create((a, b) => a.Number.CompareTo(b.Number)));

    /// <summary>In order of arrival.</summary>
    public IReadOnlyList<Sequence> Running => _running;

    public IReadOnlyCollection<Sequence> Waiting => _waiting;

    public long Preempted { get; private set; }

    public long CachedTokens { get; private set; }

    public void Add(Sequence sequence) => _waiting.Add(sequence);

    /// <summary>Lets go of a sequence, wherever it is.</summary>
    public void Remove(Sequence sequence)
    {
        if (!_waiting.Remove(sequence) && _running.Remove(sequence))
            Release(sequence);
    }

    /// <summary>
    /// What the next step computes: for each sequence how many of its unread tokens. All have pages for them. Empty only where
    /// nothing waits.
    /// </summary>
    public List<(Sequence Sequence, int Tokens)> Next()
    {
        Admit();
        // Rows of logits take much memory where they are many, and who writes should not wait long.
        int budget = settings.PrefillTokens * (_running.Any(s => s.IsWriting || s.Scores is not null) ? 1 : 4);
        Renew();
        var step = new List<(Sequence Sequence, int Tokens)>();
        Sequence[] running = [.. _running];
        foreach (Sequence sequence in running.Where(s => s.IsWriting))
            Compute(sequence, 1);
        foreach ((Sequence sequence, int tokens) in Parts([.. running.Where(s => !s.IsWriting)], budget))
            Compute(sequence, tokens);
        step.RemoveAll(s => !_running.Contains(s.Sequence));
        return step;

        void Compute(Sequence sequence, int tokens)
        {
            // Preempted meanwhile, since an older one needed its pages.
            if (_running.Contains(sequence) && Provide(sequence, sequence.Computed + tokens))
                step.Add((sequence, tokens));
        }
    }

    // Sequences that have become ones of another length: keys would be rotated otherwise now.
    private void Renew()
    {
        foreach (Sequence sequence in _running.Where(s => s.BegunRoot != s.Root))
        {
            Release(sequence);
            sequence.BegunRoot = sequence.LastNode = sequence.Root;
        }
    }

    /// <summary>
    /// How many tokens of each prompt are read: of those with little left first, so that a short one does not wait for a long one
    /// that came before it; the oldest gets a share in any case, so that it comes to its end.
    /// </summary>
    /// <param name="reading">In order of arrival.</param>
    /// <param name="budget">Tokens in all.</param>
    internal static IEnumerable<(Sequence Sequence, int Tokens)> Parts(IReadOnlyList<Sequence> reading, int budget)
    {
        if (reading.Count == 0)
            yield break;
        int reserved = Math.Min(reading[0].Unread, budget / OldestShare);
        budget -= reserved;
        foreach (Sequence sequence in reading.OrderBy(s => s.Unread))
        {
            int tokens = Math.Min(sequence.Unread, budget + (sequence == reading[0] ? reserved : 0));
            budget -= sequence == reading[0] ? tokens - reserved : tokens;
            if (tokens > 0)
                yield return (sequence, tokens);
        }
    }

    /// <summary>Notes that a sequence's tokens were computed: full pages are known from now on.</summary>
    public void Advance(Sequence sequence, int tokens)
    {
        sequence.Computed += tokens;
        while ((sequence.KnownPages + 1) * PageMemory.PageTokens <= sequence.Computed)
        {
            int page = sequence.KnownPages++;
            PrefixPage known = pool.Know(sequence.Pages[page], sequence.KeyOf(page, sequence.LastNode));
            sequence.LastNode = known.Node;
            Remember(sequence, page, known);
        }
    }

    // In order of arrival; nobody overtakes one that waits for pages.
    private void Admit()
    {
        foreach (Sequence sequence in _waiting.ToArray())
        {
            if (_running.Count >= settings.MaxSequences)
                return;
            List<PrefixPage> shared = Shared(sequence);
            if (IsBeingComputed(sequence, shared))
                continue;
            int idle = shared.Count(p => pool.IsIdle(p));
            if (pool.Available - idle < PageMemory.PagesOf(sequence.NextLength) - shared.Count)
                return;
            _waiting.Remove(sequence);
            Begin(sequence, shared);
            int place = _running.FindIndex(r => r.Number > sequence.Number);
            _running.Insert(place < 0 ? _running.Count : place, sequence);
        }
    }

    /// <summary>The pages of the sequence's beginning that are known. At least its last token is left to compute.</summary>
    private List<PrefixPage> Shared(Sequence sequence)
    {
        var shared = new List<PrefixPage>();
        long parent = sequence.Root;
        for (int page = 0; (page + 1) * PageMemory.PageTokens < sequence.Tokens.Count; page++)
        {
            if (pool.Find(sequence.KeyOf(page, parent)) is not { } known || !Suffices(known, sequence))
                break;
            shared.Add(known);
            parent = known.Node;
        }
        return shared;
    }

    // Where the prompt's log-probs are wanted, a page helps only with its own.
    private static bool Suffices(PrefixPage known, Sequence sequence) =>
        sequence.Scores is null || (known.Scores is not null && known.TopScores >= (sequence.Request.LogProbs ?? 0));

    // Several with the same beginning: one computes it, the others wait for its pages.
    private bool IsBeingComputed(Sequence sequence, List<PrefixPage> shared)
    {
        if ((shared.Count + 1) * PageMemory.PageTokens >= sequence.Tokens.Count)
            return false;
        PrefixKey next = sequence.KeyOf(shared.Count, shared.Count == 0 ? sequence.Root : shared[^1].Node);
        return _running.Any(other =>
            !other.IsWriting
            && (other.KnownPages + 1) * PageMemory.PageTokens <= other.Tokens.Count
            && (sequence.Scores is null || other.Scores is not null)
            && (sequence.Request.LogProbs ?? 0) <= (other.Request.LogProbs ?? 0)
            && other.KeyOf(other.KnownPages, other.LastNode).Equals(next)
        );
    }

    private void Begin(Sequence sequence, List<PrefixPage> shared)
    {
        foreach (PrefixPage known in shared)
        {
            pool.Share(known);
            sequence.Pages.Add(known.Page);
            if (sequence.Scores is null)
                continue;
            int most = sequence.Request.LogProbs ?? 0;
            int first = (sequence.Pages.Count - 1) * PageMemory.PageTokens;
            for (int i = 0; i < PageMemory.PageTokens; i++)
            {
                if (known.Scores![i] is { } score)
                    sequence.Scores[first + i] = score.Top.Count > most ? score with { Top = [.. score.Top.Take(most)] } : score;
            }
        }
        sequence.KnownPages = shared.Count;
        sequence.BegunRoot = sequence.Root;
        sequence.LastNode = shared.Count == 0 ? sequence.Root : shared[^1].Node;
        sequence.Computed = shared.Count * PageMemory.PageTokens;
        if (sequence.Scores is not null && shared.Count > 0)
        {
            // The next token's log-prob comes from the last shared one, which is computed once more, to the same bits.
            sequence.Scored = Math.Max(sequence.Scored, sequence.Computed);
            sequence.Computed--;
        }
        if (sequence.WasPreempted)
            return;
        CachedTokens += sequence.Computed;
        if (sequence.Sample.Index == 0)
            sequence.Ticket.CachedTokens = sequence.Computed;
    }

    /// <summary>Pages for the first tokens of a sequence; where none are left, the youngest gives up its own.</summary>
    private bool Provide(Sequence sequence, int tokens)
    {
        while (sequence.Pages.Count < PageMemory.PagesOf(tokens))
        {
            int page = pool.Take();
            if (page >= 0)
            {
                sequence.Pages.Add(page);
                continue;
            }
            Sequence youngest = _running[^1];
            _running.RemoveAt(_running.Count - 1);
            Release(youngest);
            youngest.WasPreempted = true;
            Preempted++;
            _waiting.Add(youngest);
            if (youngest == sequence)
                return false;
        }
        return true;
    }

    private void Release(Sequence sequence)
    {
        // The last first: of a prefix that is not needed, its end goes before its beginning.
        for (int i = sequence.Pages.Count - 1; i >= 0; i--)
            pool.Return(sequence.Pages[i]);
        sequence.Pages.Clear();
        (sequence.KnownPages, sequence.LastNode, sequence.Computed) = (0, 0, 0);
    }

    private static void Remember(Sequence sequence, int page, PrefixPage known)
    {
        (int first, int end) = (page * PageMemory.PageTokens, (page + 1) * PageMemory.PageTokens);
        if (sequence.Scores is null || end > sequence.Scored)
            return;
        int top = sequence.Request.LogProbs ?? 0;
        if (known.Scores is not null && known.TopScores >= top)
            return;
        known.Scores = sequence.Scores[first..end];
        known.TopScores = top;
    }
}
