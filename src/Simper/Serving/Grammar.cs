namespace Simper.Serving;

/// <summary>
/// A grammar over bytes as a pushdown automaton: a state is the set of all stacks that the bytes so far allow. States and what
/// tokens they allow are kept, so that an answer looks at most of them once. Not thread safe.
/// </summary>
/// <param name="tokens">The tokens.</param>
/// <param name="root">The rule that an answer has to follow.</param>
internal sealed class Grammar(SortedTokens tokens, Rule root)
{
    private const int MostStates = 20_000;

    private readonly Dictionary<(Rule, int, GrammarFrame?), GrammarFrame> _frames = [];
    private readonly Dictionary<string, State> _states = [];

    /// <summary>The state before the first byte.</summary>
    public State Start()
    {
        // What was kept is only a matter of speed; answers in progress hold on to their own states.
        if (_states.Count > MostStates)
            _states.Clear();
        return StateOf([(root, 0, null)]);
    }

    public GrammarFrame Frame(Rule rule, int index, GrammarFrame? next)
    {
        if (!_frames.TryGetValue((rule, index, next), out GrammarFrame? frame))
            _frames.Add((rule, index, next), frame = new GrammarFrame(this, rule, index, next, _frames.Count + 1));
        return frame;
    }

    // Expands rules until each stack has a terminal on top, or nothing is left.
    private State StateOf(List<(Rule Rule, int Index, GrammarFrame? Next)> open)
    {
        var stacks = new SortedDictionary<int, GrammarFrame>();
        var seen = new HashSet<(Rule, int, GrammarFrame?)>();
        bool isComplete = false;
        while (open.Count > 0)
        {
            (Rule rule, int index, GrammarFrame? next) = open[^1];
            open.RemoveAt(open.Count - 1);
            if (!seen.Add((rule, index, next)))
                continue;
            if (ReferenceEquals(rule, Rule.Nothing))
            {
                if (next is null)
                    isComplete = true;
                else
                    open.Add((next.Rule, next.Index, next.Next));
                continue;
            }
            GrammarFrame frame = Frame(rule, index, next);
            if (rule.IsTerminal)
                stacks[frame.Number] = frame;
            else
                rule.Expand(index, frame, (r, i, n) => open.Add((r, i, n)));
        }
        string key = string.Join(',', stacks.Keys) + (isComplete ? "." : "");
        if (!_states.TryGetValue(key, out State? state))
            _states.Add(key, state = new State(this, [.. stacks.Values], isComplete));
        return state;
    }

    /// <summary>All stacks that some bytes allow.</summary>
    public sealed class State(Grammar grammar, GrammarFrame[] stacks, bool isComplete)
    {
        private readonly State?[] _next = new State?[256];
        private ulong[]? _allowed;

        /// <summary>Whether the bytes so far are a whole answer.</summary>
        public bool IsComplete => isComplete;

        /// <summary>Whether no more bytes, and no end, can follow.</summary>
        public bool IsDead => stacks.Length == 0 && !isComplete;

        /// <summary>The state after one more byte.</summary>
        public State After(byte b)
        {
            if (_next[b] is { } known)
                return known;
            var open = new List<(Rule, int, GrammarFrame?)>();
            foreach (GrammarFrame frame in stacks)
            {
                int index = frame.Rule.Read(frame.Index, b);
                if (index == Rule.Done)
                    open.Add((Rule.Nothing, 0, frame.Next));
                else if (index != Rule.Dead)
                    open.Add((frame.Rule, index, frame.Next));
            }
            return _next[b] = grammar.StateOf(open);
        }

        /// <summary>The tokens that may follow, as a set.</summary>
        public ulong[] Allowed
        {
            get
            {
                if (_allowed is null)
                {
                    SortedTokens tokens = grammar.Tokens;
                    bool isInString = stacks is [var only] && only.Rule.TakesText(only.Index, tokens.LongestPlain);
                    ulong[] allowed = isInString ? [.. tokens.Plain] : new ulong[tokens.Words];
                    (byte[] Bytes, int Id)[] sorted = isInString ? tokens.NotPlain : tokens.All;
                    Walk(this, sorted, 0, sorted.Length, 0, allowed);
                    _allowed = allowed;
                }
                return _allowed;
            }
        }

        // Tokens [first, end) have their first bytes in common, after which this state is reached.
        private static void Walk(State state, (byte[] Bytes, int Id)[] sorted, int first, int end, int depth, ulong[] allowed)
        {
            for (; first < end && sorted[first].Bytes.Length == depth; first++)
                allowed[sorted[first].Id / 64] |= 1UL << (sorted[first].Id % 64);
            while (first < end)
            {
                byte b = sorted[first].Bytes[depth];
                int after = EndOf(sorted, first, end, depth, b);
                State next = state.After(b);
                if (!next.IsDead)
                    Walk(next, sorted, first, after, depth + 1, allowed);
                first = after;
            }
        }

        private static int EndOf((byte[] Bytes, int Id)[] sorted, int first, int end, int depth, byte b)
        {
            while (first < end)
            {
                int middle = first + (end - first) / 2;
                if (sorted[middle].Bytes[depth] <= b)
                    first = middle + 1;
                else
                    end = middle;
            }
            return first;
        }
    }

    private SortedTokens Tokens => tokens;
}
