using Simper.Runs;
using Simper.Text.Preferences;

namespace Simper.Experiments;

/// <summary>The pairs of an experiment, tokenized once: what all arms train on, and the fixed ones that are measured.</summary>
internal sealed class ExperimentPairs
{
    /// <summary>What arms train on.</summary>
    public required TokenizedDataset Train { get; init; }

    /// <summary>Held-out pairs in random order, so that any prefix of them is a fair sample.</summary>
    public required IReadOnlyList<TokenizedGroup> HeldOut { get; init; }

    /// <summary>A sample of the training pairs.</summary>
    public required IReadOnlyList<TokenizedGroup> TrainSample { get; init; }

    /// <summary>Hashes of the rows that were read.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>What was kept, dropped and cut.</summary>
    public required IReadOnlyList<string> Report { get; init; }

    /// <summary>Approximate size of one measurement of all of them in a file.</summary>
    public long BytesOfMeasurement => 250L * (HeldOut.Count + TrainSample.Count);

    /// <summary>Reads and tokenizes.</summary>
    /// <exception cref="SimperException">Nothing is held out, or rows are not pairs.</exception>
    public static ExperimentPairs Read(RunSetup setup, ExperimentSettings settings)
    {
        (PreferenceDataset trainRows, PreferenceDataset? heldOutRows) = setup.Rows;
        if (heldOutRows is null)
            throw new SimperException(
                "Nothing is held out, so that nothing can be compared; give eval_dataset_name, or a test_split_size above 0."
            );
        TokenizedDataset train = setup.TrainTokens;
        TokenizedDataset heldOut = setup.HeldOutTokens!;
        long seed = setup.Recipe.Seed;
        if (train.Count == 0)
            throw new SimperException("There is no pair to train on; see what was dropped, and why, with `simper data show`.");
        var pairs = new ExperimentPairs
        {
            Train = train,
            HeldOut = Drawn(heldOut, settings.HeldOutPairs == 0 ? heldOut.Count : settings.HeldOutPairs, seed, "held-out pairs"),
            TrainSample = Drawn(train, settings.TrainPairs, seed, "training pairs that are measured"),
            Fingerprint = $"{trainRows.Fingerprint} {heldOutRows.Fingerprint}",
            Report = [.. train.Report().Select(l => "train: " + l), .. heldOut.Report().Select(l => "held out: " + l)],
        };
        if (pairs.HeldOut.Count < 2)
            throw new SimperException(
                "Fewer than two held-out rows can be used; hold out more (test_split_size), or raise max_length."
            );
        if (TokenExtent.Of(train).SingleRow is { } single)
            throw new SimperException($"Row {single} of the training data has one answer; objectives are compared on pairs.");
        if (pairs.HeldOut.FirstOrDefault(g => g.Answers.Length != 2) is { } odd)
            throw new SimperException(
                $"Row {odd.Row} of the held-out data has {odd.Answers.Length} answers; objectives are compared on pairs."
            );
        return pairs;
    }

    private static TokenizedGroup[] Drawn(TokenizedDataset from, int count, long seed, string purpose) =>
        [.. DeterministicRandom.For((ulong)seed, purpose).Permutation(from.Count).Take(count).Select(i => from[i])];
}
