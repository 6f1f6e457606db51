namespace Simper.Text.Preferences.Duplicates;

/// <summary>Which of many values are equal, by sorting: memory is a few bytes a value, whatever they are.</summary>
public static class Repeats
{
    /// <summary>For each value the index of the first that equals it: its own where there is none before it.</summary>
    public static int[] FirstOf(ReadOnlySpan<UInt128> values)
    {
        int[] first = [.. Enumerable.Range(0, values.Length)];
        foreach (int[] same in Buckets(values.ToArray()))
        {
            foreach (int i in same)
                first[i] = same[0];
        }
        return first;
    }

    /// <summary>The indices of values that occur more than once, together; by value, each in order.</summary>
    /// <param name="values">The values, which are sorted.</param>
    internal static IEnumerable<int[]> Buckets<T>(T[] values)
        where T : IEquatable<T>
    {
        int[] order = [.. Enumerable.Range(0, values.Length)];
        Array.Sort(values, order);
        for (int start = 0, end; start < values.Length; start = end)
        {
            for (end = start + 1; end < values.Length && values[end].Equals(values[start]); )
                end++;
            if (end - start < 2)
                continue;
            int[] bucket = order[start..end];
            Array.Sort(bucket); // sorting by value is not stable
            yield return bucket;
        }
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
