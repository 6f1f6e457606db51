namespace Simper.Serving.Patterns;

/// <summary>
/// The states of a regular expression that is looked for in a text (Thompson 1968): edges that read a character, and edges that
/// read none, some of which can be passed at one end of the text alone.
/// </summary>
internal sealed class PatternStates
{
    private const int MostStates = 5000;

    private readonly List<List<(CodePoints On, int To)>> _reading = [];
    private readonly List<List<(Condition If, int To)>> _passing = [];

    public PatternStates(PatternNode pattern)
    {
        int before = New();
        _reading[before].Add((CodePoints.All, before));
        Final = Add(pattern, before);
        int after = New();
        // What is found may be followed by anything; before that its end may be looked at.
        _passing[Final].Add((Condition.None, after));
        _reading[after].Add((CodePoints.All, after));
        Final = after;
    }

    /// <summary>The state in which the expression was found.</summary>
    public int Final { get; }

    /// <summary>The states before the first character.</summary>
    public int[] Start() => Closed([0], Condition.AtStart);

    /// <summary>The states after one of a range of characters that all edges have or have not, in order.</summary>
    public int[] After(IReadOnlyList<int> states, int character) =>
        Closed(
            [
                .. from state in states
                from edge in _reading[state]
                where edge.On.Ranges.Any(r => r.First <= character && character <= r.Last)
                select edge.To,
            ],
            Condition.None
        );

    /// <summary>Whether a text that ends in these states is one.</summary>
    public bool Accepts(IReadOnlyList<int> states, bool isStart) =>
        Closed(states, isStart ? Condition.AtStart | Condition.AtEnd : Condition.AtEnd).Contains(Final);

    /// <summary>Where the characters that some edge of these states has begin and end, in order.</summary>
    public int[] Borders(IReadOnlyList<int> states) =>
        [
            .. states
                .SelectMany(s => _reading[s])
                .SelectMany(e => e.On.Ranges)
                .SelectMany(r => (int[])[r.First, r.Last + 1])
                .Distinct()
                .Order(),
        ];

    private int[] Closed(IReadOnlyList<int> states, Condition holds)
    {
        var found = new SortedSet<int>(states);
        var open = new Stack<int>(found);
        while (open.TryPop(out int state))
        {
            foreach ((Condition needed, int to) in _passing[state])
            {
                if ((needed & ~holds) == 0 && found.Add(to))
                    open.Push(to);
            }
        }
        return [.. found];
    }

    private int New()
    {
        if (_reading.Count == MostStates)
            throw new FormatException("is too large");
        _reading.Add([]);
        _passing.Add([]);
        return _reading.Count - 1;
    }

    // The state that a part leads to.
    private int Add(PatternNode node, int from)
    {
        int to;
        switch (node)
        {
            case PatternNode.One one:
                to = New();
                _reading[from].Add((one.Of, to));
                return to;
            case PatternNode.Sequence sequence:
                return sequence.Parts.Aggregate(from, (at, part) => Add(part, at));
            case PatternNode.Any any:
                to = New();
                foreach (PatternNode option in any.Options)
                    _passing[Add(option, from)].Add((Condition.None, to));
                return to;
            case PatternNode.Repeated repeated:
                return Add(repeated, from);
            default:
                to = New();
                _passing[from].Add((node is PatternNode.Beginning ? Condition.AtStart : Condition.AtEnd, to));
                return to;
        }
    }

    private int Add(PatternNode.Repeated repeated, int from)
    {
        int at = from;
        for (int i = 0; i < repeated.Least; i++)
            at = Add(repeated.Part, at);
        int end = New();
        if (repeated.Most == int.MaxValue)
        {
            int loop = New();
            _passing[at].Add((Condition.None, loop));
            _passing[Add(repeated.Part, loop)].Add((Condition.None, loop));
            _passing[loop].Add((Condition.None, end));
            return end;
        }
        for (int i = repeated.Least; i < repeated.Most; i++)
        {
            _passing[at].Add((Condition.None, end));
            at = Add(repeated.Part, at);
        }
        _passing[at].Add((Condition.None, end));
        return end;
    }

    [Flags]
    private enum Condition
    {
        None = 0,
        AtStart = 1,
        AtEnd = 2,
    }
}
