using System.Globalization;
using Simper.Ledgers;

namespace Simper.Reports;

/// <summary>The page of a ledger: what it answers, the pairs with their texts, and answers token by token.</summary>
public static class LedgerPage
{
    /// <summary>Writes it atomically.</summary>
    /// <param name="file">Its path.</param>
    /// <param name="report">What it shows.</param>
    /// <param name="maps">Answers token by token, if any.</param>
    /// <returns>Its path.</returns>
    /// <exception cref="SimperException">It cannot be written.</exception>
    public static string Write(string file, LedgerReport report, IReadOnlyList<TokenMap> maps) =>
        RunReport.WritePage(file, Of(report, maps));

    internal static Html Of(LedgerReport report, IReadOnlyList<TokenMap> maps)
    {
        string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(report.Run)));
        return PageStyle.Page(
            $"Ledger of {name} – Simper",
            Html.Of(
                $"""
                <h1>Ledger of {name}</h1>
                <p class="lead">{string.Join(", ", report.Pairs.Select(p => $"{Shown.Count(p.Value)} {Words(p.Key)}"))}.</p>
                {report.Check.Differences.Select(d => Html.Of($"<p class=\"warn\">{d}</p>\n"))}
                {Counts(report)}
                {report.Answers.GroupBy(a => a.Question).Select(Question)}
                {TokenMapTable.Of(maps)}
                """
            )
        );
    }

    /// <summary>The data in words.</summary>
    public static string Words(LedgerSplit split) => split == LedgerSplit.HeldOut ? "held-out pairs" : "training pairs";

    private static Html Counts(LedgerReport report) =>
        Html.Of(
            $"""
            <div class="wide"><table class="figures">
            <thead><tr><th></th>{report.Pairs.Keys.Select(s => Html.Of($"<th>{Words(s)}</th>"))}<th>meaning</th></tr></thead>
            <tbody>{report.Answers.GroupBy(a => a.Question).Select(q =>
                Html.Of(
                    $"<tr><th>{LedgerNames.Words(q.Key)}</th>{report.Pairs.Keys.Select(s => Cell(q, s, report))}<td>"
                        + $"{LedgerNames.Meaning(q.Key)}</td></tr>\n"
                )
            )}</tbody></table></div>

            """
        );

    private static Html Cell(IEnumerable<LedgerAnswer> answers, LedgerSplit split, LedgerReport report) =>
        answers.FirstOrDefault(a => a.Split == split) is { } answer
            ? Html.Of(
                $"<td>{Shown.Count(answer.Count)}<small>{Shown.Percent((double)answer.Count / report.Pairs[split])}</small></td>"
            )
            : Html.Of($"<td></td>");

    private static Html Question(IGrouping<LedgerQuestion, LedgerAnswer> question) =>
        Html.Of(
            $"""
            <h2>{char.ToUpperInvariant(LedgerNames.Words(question.Key)[0]).ToString()}{LedgerNames.Words(question.Key)[1..]}</h2>
            {question.Select(Answer)}

            """
        );

    private static Html Answer(LedgerAnswer answer) =>
        answer.Count == 0
            ? Html.Of($"<p class=\"note\">None of the {Words(answer.Split)}.</p>")
            : Html.Of(
                $"""
                <h3>{Words(answer.Split)}</h3><p class="note">{answer.Pairs.Count} of {answer.Count}.</p>
                <div class="wide"><table class="texts of-pairs">
                <thead><tr><th>row</th><th class="number">margins</th><th>prompt</th><th>chosen</th><th>rejected</th></tr></thead>
                <tbody>{answer.Pairs.Select(Pair)}</tbody></table></div>

                """
            );

    private static Html Pair(LedgerPair pair) =>
        Html.Of(
            $"<tr><th>{pair.Course.Pair.Row}</th><td class=\"number\">{Moments(pair.Moments)}<small>agreement "
                + $"{Shown.Signed(pair.Course.Agreement)}</small></td><td class=\"text\">{pair.Texts?.Prompt}</td>"
                + $"<td class=\"text\">{pair.Texts?.Chosen}</td><td class=\"text\">{pair.Texts?.Rejected}</td></tr>\n"
        );

    private static Html Moments(IReadOnlyList<PairMoment> moments) => Html.Join(Few(moments).Select(m => Html.Of($"{m}<br>")));

    /// <summary>The margins of a pair over the run, each with its step; of many the first and the last ones.</summary>
    public static IEnumerable<string> Few(IReadOnlyList<PairMoment> moments)
    {
        const int ends = 4;
        for (int i = 0; i < moments.Count; i++)
        {
            if (moments.Count > 2 * ends + 1 && i == ends)
            {
                yield return "…";
                i = moments.Count - ends;
            }
            PairMoment m = moments[i];
            string when = m.Phase switch
            {
                LedgerPhase.Before => "before",
                LedgerPhase.After => "after",
                LedgerPhase.Training => string.Create(CultureInfo.InvariantCulture, $"in step {m.Step}"),
                _ => string.Create(CultureInfo.InvariantCulture, $"after step {m.Step}"),
            };
            yield return $"{Shown.Signed(m.Margin)} {when}";
        }
    }
}
