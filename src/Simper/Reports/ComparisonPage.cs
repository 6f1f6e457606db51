using Simper.Objectives;

namespace Simper.Reports;

/// <summary>
/// The page of several runs: final figures, differences from the first run, overlaid curves, answers to the same prompts.
/// </summary>
internal static class ComparisonPage
{
    // Computed from the single pairs, so that they have intervals; the perplexity is that of the mean log-prob.
    private static readonly (string Name, Func<PairRecord, double> Figure, bool AsPerplexity)[] Finals =
    [
        ("perplexity, chosen", p => p.ChosenMean, true),
        ("perplexity, rejected", p => p.RejectedMean, true),
        ("inverse perplexity, chosen", p => Math.Exp(p.ChosenMean), false),
        ("inverse perplexity, rejected", p => Math.Exp(p.RejectedMean), false),
    ];

    private static readonly string[] ObjectiveKeys =
    [
        "loss_type",
        "loss_weights",
        .. ObjectiveCatalog.Standard.Kinds.SelectMany(k => k.Hyperparameters).Select(h => h.Key).Distinct(),
    ];

    private static readonly string[] ReferenceKeys =
    [
        "model_name_or_path",
        "sync_ref_model",
        "ref_model_mixup_alpha",
        "ref_model_sync_steps",
    ];

    public static Html Of(IReadOnlyList<RunRecord> runs, IReadOnlyList<string> names) =>
        PageStyle.Page(
            $"{string.Join(", ", names)} – Simper",
            Html.Of(
                $"""
                <h1>{runs.Count} runs compared</h1>
                <p class="lead">{string.Join($", ", names)}; {names[0]} is the baseline.</p>
                {runs.SelectMany((run, i) => run.Warnings.Select(w => Html.Of($"<p class=\"warn\">{names[i]}: {w}</p>")))}
                <h2>Held-out figures after training</h2>
                {Figures(runs, names)}
                {Differences(runs, names)}
                <h2>The courses of training</h2>
                <p class="note">A colour a run; where there are two sides, rejected is dashed. Points are held-out pairs. Rewards
                and losses of different objectives, or against different references, are different quantities.</p>
                <div class="grid">{Panel.All.Where(p => runs.Any(p.IsIn)).Select(p =>
                    RunPage.Figure(p.Of(runs, names), p.File, p.Note)
                )}</div>
                {SampleTable.Of(Answers(runs, names))}
                {Recipes(runs, names)}
                """
            )
        );

    private static Html Figures(IReadOnlyList<RunRecord> runs, IReadOnlyList<string> names) =>
        Html.Of(
            $"""
            <div class="wide"><table class="figures">
            <thead><tr><th>run</th><th>objective</th><th>learning rate</th><th>rows</th><th>reward accuracy</th><th>reward
            margin</th>{Finals.Select(
                f => Html.Of($"<th>{f.Name}</th>")
            )}<th>loss</th><th>time</th></tr></thead>
            <tbody>{runs.Select((run, i) => Row(run, names[i], i))}</tbody></table></div>
            <p class="note">Ranges are 95 % intervals. Before training: {string.Join(
                $"; ",
                runs.Select(
                    (r, i) =>
                        $"{names[i]} accuracy {Shown.Percent(r.Figure($"before", "rewards/accuracies"))}, perplexity of "
                            + $"chosen {Shown.Number(r.Figure($"before", "ppl/chosen"))}"
                )
            )}.</p>

            """
        );

    private static Html Row(RunRecord run, string name, int place)
    {
        Html Ranged(string metric, Func<double, string> number) =>
            run.Interval("after", metric + "_interval") is { } interval
                ? Html.Of($"<td>{number(run.Figure($"after", metric))}<small>{Shown.Interval(interval, number)}</small></td>")
                : Html.Of($"<td>{number(run.Figure($"after", metric))}</td>");
        return Html.Of(
            $"""
            <tr><th><span class="swatch" style="background:var(--curve{place
                % Palette.Light.Curves.Count})"></span>{name}</th><td>{run.Key($"loss_type")}</td><td>{run.Key(
                $"learning_rate"
            )}</td><td>{Pairs(run)}</td>{Ranged($"rewards/accuracies", Shown.Percent)}{Ranged(
                $"rewards/margins",
                Shown.Number
            )}{Finals.Select(f => Final(run, f.Figure, f.AsPerplexity))}<td>{Shown.Number(
                run.Figure($"after", "loss")
            )}</td><td>{Shown.Duration(run.Figure($"seconds"))}</td></tr>

            """
        );
    }

