namespace Simper.Text.Preferences.Duplicates;

/// <summary>
/// Circles of preferences of one prompt: the strongly connected components of the graph whose edges lead from better to worse
/// answers (Tarjan 1972, without recursion).
/// </summary>
internal static class PreferenceCycles
{
    /// <summary>The groups whose preferences lie within one component, for each that has some; in order.</summary>
    /// <param name="preferences">Which groups prefer which answer to which.</param>
    public static IEnumerable<int[]> Of(Dictionary<(ulong Better, ulong Worse), List<int>> preferences)
    {
        if (preferences.Count < 3)
            return [];
        Dictionary<ulong, int> componentOf = Components(preferences.Keys.ToLookup(p => p.Better, p => p.Worse));
        return preferences
            .Where(p => componentOf[p.Key.Better] == componentOf[p.Key.Worse])
            .GroupBy(p => componentOf[p.Key.Better], p => p.Value)
            .Select(said => said.SelectMany(groups => groups).Distinct().Order().ToArray())
            .OrderBy(groups => groups[0]);
    }

    private static Dictionary<ulong, int> Components(ILookup<ulong, ulong> worse)
    {
        var found = new Dictionary<ulong, int>(); // order of discovery
        var lowest = new Dictionary<ulong, int>();
        var component = new Dictionary<ulong, int>();
        var open = new Stack<ulong>();
        var path = new Stack<(ulong Answer, IEnumerator<ulong> Next)>();
        foreach (ulong root in worse.Select(g => g.Key))
        {
            if (!found.ContainsKey(root))
                Enter(root);
            while (path.TryPeek(out (ulong Answer, IEnumerator<ulong> Next) at))
            {
                if (at.Next.MoveNext())
                {
                    ulong next = at.Next.Current;
                    if (!found.TryGetValue(next, out int order))
                        Enter(next);
                    else if (!component.ContainsKey(next))
                        lowest[at.Answer] = Math.Min(lowest[at.Answer], order);
                    continue;
                }
                path.Pop();
                if (path.TryPeek(out (ulong Answer, IEnumerator<ulong> _) before))
                    lowest[before.Answer] = Math.Min(lowest[before.Answer], lowest[at.Answer]);
                if (lowest[at.Answer] != found[at.Answer])
                    continue;
                ulong member;
                do
                {
                    member = open.Pop();
                    component[member] = found[at.Answer];
                } while (member != at.Answer);
            }
        }
        return component;

        void Enter(ulong answer)
        {
            found[answer] = lowest[answer] = found.Count;
            open.Push(answer);
            path.Push((answer, worse[answer].GetEnumerator()));
        }
    }
}
