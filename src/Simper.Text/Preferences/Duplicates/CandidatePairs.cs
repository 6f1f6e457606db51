namespace Simper.Text.Preferences.Duplicates;

/// <summary>
/// Compares the candidates of buckets exactly and joins those that are similar. Buckets of one block are compared in parallel,
/// against the clusters as they were before it, so the result does not depend on the number of threads. Not thread safe.
/// </summary>
/// <param name="clusters">Receives the links.</param>
/// <param name="shingles">Makes the shingles of a member.</param>
/// <param name="threshold">From which similarity on members are joined.</param>
internal sealed class CandidatePairs(Clusters clusters, Func<int, GroupShingles> shingles, double threshold)
{
    /// <summary>
    /// With how many unlike members a member is compared at most: a bound for buckets in which all share a band of boilerplate.
    /// </summary>
    public const int MostCompared = 32;

    private const int MostRemembered = 1 << 20;

    private readonly HashSet<long> _unlike = [];

    /// <summary>Compares the members of each bucket with those before them.</summary>
    public void Compare(int[][] buckets)
    {
        foreach (Outcome outcome in InOrder.Map(buckets.Length, i => Compared(buckets[i])))
        {
            foreach ((int a, int b) in outcome.Alike)
                clusters.Join(a, b);
            if (_unlike.Count < MostRemembered)
                _unlike.UnionWith(outcome.Unlike);
        }
    }

    private sealed record Outcome(List<(int, int)> Alike, List<long> Unlike);

    private Outcome Compared(int[] bucket)
    {
        var outcome = new Outcome([], []);
        var distinct = new List<(int Member, Lazy<GroupShingles> Shingles)>();
        foreach (int member in bucket)
        {
            var own = new Lazy<GroupShingles>(() => shingles(member), isThreadSafe: false);
            if (!IsLikeOneOf(distinct, member, own, outcome) && distinct.Count < MostCompared)
                distinct.Add((member, own));
        }
        return outcome;
    }

    private bool IsLikeOneOf(
        List<(int Member, Lazy<GroupShingles> Shingles)> distinct,
        int member,
        Lazy<GroupShingles> own,
        Outcome outcome
    )
    {
        foreach ((int other, Lazy<GroupShingles> others) in distinct)
        {
            if (clusters.FirstOf(other) == clusters.FirstOf(member))
                return true;
            long pair = ((long)other << 32) | (uint)member;
            if (_unlike.Contains(pair))
                continue;
            if (others.Value.Similarity(own.Value) >= threshold)
            {
                outcome.Alike.Add((other, member));
                return true;
            }
            outcome.Unlike.Add(pair);
        }
        return false;
    }
}
