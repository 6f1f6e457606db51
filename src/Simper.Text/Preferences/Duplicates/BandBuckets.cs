namespace Simper.Text.Preferences.Duplicates;

/// <summary>The members with the same key in a band.</summary>
internal static class BandBuckets
{
    /// <summary>The buckets of at least two, by key; each in order.</summary>
    public static IEnumerable<int[]> Of(uint[] keys)
    {
        uint[] sorted = [.. keys];
        int[] order = [.. Enumerable.Range(0, keys.Length)];
        Array.Sort(sorted, order);
        for (int start = 0, end; start < sorted.Length; start = end)
        {
            for (end = start + 1; end < sorted.Length && sorted[end] == sorted[start]; )
                end++;
            if (end - start < 2)
                continue;
            int[] bucket = order[start..end];
            Array.Sort(bucket); // sorting by key is not stable
            yield return bucket;
        }
    }
}
