using System.Globalization;
using Simper.Evaluation;

namespace Simper.Reports;

/// <summary>
/// The page of one run: what changed and whether it is significant, training curves, answers, individual pairs, the recipe.
/// </summary>
internal static class RunPage
{
    public static Html Of(RunRecord run)
    {
        IReadOnlyList<PairedRow> rows = PairedRows.Of(run);
        IReadOnlyList<Finding> findings = Finding.Of(rows);
        return PageStyle.Page(
            $"{run.Name} – Simper",
            Html.Of(
                $"""
                <h1>{run.Name}</h1>
                <p class="lead">{Lead(run)}</p>
                {run.Warnings.Select(w => Html.Of($"<p class=\"warn\">{w}</p>"))}
                {Tiles(run, findings)}
                {Claims(findings, rows.Count)}
                <h2>The course of training</h2>
                <p class="note">Lines are training batches, faint where a running mean over a twentieth of the steps is drawn
                through them; points are the held-out pairs.</p>
                <div class="grid">{Panel.All.Where(p => p.IsIn(run)).Select(p => Figure(p.Of(run), p.File, p.Note))}{Scatter(
                    rows
                )}</div>
                {SampleTable.Of([
                    ("before", [.. run.Samples.Where(s => s.When == "before")]),
                    ("after", [.. run.Samples.Where(s => s.When == "after")]),
                ])}
                {PairTable.Of(rows)}
                <h2>Recipe</h2>
                <pre>{run.Recipe}</pre>
                """
            )
        );
    }

    /// <summary>A figure with its title and explanation.</summary>
    public static Html Figure(Figure figure, string id, string note) =>
        Html.Of(
            $"""
            <figure id="{id}"><figcaption>{figure.Title}<small>{note}</small></figcaption>{InlineFigure.Of(figure, id)}</figure>

            """
        );

    /// <summary>Margins of individual pairs before and after; null if there are none.</summary>
    public static Figure? Margins(IReadOnlyList<PairedRow> rows)
    {
        PairedRow[] pairs = [.. rows.Where(r => double.IsFinite(r.MarginChange)).Take(2000)];
        if (pairs.Length == 0)
            return null;
        double[] before = [.. pairs.Select(r => r.First.Margin)];
        double[] ends = [before.Min(), before.Max()];
        return new Figure
        {
            Title = "Margin, pair by pair",
            XLabel = "margin before",
            YLabel = "margin after",
            Curves =
            [
                new Curve("held-out pairs", before, [.. pairs.Select(r => r.Second.Margin)]) { Points = true, Line = false },
                new Curve("no change", ends, ends) { Dashed = true, Colour = 6 },
            ],
        };
    }

    private static Html Scatter(IReadOnlyList<PairedRow> rows) =>
        Margins(rows) is { } figure
            ? Figure(figure, "margins", "Above the dashed line the margin grew; below 0 the rejected answer is still preferred.")
            : Html.Empty;

    private static string Lead(RunRecord run)
    {
        int steps = (int)run.Metrics["loss"].Steps.LastOrDefault();
        string of =
            run.Figure("total_steps") is var total && total > steps
                ? string.Create(CultureInfo.InvariantCulture, $" of {total}")
                : "";
        return $"{run.Key("loss_type")}, {steps}{of} steps at a learning rate of {run.Key("learning_rate")}, model "
            + $"{Last(run.Key("model_name_or_path"))}, data {Last(run.Key("dataset_name"))}.";
    }

    // A folder is often called "model": its parent's name says more.
    private static string Last(string path) => string.Join('/', path.Split('/', '\\').TakeLast(2));

    private static Html Tiles(RunRecord run, IReadOnlyList<Finding> findings)
    {
        IEnumerable<Html> held = findings
            .Where(f => f.Name is "reward accuracy" or "reward margin" or "inverse perplexity, chosen")
            .Select(f =>
            {
                Func<double, string> number = f.IsShare ? Shown.Percent : Shown.Number;
                return Tile(
                    $"{number(f.First.Value)} → {number(f.Second.Value)}",
                    f.Name,
                    Shown.Interval(f.Second.Interval, number)
                );
            });
        IEnumerable<Html> perplexity = findings
            .Where(f => f.Name == "mean log-prob, chosen")
            .Select(f =>
                Tile(
                    $"{Shown.Number(f.First.Perplexity.Value)} → {Shown.Number(f.Second.Perplexity.Value)}",
                    "perplexity, chosen",
                    $"{Shown.Interval(f.Second.Perplexity.Interval, Shown.Number)}; should not rise"
                )
            );
        return Html.Of(
            $"""
            <div class="tiles">{held}{perplexity}{Tile(
                Shown.Duration(run.Figure($"seconds")),
                "the whole run",
                $"{Shown.Number(run.Figure($"pairs_per_second"))} pairs per second while training, "
                    + $"{Shown.Number(run.Figure($"peak_memory_bytes") / 1e9)} GB at most"
            )}</div>
            """
        );
    }

    private static Html Tile(string value, string name, string more) =>
        Html.Of($"<div class=\"tile\"><span>{name}</span><b>{value}</b><span>{more}</span></div>\n");

    private static Html Claims(IReadOnlyList<Finding> findings, int pairs)
    {
        if (findings.Count == 0)
            return Html.Of(
                $"<h2>What changed</h2><p class=\"note\">The run held no pairs out, diverged, or was made before pairs were "
                    + $"kept; without them nothing can be said of what it changed.</p>"
            );
        return Html.Of(
            $"""
            <h2>What changed on held-out pairs</h2>
            {findings.Where(f => f.Name == "mean log-prob, chosen" && f.Difference.IsBelow).Select(Displaced)}
            {FindingsTable.Of(findings, "before", "after")}
            {FindingsTable.Legend(pairs)}
            """
        );
    }

    private static Html Displaced(Finding chosen) =>
        Html.Of(
            $"""
            <p class="warn">The chosen answers became less likely ({Shown.Signed(
                chosen.Difference.Mean
            )} nats per token, {Shown.Interval(chosen.Difference.Interval, Shown.Signed)}):
            if the margin grew, it is because the rejected ones fell further. A lower learning rate is the first thing to try.</p>
            """
        );
}
