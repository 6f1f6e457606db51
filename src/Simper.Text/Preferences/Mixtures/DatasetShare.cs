namespace Simper.Text.Preferences.Mixtures;

/// <summary>How much of a data set a mixture takes.</summary>
/// <param name="Path">The data set, as <see cref="PreferenceDataset.Open(string, Compatibility, string[])"/> has it.</param>
/// <param name="Amount">Up to 1 the share of its groups, else their number; above 0.</param>
/// <param name="Columns">Its columns by the names of layouts; none for those of the whole mixture.</param>
public sealed record DatasetShare(string Path, double Amount, ColumnMap Columns)
{
    /// <summary>Whether it takes all, as they are.</summary>
    public bool IsWhole => Amount == 1 && Columns.IsEmpty;
}
