using Simper.Evaluation;
using Simper.Reports;
using Simper.Runs;

namespace Simper.Experiments;

/// <summary>
/// The page of a comparison: the table, every objective against the first, matched margins, trajectories, answers side by side.
/// </summary>
internal static class ObjectiveComparisonPage
{
    public static Html Of(ObjectiveComparison comparison, Recipe recipe, IReadOnlyList<(string Name, Figure Figure)> figures)
    {
        ComparedObjective[] finished = [.. comparison.Found.Where(f => f.Arms.Count > 0)];
        string title = $"{string.Join(", ", comparison.Found.Select(f => f.Name))} compared";
        return PageStyle.Page(
            $"{title} – Simper",
            Html.Of(
                $"""
                <h1>{comparison.Found.Count} objectives compared</h1>
                <p class="lead">{title}: the same start, the same pairs in the same order, the same number of steps.
                {comparison.Split}</p>
                {comparison.Notes().Select(n => Html.Of($"<p class=\"warn\">{n}</p>\n"))}
                <h2>Test pairs after training</h2>
                {Table(comparison.Found)}
                {(
                    finished.Length == 0
                        ? Html.Empty
                        : Html.Join(
                            finished.Where(f => f != comparison.Found[0] && comparison.Found[0].Arms.Count > 0).Select(f =>
                                Against(f, comparison.Found[0])
                            )
                        )
                )}
                {(comparison.AtMatchedMargin is { Objectives.Count: > 0 } matched ? Matched(matched) : Html.Empty)}
                <h2>The courses</h2>
                <div class="grid">{figures.Select(f => RunPage.Figure(f.Figure, f.Name, Note(f.Name)))}</div>
                {(
                    finished.Length == 0
                        ? Html.Empty
                        : SampleTable.Of([
                            .. finished.Select(f => (f.Name, (IReadOnlyList<SampleRecord>)[.. f.Arms[0].Answers.Take(8)])),
                        ])
                )}
                <h2>Rates on the validation pairs</h2>
                {Rates(comparison.Found)}
                <h2>The recipe that all share</h2>
                <pre>{recipe.ToYaml()}</pre>
                """
            )
        );
    }

    private static Html Table(IReadOnlyList<ComparedObjective> found) =>
        Html.Of(
            $"""
            <div class="wide"><table class="figures">
            <thead><tr><th>objective</th><th>chosen rate</th>{ComparedFigure.All.SkipLast(1).Select(f =>
                Html.Of($"<th>{f.Name}</th>")
            )}<th>perplexity of chosen</th><th>greedy answers, tokens</th></tr></thead>
            <tbody>{found.Select((f, i) => Row(f, i))}</tbody></table></div>
            <p class="note">Ranges are 95 % intervals over pairs: Wilson's for shares of one seed, else bootstrapped (Student's
            of fewer than {Interval.FewestResampled} pairs). With several seeds figures are means over them. Own rewards of
            different objectives are different quantities; log-probs are not.</p>

            """
        );

    private static Html Row(ComparedObjective of, int place)
    {
        Html name = Html.Of(
            $"<th><span class=\"swatch\" "
                + $"style=\"background:var(--curve{place % Palette.Light.Curves.Count})\"></span>{of.Name}</th>"
        );
        if (of.Chosen is not { } chosen)
            return Html.Of($"<tr>{name}<td colspan=\"9\">diverged at every rate</td></tr>\n");
        return Html.Of(
            $"""
            <tr>{name}<td>{chosen.Rate}</td>{ComparedFigure.All.SkipLast(1).Select(f =>
                Cell(of.Of(f), f.IsShare ? Shown.Percent : Shown.Number)
            )}{Cell(of.Perplexity(), Shown.Number)}{(
                of.AnswerLength is { } length ? Cell(length, Shown.Amount) : Html.Of($"<td>–</td>")
            )}</tr>

            """
        );
    }

    private static Html Cell(Estimate estimate, Func<double, string> number) =>
        Html.Of($"<td>{number(estimate.Value)}<small>{Shown.Interval(estimate.Interval, number)}</small></td>");

    private static Html Against(ComparedObjective of, ComparedObjective baseline) =>
        Html.Of(
            $"""
            <h3>{of.Name} against {baseline.Name}</h3>
            {FindingsTable.Of(of.Against(baseline), baseline.Name, of.Name)}
            {FindingsTable.Legend(of.Test.Count)}
            {OverSeeds(of, baseline)}
            """
        );

