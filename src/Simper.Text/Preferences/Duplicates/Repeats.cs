namespace Simper.Text.Preferences.Duplicates;

/// <summary>Which of many values are equal, by sorting: memory is a few bytes a value, whatever they are.</summary>
public static class Repeats
{
    /// <summary>For each value the index of the first that equals it: its own where there is none before it.</summary>
    public static int[] FirstOf(ReadOnlySpan<UInt128> values)
    {
        UInt128[] keys = values.ToArray();
        var order = new int[keys.Length];
        for (int i = 0; i < order.Length; i++)
            order[i] = i;
        Array.Sort(keys, order);
        var first = new int[keys.Length];
        for (int start = 0, end; start < keys.Length; start = end)
        {
            int lowest = order[start]; // sorting is not stable
            for (end = start + 1; end < keys.Length && keys[end] == keys[start]; end++)
                lowest = Math.Min(lowest, order[end]);
            for (int i = start; i < end; i++)
                first[order[i]] = lowest;
        }
        return first;
    }

    /// <summary>The indices of values that occur more than once, together; by their first occurrence, each in order.</summary>
    public static IEnumerable<int[]> GroupsOf(int[] firstOf)
    {
        var groups = new SortedDictionary<int, List<int>>();
        for (int i = 0; i < firstOf.Length; i++)
        {
            if (firstOf[i] == i)
                continue;
            if (!groups.TryGetValue(firstOf[i], out List<int>? group))
                groups.Add(firstOf[i], group = [firstOf[i]]);
            group.Add(i);
        }
        return groups.Values.Select(g => g.ToArray());
    }
}
