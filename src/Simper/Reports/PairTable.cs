namespace Simper.Reports;

/// <summary>Individual held-out pairs with their texts: those that gained most, lost most, and have the lowest margins.</summary>
internal static class PairTable
{
    /// <summary>Pairs of each kind on a page.</summary>
    private const int Most = 5;

    public static Html Of(IReadOnlyList<PairedRow> rows)
    {
        if (rows.Count == 0)
            return Html.Empty;
        bool pairs = rows.Any(r => r.Second.IsPair);
        PairedRow[] known = [.. rows.Where(r => r.Second.IsPair == pairs && double.IsFinite(r.Gain))];
        (string grew, string fell) = pairs
            ? ("whose margin grew", "whose margin fell")
            : (
                "whose log-prob moved as their label asks, good ones up and bad ones down",
                "whose log-prob moved against their label"
            );
        return Html.Of(
            $"""
            <h2>Held-out {(pairs ? "pairs" : "answers")}</h2>
            {Table($"Most improved", grew, pairs, known.Where(r => r.Gain > 0).OrderByDescending(r => r.Gain))}
            {Table($"Most worsened", fell, pairs, known.Where(r => r.Gain < 0).OrderBy(r => r.Gain))}
            {(
                pairs
                    ? Table(
                        $"Worst after training",
                        "whose rejected answer is still preferred; their labels are worth a look",
                        pairs,
                        known.Where(r => !r.Second.IsRight).OrderBy(r => r.Second.Margin)
                    )
                    : Html.Empty
            )}

            """
        );
    }

    private static Html Table(string title, string meaning, bool pairs, IEnumerable<PairedRow> rows)
    {
        PairedRow[] all = [.. rows];
        if (all.Length == 0)
            return Html.Of($"<h3>{title}</h3><p class=\"note\">There is none {meaning}.</p>");
        return Html.Of(
            $"""
            <h3>{title}</h3><p class="note">{Math.Min(Most, all.Length)} of {all.Length} {meaning}.</p>
            <div class="wide"><table class="texts {(pairs ? "of-pairs" : "of-answers")}">
            <thead><tr><th>row</th>{(
                pairs
                    ? Html.Of($"<th class=\"number\">margin</th><th>prompt</th><th>chosen</th><th>rejected</th>")
                    : Html.Of($"<th>prompt</th><th>label</th><th>answer</th>")
            )}</tr></thead>
            <tbody>{all.Take(Most).Select(r => Row(r, pairs))}</tbody></table></div>

            """
        );
    }

    private static Html Row(PairedRow row, bool pairs)
    {
        Html chosen = Answer(row.Texts?.Chosen, row.First.ChosenMean, row.Second.ChosenMean, row.Second.ChosenTokens);
        Html rejected = Answer(row.Texts?.Rejected, row.First.RejectedMean, row.Second.RejectedMean, row.Second.RejectedTokens);
        bool good = row.Second.ChosenTokens > 0;
        return pairs
            ? Html.Of(
                $"<tr><th>{row.Second.Row}</th><td class=\"number\">{Shown.Number(row.First.Margin)} → "
                    + $"{Shown.Number(row.Second.Margin)}</td><td class=\"text\">{row.Texts?.Prompt}</td>{chosen}{rejected}"
                    + $"</tr>\n"
            )
            : Html.Of(
                $"<tr><th>{row.Second.Row}</th><td class=\"text\">{row.Texts?.Prompt}</td><td>"
                    + $"{(good ? "good" : "bad")}</td>{(good ? chosen : rejected)}</tr>\n"
            );
    }

    private static Html Answer(string? text, double first, double second, int tokens) =>
        Html.Of(
            $"<td class=\"text\">{text}<small>log-prob {Shown.Number(first)} → {Shown.Number(second)}, {tokens} "
                + $"tokens</small></td>"
        );
}