    private static Html OverSeeds(ComparedObjective of, ComparedObjective baseline)
    {
        (ComparedFigure Figure, SeedInterval Seeds)[] known =
        [
            .. ComparedFigure
                .All.Select(f => (f, of.OverSeeds(baseline, f)))
                .Where(x => x.Item2 is not null)
                .Select(x => (x.f, x.Item2!)),
        ];
        return known.Length == 0
            ? Html.Empty
            : Html.Of(
                $"""
                <div class="wide"><table class="figures"><thead><tr><th>difference over {known[
                    0
                ].Seeds.Seeds} seeds</th><th>mean</th><th>95 % interval (Student)</th></tr></thead>
                <tbody>{known.Select(k =>
                    Html.Of(
                        $"<tr><th>{k.Figure.Name}</th><td>{Number(k.Figure)(k.Seeds.Mean)}</td><td>"
                            + $"{Shown.Interval(k.Seeds.Interval, Number(k.Figure))}</td></tr>\n"
                    )
                )}</tbody></table></div>

                """
            );

        static Func<double, string> Number(ComparedFigure figure) => figure.IsShare ? Shown.Points : Shown.Signed;
    }

    private static Html Matched(MatchedObjectives matched) =>
        Html.Of(
            $"""
            <h2>At the same margin</h2>
            <p class="note">The largest margin of mean log-probs that all reach on the test pairs, {Shown.Number(
                matched.Margin
            )} nats per token ({Shown.Number(
                matched.StartMargin
            )} at the start), first seed: what each paid for it in the chosen answers' log-prob.
            The bootstrap matches margins anew in every resample.</p>
            <div class="wide"><table class="figures">
            <thead><tr><th>objective</th><th>reached at step</th><th>chosen log-prob</th><th>against the start</th>
            <th>{matched.Objectives[
                0
            ].Arm.Spec.Text} less this</th><th>{matched.Objectives[0].Arm.Spec.Text} fell less</th></tr></thead>
            <tbody>{matched.Objectives.Select(MatchedRow)}</tbody></table></div>

            """
        );

    private static Html MatchedRow(MatchedObjective of) =>
        Html.Of(
            $"""
            <tr><th>{of.Arm.Spec.Text}</th><td>{Shown.Amount(of.Step)}</td><td>{Shown.Number(of.Chosen)}</td>{Difference(
                of.Change
            )}{(
                of.FirstLessThis is { } less
                    ? Html.Of($"{Difference(less)}<td>{of.FallsLess!.Value.Words()}</td>")
                    : Html.Of($"<td></td><td></td>")
            )}</tr>

            """
        );

    private static Html Difference(MatchedDifference difference) =>
        Html.Of($"<td>{Shown.Signed(difference.Mean)}<small>{Shown.Interval(difference.Interval, Shown.Signed)}</small></td>");

    private static Html Rates(IReadOnlyList<ComparedObjective> found) =>
        Html.Of(
            $"""
        <div class="wide"><table class="figures">
        <thead><tr><th>objective</th><th>rate</th><th>own loss</th><th>accuracy by mean log-prob</th><th>accuracy by own
        reward</th><th></th></tr></thead>
        <tbody>{found.SelectMany(f => f.Rates.Select(r => r.Validation is not { } end
            ? Html.Of($"<tr><th>{f.Name}</th><td>{r.Arm.Rate}</td><td colspan=\"4\">diverged</td></tr>\n")
            : Html.Of($"<tr><th>{f.Name}</th><td>{r.Arm.Rate}</td><td>{Shown.Number(end.Loss)}</td><td>"
                + $"{Shown.Percent(end.MeanAccuracy)}</td><td>{Shown.Percent(end.RewardAccuracy)}</td><td>"
                + $"{(r.Arm.LearningRate == f.Chosen?.LearningRate ? "chosen" : "")}</td></tr>\n")))}</tbody></table></div>

        """
        );

    private static string Note(string figure) =>
        figure switch
        {
            "chosen-against-margin" => "The higher a curve, the less was paid for the margin.",
            "logprobs" => "A margin can also grow because both fall.",
            "accuracy-by-rate" => "Of the pairs that chose the rates.",
            _ => "",
        };
}
