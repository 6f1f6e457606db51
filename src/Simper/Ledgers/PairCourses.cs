using System.Runtime.InteropServices;

namespace Simper.Ledgers;

/// <summary>
/// The courses of all pairs of a ledger. What is kept of a pair takes some two hundred bytes, however often it was seen.
/// Immutable.
/// </summary>
public sealed class PairCourses
{
    private readonly Dictionary<PairKey, State> _states = []; // in the order in which they were added
    private readonly double _half;

    private PairCourses(IEnumerable<LedgerRow> rows, int lastStep)
    {
        _half = lastStep / 2.0;
        foreach ((PairKey pair, PairMoment moment) in new PairMoments().Of(rows))
            Add(pair, moment);
    }

    private struct State
    {
        public PairMoment First;
        public PairMoment Last;
        public int Moments;
        public int Decided;
        public int Right;
        public double? StartOdds;
        public Means All;
        public Means Late;
    }

    private struct Means
    {
        public int Count;
        public double Margins;
        public double Odds;

        public void Add(PairMoment moment)
        {
            Count++;
            Margins += moment.Margin;
            Odds += moment.LogOdds;
        }
    }

    /// <summary>Number of pairs.</summary>
    public int Count => _states.Count;

    /// <summary>All pairs, in the order in which the run saw them first.</summary>
    public IEnumerable<PairCourse> All => _states.Select(s => CourseOf(s.Key, s.Value));

    /// <summary>Reads a ledger.</summary>
    /// <exception cref="SimperException">A file is damaged.</exception>
    public static PairCourses Of(Ledger ledger) => Of(ledger.Rows(), ledger.LastStep);

    /// <summary>Of some rows of a ledger, in its order.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="lastStep">The run's last step.</param>
    public static PairCourses Of(IEnumerable<LedgerRow> rows, int lastStep) => new(rows, lastStep);

    /// <summary>The pairs of some data that answer a question, those first that do it most.</summary>
    public IReadOnlyList<PairCourse> Answers(LedgerQuestion question, LedgerSplit split) => Most(question, split, Count).Pairs;

    /// <summary>How many pairs answer a question, and the first of them.</summary>
    /// <param name="question">The question.</param>
    /// <param name="split">Of which data.</param>
    /// <param name="most">At most so many pairs.</param>
    public (int Count, IReadOnlyList<PairCourse> Pairs) Most(LedgerQuestion question, LedgerSplit split, int most)
    {
        int count = 0;
        var kept = new PriorityQueue<PairCourse, (double Rank, int Place)>(FarthestFirst);
        foreach (PairCourse course in All.Where(c => c.Pair.Split == split && c.Answers(question)))
        {
            count++;
            (double, int) at = (course.Rank(question), course.Pair.Place);
            if (kept.Count < most)
                kept.Enqueue(course, at);
            else if (most > 0)
                kept.EnqueueDequeue(course, at);
        }
        var pairs = new PairCourse[kept.Count];
        for (int i = pairs.Length - 1; i >= 0; i--)
            pairs[i] = kept.Dequeue();
        return (count, pairs);
    }

    private static readonly Comparer<(double, int)> FarthestFirst = Comparer<(double, int)>.Create((a, b) => b.CompareTo(a));

    private void Add(PairKey pair, PairMoment moment)
    {
        ref State state = ref CollectionsMarshal.GetValueRefOrAddDefault(_states, pair, out bool isKnown);
        if (!isKnown)
            state.First = state.Last = moment;
        state.Moments++;
        if (moment.IsRight is { } isRight)
        {
            if (state.Decided == 0)
                state.First = moment;
            state.Last = moment;
            state.Decided++;
            state.Right += isRight ? 1 : 0;
        }
        if (double.IsNaN(moment.Margin) || double.IsNaN(moment.LogOdds))
            return;
        if (moment.Phase == LedgerPhase.Before)
        {
            state.StartOdds = moment.LogOdds;
            return;
        }
        state.All.Add(moment);
        if (moment.Step > _half)
            state.Late.Add(moment);
    }

    private static PairCourse CourseOf(PairKey pair, State state)
    {
        Means means = state.Late.Count > 0 ? state.Late : state.All;
        return new PairCourse(pair)
        {
            First = state.First,
            Last = state.Last,
            Moments = state.Moments,
            Decided = state.Decided,
            Right = state.Right,
            HasStart = state.StartOdds is not null,
            Agreement =
                means.Count == 0 ? double.NaN
                : state.StartOdds is { } start ? means.Odds / means.Count - start
                : means.Margins / means.Count,
        };
    }
}
