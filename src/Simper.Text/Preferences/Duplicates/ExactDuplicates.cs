namespace Simper.Text.Preferences.Duplicates;

/// <summary>
/// Groups that are equal in all that a model may read, and in which answers are the better ones (<see cref="GroupHash.Whole"/>).
/// </summary>
public static class ExactDuplicates
{
    /// <summary>All groups but the first of equal ones, in order.</summary>
    public static IReadOnlyList<DuplicateRow> Of(GroupHashes hashes)
    {
        int[] first = Repeats.FirstOf(hashes.Wholes);
        return [.. Enumerable.Range(0, first.Length).Where(i => first[i] != i).Select(i => new DuplicateRow(i, first[i]))];
    }
}
