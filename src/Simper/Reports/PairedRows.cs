namespace Simper.Reports;

/// <summary>Joins the results of two evaluations for the same pairs.</summary>
public static class PairedRows
{
    /// <summary>A run's pairs before and after.</summary>
    public static IReadOnlyList<PairedRow> Of(RunRecord run) =>
        Join(run.Pairs.Where(p => p.When == "before"), run.Pairs.Where(p => p.When == "after"));

    /// <summary>
    /// Two runs' pairs after training; where the texts of a row differ, the runs held out different data and the row is skipped.
    /// </summary>
    public static IReadOnlyList<PairedRow> Of(RunRecord first, RunRecord second) => Join(After(first), After(second));

    // Only the lines of the first evaluation have a pair's texts.
    private static IEnumerable<PairRecord> After(RunRecord run)
    {
        Dictionary<(int, int), PairTexts> texts = Numbered(run.Pairs.Where(p => p.When == "before" && p.Texts is not null))
            .ToDictionary(p => p.Key, p => p.Pair.Texts!);
        return Numbered(run.Pairs.Where(p => p.When == "after"))
            .Select(p => p.Pair with { Texts = p.Pair.Texts ?? texts.GetValueOrDefault(p.Key) });
    }

    private static List<PairedRow> Join(IEnumerable<PairRecord> first, IEnumerable<PairRecord> second)
    {
        Dictionary<(int, int), PairRecord> known = Numbered(first).ToDictionary(p => p.Key, p => p.Pair);
        return
        [
            .. from pair in Numbered(second)
            where known.ContainsKey(pair.Key)
            let other = known[pair.Key]
            where other.Texts is null || pair.Pair.Texts is null || other.Texts == pair.Pair.Texts
            select new PairedRow(other, pair.Pair, other.Texts ?? pair.Pair.Texts),
        ];
    }

    // A row of the file may have become several pairs: the first of them, the second, ...
    private static IEnumerable<((int Row, int Nth) Key, PairRecord Pair)> Numbered(IEnumerable<PairRecord> pairs)
    {
        var seen = new Dictionary<int, int>();
        foreach (PairRecord pair in pairs)
        {
            int nth = seen.GetValueOrDefault(pair.Row);
            seen[pair.Row] = nth + 1;
            yield return ((pair.Row, nth), pair);
        }
    }
}
