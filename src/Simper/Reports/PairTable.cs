namespace Simper.Reports;

/// <summary>Single held-out pairs with their texts: those that gained most, lost most, and stand worst.</summary>
internal static class PairTable
{
    /// <summary>Pairs of each kind on a page.</summary>
    private const int Most = 5;

    public static Html Of(IReadOnlyList<PairedRow> rows)
    {
        PairedRow[] pairs = [.. rows.Where(r => double.IsFinite(r.MarginChange))];
        if (pairs.Length == 0)
            return Html.Empty;
        return Html.Of($"""
            <h2>Held-out pairs</h2>
            {Table("Most improved", "whose margin grew", pairs.Where(r => r.MarginChange > 0).OrderByDescending(r => r.MarginChange))}
            {Table("Most worsened", "whose margin fell", pairs.Where(r => r.MarginChange < 0).OrderBy(r => r.MarginChange))}
            {Table("Worst after training", "whose rejected answer is still preferred; their labels are worth a look", pairs.Where(r => !r.Second.IsRight).OrderBy(r => r.Second.Margin))}

            """);
    }

    private static Html Table(string title, string meaning, IEnumerable<PairedRow> rows)
    {
        PairedRow[] all = [.. rows];
        if (all.Length == 0)
            return Html.Of($"<h3>{title}</h3><p class=\"note\">There is no pair {meaning}.</p>");
        return Html.Of($"""
            <h3>{title}</h3><p class="note">{Math.Min(Most, all.Length)} of {all.Length} {(all.Length == 1 ? "pair" : "pairs")} {meaning}.</p>
            <div class="wide"><table class="texts">
            <thead><tr><th>row</th><th class="number">margin</th><th>prompt</th><th>chosen</th><th>rejected</th></tr></thead>
            <tbody>{all.Take(Most).Select(Row)}</tbody></table></div>

            """);
    }

    private static Html Row(PairedRow row) => Html.Of($"""
        <tr><th>{row.Second.Row}</th><td class="number">{Shown.Number(row.First.Margin)} → {Shown.Number(row.Second.Margin)}</td><td class="text">{row.Texts?.Prompt}</td><td class="text">{row.Texts?.Chosen}{Change(row.First.ChosenMean, row.Second.ChosenMean, row.Second.ChosenTokens)}</td><td class="text">{row.Texts?.Rejected}{Change(row.First.RejectedMean, row.Second.RejectedMean, row.Second.RejectedTokens)}</td></tr>

        """);

    private static Html Change(double first, double second, int tokens) =>
        Html.Of($"<small>log-prob {Shown.Number(first)} → {Shown.Number(second)}, {tokens} tokens</small>");
}