    private static Html Final(RunRecord run, Func<PairRecord, double> figure, bool asPerplexity)
    {
        double[] figures = [.. run.Pairs.Where(p => p.When == "after").Select(figure).Where(double.IsFinite)];
        if (figures.Length == 0)
            return Html.Of($"<td>–</td>");
        Estimate estimate = asPerplexity ? Estimate.OfMean(figures).Perplexity : Estimate.OfMean(figures);
        return Html.Of(
            $"<td>{Shown.Number(estimate.Value)}<small>{Shown.Interval(estimate.Interval, Shown.Number)}</small></td>"
        );
    }

    private static string Pairs(RunRecord run) => run.Figure("after", "pairs") is >= 0 and var pairs ? Shown.Count(pairs) : "–";

    private static Html Differences(IReadOnlyList<RunRecord> runs, IReadOnlyList<string> names) =>
        Html.Join(
            Enumerable
                .Range(1, runs.Count - 1)
                .Select(i =>
                {
                    IReadOnlyList<PairedRow> rows = PairedRows.Of(runs[0], runs[i]);
                    if (rows.Count == 0)
                        return Html.Of(
                            $"<h3>{names[i]} against {names[0]}</h3><p class=\"note\">They have no held-out pair in "
                                + $"common, so that a difference cannot be told from one of the data; give both the same "
                                + $"eval_dataset_name, or the same test_split_size and seed.</p>"
                        );
                    int left = Math.Max(After(runs[0]), After(runs[i])) - rows.Count;
                    return Html.Of(
                        $"""
                        <h3>{names[i]} against {names[0]}</h3>
                        {FindingsTable.Of(Finding.Of(rows, rewards: SameScale(runs[0], runs[i])), names[0], names[i])}
                        {FindingsTable.Legend(rows.Count)}
                        {(
                            left > 0
                                ? Html.Of(
                                    $"<p class=\"warn\">{left} rows are not in both runs with the same texts and are "
                                        + $"left out.</p>"
                                )
                                : Html.Empty
                        )}

                        """
                    );
                })
        );

    private static int After(RunRecord run) => run.Pairs.Count(p => p.When == "after");

    // Rewards and losses of two objectives, of two settings of one, or against two references have no common scale; mean
    // log-probs do.
    private static bool SameScale(RunRecord first, RunRecord second) =>
        ObjectiveKeys.Concat(NeedsReference(first) ? ReferenceKeys : []).All(key => first.Key(key) == second.Key(key));

    // An objective that is not in the catalog may need one.
    private static bool NeedsReference(RunRecord run) =>
        run.Key("loss_type")
            .Trim('[', ']')
            .Split(',', StringSplitOptions.TrimEntries)
            .Any(name => ObjectiveCatalog.Standard.Find(name)?.Default.NeedsReference ?? true);

    private static (string, IReadOnlyList<SampleRecord>)[] Answers(IReadOnlyList<RunRecord> runs, IReadOnlyList<string> names) =>
        [
            ($"{names[0]}, before", [.. runs[0].Samples.Where(s => s.When == "before")]),
            .. runs.Select((run, i) => (names[i], (IReadOnlyList<SampleRecord>)[.. run.Samples.Where(s => s.When == "after")])),
        ];

    // What differs between the recipes.
    private static Html Recipes(IReadOnlyList<RunRecord> runs, IReadOnlyList<string> names)
    {
        string[] keys =
        [
            .. runs.SelectMany(r => r.Recipe.Split('\n'))
                .Select(l => l.Split(':')[0])
                .Where(k => k.Length > 0 && !k.StartsWith(' ') && k is not ("output_dir" or "overwrite_output_dir"))
                .Distinct()
                .Where(k => runs.Select(r => r.Key(k)).Distinct().Count() > 1),
        ];
        if (keys.Length == 0)
            return Html.Of($"<h2>Recipes</h2><p class=\"note\">All runs have the same recipe.</p>");
        return Html.Of(
            $"""
            <h2>Where the recipes differ</h2>
            <div class="wide"><table><thead><tr><th>key</th>{names.Select(n => Html.Of($"<th>{n}</th>"))}</tr></thead>
            <tbody>{keys.Select(k =>
                Html.Of($"<tr><th>{k}</th>{runs.Select(r => Html.Of($"<td>{r.Key(k)}</td>"))}</tr>\n")
            )}</tbody></table></div>
            """
        );
    }
}
