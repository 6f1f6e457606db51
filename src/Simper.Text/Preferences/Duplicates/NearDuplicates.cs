namespace Simper.Text.Preferences.Duplicates;

/// <summary>
/// Finds groups whose prompts and answers are nearly those of another group, by MinHash with locality-sensitive hashing: groups
/// with a band of their signatures in common are candidates, and candidates are read again and compared exactly. Memory is four
/// bytes a band and group (84 for the default), besides one block of groups; the result depends neither on the number of threads
/// nor on the machine.
/// </summary>
public sealed class NearDuplicates
{
    private const int Chunk = 256;

    /// <summary>The Jaccard similarity, above 0 and at most 1, from which on groups are near duplicates.</summary>
    public double Threshold { get; init; } = 0.8;

    /// <summary>Number of random orders in a signature.</summary>
    public int Permutations { get; init; } = 128;

    /// <summary>Receives the number of groups that are signed.</summary>
    public IProgress<int>? Progress { get; init; }

    /// <summary>The near duplicates among the groups of a data set.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public IReadOnlyList<DuplicateRow> Of(IReadOnlyList<PreferenceGroup> groups, CancellationToken cancel = default) =>
        Of(groups.Count, i => GroupShingles.Of(groups[i]), cancel);

    /// <summary>
    /// The near duplicates among anything that has shingles, in order. Each is at least <see cref="Threshold"/> similar to an
    /// earlier one that is no near duplicate itself, so that leaving all of them out loses nothing that has no likeness left.
    /// </summary>
    /// <param name="count">How many there are.</param>
    /// <param name="shingles">Makes the shingles of one; called from several threads, for candidates again.</param>
    /// <param name="cancel">Stops between blocks.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public IReadOnlyList<DuplicateRow> Of(int count, Func<int, GroupShingles> shingles, CancellationToken cancel = default)
    {
        var clusters = new Clusters(count);
        var candidates = new CandidatePairs(clusters, shingles, Threshold);
        foreach (uint[] keys in Signed(count, shingles, cancel))
        {
            foreach (int[][] buckets in Repeats.Buckets(keys).Chunk(Chunk))
            {
                cancel.ThrowIfCancellationRequested();
                candidates.Compare(buckets);
            }
        }
        var found = new List<DuplicateRow>();
        foreach (int[][] several in clusters.OfSeveral().Chunk(Chunk))
        {
            cancel.ThrowIfCancellationRequested();
            foreach (List<DuplicateRow> rows in InOrder.Map(several.Length, i => Resolved(several[i], shingles)))
                found.AddRange(rows);
        }
        return [.. found.OrderBy(d => d.Group)];
    }

    // The keys of all groups, band by band.
    private uint[][] Signed(int count, Func<int, GroupShingles> shingles, CancellationToken cancel)
    {
        var minHash = new MinHash(Permutations);
        var banding = Banding.For(Threshold, Permutations);
        uint[][] bands = [.. Enumerable.Range(0, banding.Bands).Select(_ => new uint[count])];
        for (int start = 0; start < count; start += Chunk)
        {
            cancel.ThrowIfCancellationRequested();
            int end = Math.Min(start + Chunk, count);
            int first = start;
            InOrder.Map(
                end - start,
                i =>
                {
                    Span<uint> keys = stackalloc uint[banding.Bands];
                    banding.Keys(minHash.Of(shingles(first + i).Tagged()), keys);
                    for (int band = 0; band < keys.Length; band++)
                        bands[band][first + i] = keys[band];
                    return true;
                }
            );
            Progress?.Report(end);
        }
        return bands;
    }

    // In a cluster the first is kept, and each later one that is like none that is kept.
    private List<DuplicateRow> Resolved(int[] cluster, Func<int, GroupShingles> shingles)
    {
        var found = new List<DuplicateRow>();
        var kept = new List<(int Group, GroupShingles Shingles)>();
        foreach (int group in cluster)
        {
            GroupShingles own = shingles(group);
            (int With, double Similarity) nearest = kept.Take(CandidatePairs.MostCompared)
                .Select(k => (k.Group, k.Shingles.Similarity(own)))
                .FirstOrDefault(k => k.Item2 >= Threshold, (-1, 0));
            if (nearest.With < 0)
                kept.Add((group, own));
            else
                found.Add(new DuplicateRow(group, nearest.With, nearest.Similarity));
        }
        return found;
    }
}
