namespace Simper.Text.Preferences.Mixtures;

/// <summary>The order of an interleaved mixture, as of <c>datasets.interleave_datasets</c> with probabilities.</summary>
internal static class Interleaving
{
    /// <summary>Which of several lists the next item is of, and which of its items; each list is used in its order.</summary>
    /// <param name="counts">How many items each has, at least one.</param>
    /// <param name="probabilities">How probable each is; they are divided by their sum.</param>
    /// <param name="strategy">When it ends.</param>
    /// <param name="random">Draws the lists.</param>
    public static IEnumerable<(int List, int Item)> Of(
        IReadOnlyList<int> counts,
        IReadOnlyList<double> probabilities,
        MixStrategy strategy,
        DeterministicRandom random
    )
    {
        double sum = probabilities.Sum();
        var next = new int[counts.Count];
        var usedUp = new bool[counts.Count];
        int left = counts.Count;
        while (true)
        {
            int list = Drawn(probabilities, random.NextDouble() * sum);
            yield return (list, next[list]);
            if (++next[list] < counts[list])
                continue;
            next[list] = 0;
            left -= usedUp[list] ? 0 : 1;
            usedUp[list] = true;
            if (left == 0 || strategy == MixStrategy.InterleaveUnder)
                yield break;
        }
    }

    private static int Drawn(IReadOnlyList<double> probabilities, double at)
    {
        for (int i = 0; i < probabilities.Count - 1; i++)
        {
            at -= probabilities[i];
            if (at < 0)
                return i;
        }
        return probabilities.Count - 1;
    }
}
