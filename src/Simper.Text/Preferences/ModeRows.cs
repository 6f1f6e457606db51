namespace Simper.Text.Preferences;

/// <summary>A row of a data file as one compatibility mode sees it.</summary>
/// <param name="Row">Its number, from 1.</param>
/// <param name="Group">Its tokens, or null.</param>
/// <param name="LeftOut">Why it is dropped, or null.</param>
public sealed record ModeRow(int Row, TokenizedGroup? Group, string? LeftOut);

/// <summary>
/// All rows of a data file as one compatibility mode sees them, including those that it drops or refuses, with the reason: used
/// to compare modes. Rows come in file order, lazily.
/// </summary>
public static class ModeRows
{
    /// <param name="file">A single data file, so that a number identifies a row.</param>
    /// <param name="tokenizer">The mode.</param>
    /// <param name="columns">The file's columns by the names of layouts; null where they have those.</param>
    /// <exception cref="SimperException">The file is wrong, or has no layout that the mode reads.</exception>
    public static IEnumerable<ModeRow> Of(string file, GroupTokenizer tokenizer, ColumnMap? columns = null)
    {
        if (Directory.Exists(file))
            throw new SimperException($"{file} is a folder; give one data file.");
        return All(
            PreferenceDataset.Open(
                file,
                new DatasetOptions { Compatibility = tokenizer.Options.Compatibility, Columns = columns ?? ColumnMap.None }
            ),
            tokenizer
        );
    }

    private static IEnumerable<ModeRow> All(PreferenceDataset dataset, GroupTokenizer tokenizer)
    {
        var dropped = new Queue<DroppedRow>(dataset.Dropped);
        foreach (PreferenceGroup group in dataset)
        {
            while (dropped.TryPeek(out DroppedRow? before) && before.Row < group.Row)
                yield return new ModeRow(before.Row, null, dropped.Dequeue().Reason);
            yield return Of(group, tokenizer);
        }
        foreach (DroppedRow rest in dropped)
            yield return new ModeRow(rest.Row, null, rest.Reason);
    }

    private static ModeRow Of(PreferenceGroup group, GroupTokenizer tokenizer)
    {
        try
        {
            TokenizationResult result = tokenizer.Tokenize(group);
            return new ModeRow(group.Row, result.Group, result.Drop?.Reason);
        }
        // training would stop here; the other modes may not
        catch (SimperException e) when (e.InnerException is SimperException refusal)
        {
            return new ModeRow(group.Row, null, $"it is refused: {refusal.Message.TrimEnd('.')}");
        }
    }
}
