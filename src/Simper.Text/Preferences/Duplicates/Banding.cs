namespace Simper.Text.Preferences.Duplicates;

/// <summary>
/// How a signature is cut into bands for locality-sensitive hashing: two sets are candidates where all rows of one band agree,
/// which for sets of Jaccard similarity s happens with the probability 1 - (1 - s^rows)^bands.
/// </summary>
/// <param name="Bands">Number of bands.</param>
/// <param name="Rows">Least elements in each.</param>
internal readonly record struct Banding(int Bands, int Rows)
{
    /// <summary>What candidates exactly at the threshold are to be found with.</summary>
    private const double LeastRecall = 0.99;

    /// <summary>
    /// The widest bands, and so the fewest false candidates, that still find those at the threshold; candidates are compared
    /// exactly afterwards.
    /// </summary>
    public static Banding For(double threshold, int permutations)
    {
        for (int rows = Math.Min(permutations, 32); rows > 1; rows--)
        {
            var banding = new Banding(permutations / rows, rows);
            if (banding.Recall(threshold) >= LeastRecall)
                return banding;
        }
        return new Banding(permutations, 1);
    }

    /// <summary>The probability that sets of this similarity become candidates.</summary>
    public double Recall(double similarity) => 1 - Math.Pow(1 - Math.Pow(similarity, Rows), Bands);

    /// <summary>The keys of a signature's bands.</summary>
    public void Keys(ReadOnlySpan<uint> signature, Span<uint> to)
    {
        for (int band = 0; band < Bands; band++)
        {
            ulong key = (ulong)band;
            foreach (uint least in signature.Slice(band * Rows, Rows))
                key = DeterministicRandom.Mixed(key ^ least) + 0x9e3779b97f4a7c15;
            to[band] = (uint)(DeterministicRandom.Mixed(key) >> 32);
        }
    }
}
