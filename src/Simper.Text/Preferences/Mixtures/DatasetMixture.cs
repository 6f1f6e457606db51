using System.Globalization;

namespace Simper.Text.Preferences.Mixtures;

/// <summary>
/// Several data sets as one: a share of each, drawn by the seed and kept in the file's order, one behind the other. Each has its
/// own layout and columns, and messages name its file and row.
/// </summary>
public static class DatasetMixture
{
    /// <summary>Reads the shares.</summary>
    /// <param name="shares">The data sets, at least one.</param>
    /// <param name="options">How they are read, where a share does not say otherwise.</param>
    /// <param name="seed">Of the draws.</param>
    /// <param name="maxSamples">How many groups of each are read at most, the first; null for all.</param>
    /// <param name="cancel">Stops between blocks of rows.</param>
    /// <exception cref="SimperException">A file or row is wrong, or there is less than a share takes.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static PreferenceDataset Open(
        IReadOnlyList<DatasetShare> shares,
        DatasetOptions options,
        long seed,
        int? maxSamples = null,
        CancellationToken cancel = default
    )
    {
        var parts = new List<PreferenceDataset>();
        var taken = new List<string>();
        for (int i = 0; i < shares.Count; i++)
        {
            DatasetShare share = shares[i];
            DatasetOptions own = share.Columns.IsEmpty ? options : options with { Columns = share.Columns };
            PreferenceDataset all = PreferenceDataset.Open(share.Path, own, cancel).First(maxSamples);
            PreferenceDataset part = Part(all, share.Amount, seed, i);
            parts.Add(part);
            taken.Add(
                string.Create(CultureInfo.InvariantCulture, $"{part.Count:N0} of {all.Count:N0} rows of {share.Path}")
                    + (shares.Count > 1 ? $" ({part.Layout})" : "")
            );
        }
        PreferenceDataset mixed = parts.Count == 1 ? parts[0] : PreferenceDataset.Concat(parts);
        return mixed.Noted($"mixture: {string.Join("; ", taken)}");
    }

    /// <summary>The groups of a mixture in another order, in which some may be missing or repeated.</summary>
    /// <param name="mixed">The mixture, or a part of it.</param>
    /// <param name="strategy">The order.</param>
    /// <param name="probabilities">How probable each data set is, in the mixture's order; empty for all alike.</param>
    /// <param name="seed">Of the draws.</param>
    /// <exception cref="SimperException">There are more or fewer probabilities than data sets, or one has no group
    /// left.</exception>
    public static PreferenceDataset Interleave(
        PreferenceDataset mixed,
        MixStrategy strategy,
        IReadOnlyList<double> probabilities,
        long seed
    )
    {
        if (strategy == MixStrategy.Concat)
            return mixed;
        int[][] groups = mixed.GroupsOfParts();
        if (probabilities.Count == 0)
            probabilities = [.. groups.Select(_ => 1.0)];
        if (probabilities.Count != groups.Length)
            throw new SimperException(
                $"interleave_probs has {probabilities.Count} numbers, but {groups.Length} data sets are mixed; give one for each."
            );
        if (Array.FindIndex(groups, g => g.Length == 0) is >= 0 and var empty)
            throw new SimperException(
                $"Of data set {empty + 1} of the mixture no row is left to train on, so it cannot be interleaved; take more of "
                    + "it, or leave it out."
            );
        (int List, int Item)[] order =
        [
            .. Interleaving.Of(
                [.. groups.Select(g => g.Length)],
                probabilities,
                strategy,
                DeterministicRandom.For((ulong)seed, "interleave")
            ),
        ];
        string how = MixStrategies.Names.First(n => n.Value == strategy).Name;
        string weights = string.Join(' ', probabilities.Select(p => p.ToString(CultureInfo.InvariantCulture)));
        int[] used = [.. groups.Select((_, list) => order.Count(next => next.List == list))];
        return mixed
            .Chosen([.. order.Select(next => groups[next.List][next.Item])], $"{how} {weights} {seed}")
            .Noted(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"mix_strategy {how}: {order.Length:N0} rows, {string.Join(" and ", used.Select(u => $"{u:N0}"))} of the "
                        + $"data sets"
                )
            );
    }

    private static PreferenceDataset Part(PreferenceDataset all, double amount, long seed, int number)
    {
        if (amount == 1)
            return all;
        int count = (int)(amount < 1 ? amount * all.Count : amount);
        string wanted = string.Create(CultureInfo.InvariantCulture, $"{amount}");
        if (count < 1 || count > all.Count)
            throw new SimperException(
                $"{all.Path}: {wanted} of its {all.Count.ToString(CultureInfo.InvariantCulture)} usable rows "
                    + $"{(count < 1 ? "is less than one row" : "is more than there are")}; up to 1 a mixture takes a share, "
                    + "above it a number of rows."
            );
        int[] drawn = DeterministicRandom.For((ulong)seed, "share", (ulong)number).Permutation(all.Count)[..count];
        return all.Chosen([.. drawn.Order()], $"share {wanted} {seed} {number}");
    }
}
