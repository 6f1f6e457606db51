using Simper.Text.Preferences;
using Simper.Text.Preferences.Duplicates;
using Simper.Text.Preferences.Mixtures;

namespace Simper.Runs;

/// <summary>The rows that a recipe names: read, without what it leaves out of them, and split.</summary>
public static class RecipeRows
{
    // The split of a data set of the hub that is held out, where its name says none.
    private static readonly string[] HeldOutSplits = ["test", "validation", "train"];

    /// <summary>The training rows and the held-out ones, if any.</summary>
    /// <exception cref="SimperException">A file or row is wrong, or nothing would be left.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static (PreferenceDataset Train, PreferenceDataset? HeldOut) Open(Recipe recipe, CancellationToken cancel = default)
    {
        PreferenceDataset all = All(recipe, cancel);
        PreferenceDataset train = all;
        PreferenceDataset? heldOut = null;
        if (recipe.EvalDataName is not null)
            heldOut = Read(recipe, recipe.EvalDatasetName ?? "", recipe.EvalDatasetMixer, HeldOutSplits, cancel);
        else if (recipe.TestSplitSize > 0)
            (train, heldOut) = all.Split(recipe.TestSplitSize, recipe.Seed);
        if (heldOut is not null)
            heldOut = RowSelection.WithLeaks(heldOut, train);
        // After the split, since an interleaved mixture may repeat rows.
        return (recipe.DatasetMixer.IsEmpty ? train : Interleaved(recipe, train), heldOut);
    }

    /// <summary>The rows to train on, with those of them that are to be held out.</summary>
    /// <exception cref="SimperException">A file or row is wrong.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static PreferenceDataset All(Recipe recipe, CancellationToken cancel = default) =>
        Read(recipe, recipe.DatasetName, recipe.DatasetMixer, [], cancel);

    private static PreferenceDataset Read(
        Recipe recipe,
        string name,
        RecipeMixture mixture,
        IReadOnlyList<string> splits,
        CancellationToken cancel
    )
    {
        DatasetOptions options = recipe.Reading with { Splits = splits };
        PreferenceDataset rows = mixture.IsEmpty
            ? PreferenceDataset.Open(name, options, cancel).First(recipe.MaxSamples)
            : DatasetMixture.Open(mixture.Shares, options, recipe.Seed, recipe.MaxSamples, cancel);
        return RowSelection.Apply(rows, recipe.Selection, cancel);
    }

    private static PreferenceDataset Interleaved(Recipe recipe, PreferenceDataset train) =>
        DatasetMixture.Interleave(train, recipe.MixStrategy, recipe.Probabilities, recipe.Seed);
}
