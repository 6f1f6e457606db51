using Simper.Text.Preferences;
using Simper.Text.Preferences.Duplicates;

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
        PreferenceDataset all = Read(recipe, recipe.DatasetName, [], cancel);
        PreferenceDataset train = all;
        PreferenceDataset? heldOut = null;
        if (recipe.EvalDatasetName is { } name)
            heldOut = Read(recipe, name, HeldOutSplits, cancel);
        else if (recipe.TestSplitSize > 0)
            (train, heldOut) = all.Split(recipe.TestSplitSize, recipe.Seed);
        if (heldOut is not null && RowSelection.LeakNote(train, heldOut) is { } leak)
            heldOut = heldOut.Noted(leak);
        return (train, heldOut);
    }

    private static PreferenceDataset Read(Recipe recipe, string name, IReadOnlyList<string> splits, CancellationToken cancel) =>
        RowSelection.Apply(
            PreferenceDataset.Open(name, recipe.Reading with { Splits = splits }, cancel),
            recipe.Selection,
            cancel
        );
}
