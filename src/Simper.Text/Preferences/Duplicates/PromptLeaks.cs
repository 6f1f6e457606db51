namespace Simper.Text.Preferences.Duplicates;

/// <summary>
/// Held-out groups whose prompt is trained on as well (equal in its <see cref="NormalForm"/>): what is measured on them is not
/// held out.
/// </summary>
public static class PromptLeaks
{
    /// <summary>The leaks, in the order of the held-out groups; each with the first training group of its prompt.</summary>
    /// <returns>Indices into the held-out data, and into the training data.</returns>
    public static IReadOnlyList<(int HeldOut, int Train)> Of(GroupHashes train, GroupHashes heldOut)
    {
        int[] first = Repeats.FirstOf([.. train.Prompts, .. heldOut.Prompts]);
        return
        [
            .. Enumerable
                .Range(0, heldOut.Count)
                .Where(i => first[train.Count + i] < train.Count)
                .Select(i => (i, first[train.Count + i])),
        ];
    }
}
