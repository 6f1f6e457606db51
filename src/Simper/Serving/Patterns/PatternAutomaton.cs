namespace Simper.Serving.Patterns;

/// <summary>
/// The texts in which a regular expression is found, as a deterministic automaton over characters. State 0 is that of the empty
/// text. From every state that <see cref="After"/> gives, some text leads to one that is accepted. Immutable.
/// </summary>
internal sealed class PatternAutomaton
{
    private const int MostStates = 2000;

    private readonly (int First, int Last, int To)[][] _edges;
    private readonly bool[] _accepts;

    private PatternAutomaton((int, int, int)[][] edges, bool[] accepts) => (_edges, _accepts) = (edges, accepts);

    /// <summary>Any text.</summary>
    public static PatternAutomaton Any { get; } =
        new(
            [
                [.. CodePoints.All.Ranges.Select(r => (r.First, r.Last, 0))],
            ],
            [true]
        );

    /// <summary>Number of states.</summary>
    public int Count => _accepts.Length;

    /// <exception cref="FormatException">The expression is none, or cannot be held; the message says why.</exception>
    public static PatternAutomaton Of(string pattern)
    {
        var states = new PatternStates(PatternReader.Read(pattern));
        var numbers = new Dictionary<string, int>();
        var sets = new List<int[]> { states.Start() };
        var edges = new List<List<(int First, int Last, int To)>>();
        for (int state = 0; state < sets.Count; state++)
        {
            var found = new List<(int First, int Last, int To)>();
            int[] borders = states.Borders(sets[state]);
            for (int i = 0; i + 1 < borders.Length; i++)
            {
                int[] after = states.After(sets[state], borders[i]);
                if (after.Length > 0)
                    Add(found, (borders[i], borders[i + 1] - 1, NumberOf(after)));
            }
            edges.Add(found);
        }
        bool[] accepts = [.. sets.Select((s, i) => states.Accepts(s, isStart: i == 0))];
        bool[] leads = Leading(edges, accepts);
        if (!leads[0])
            throw new FormatException("is found in no text");
        return new([.. edges.Select(e => e.Where(x => leads[x.To]).ToArray())], accepts);

        int NumberOf(int[] set)
        {
            string key = string.Join(',', set);
            if (numbers.TryGetValue(key, out int known))
                return known;
            if (sets.Count == MostStates)
                throw new FormatException("is too large");
            sets.Add(set);
            return numbers[key] = sets.Count - 1;
        }

        static void Add(List<(int First, int Last, int To)> all, (int First, int Last, int To) edge)
        {
            if (all.Count > 0 && all[^1].To == edge.To && all[^1].Last + 1 == edge.First)
                all[^1] = all[^1] with { Last = edge.Last };
            else
                all.Add(edge);
        }
    }

    /// <summary>Whether the text so far is one.</summary>
    public bool Accepts(int state) => _accepts[state];

    /// <summary>The states after one character more.</summary>
    public IEnumerable<int> Next(int state) => _edges[state].Select(e => e.To).Distinct();

    /// <summary>The state after a character, -1 if there is none.</summary>
    public int After(int state, int character)
    {
        foreach ((int first, int last, int to) in _edges[state])
        {
            if (character <= last)
                return character >= first ? to : -1;
        }
        return -1;
    }

    /// <summary>The states after characters of a range.</summary>
    public IEnumerable<int> Within(int state, int from, int to) =>
        _edges[state].Where(e => e.First <= to && e.Last >= from).Select(e => e.To);

    // From which states one leads to an accepted one.
    private static bool[] Leading(List<List<(int First, int Last, int To)>> edges, bool[] accepts)
    {
        var from = new List<int>[edges.Count];
        for (int state = 0; state < edges.Count; state++)
            from[state] = [];
        for (int state = 0; state < edges.Count; state++)
        {
            foreach ((_, _, int to) in edges[state])
                from[to].Add(state);
        }
        bool[] leads = [.. accepts];
        var open = new Stack<int>(Enumerable.Range(0, leads.Length).Where(s => leads[s]));
        while (open.TryPop(out int state))
        {
            foreach (int before in from[state].Where(b => !leads[b]))
            {
                leads[before] = true;
                open.Push(before);
            }
        }
        return leads;
    }
}
