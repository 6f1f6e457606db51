using System.CommandLine;
using System.Globalization;
using Simper.Evaluation;
using Simper.Experiments;
using Simper.Reports;
using Spectre.Console;

namespace Simper.Cli.Commands;

/// <summary>simper compare</summary>
internal static class CompareCommand
{
    public static Command Make(IAnsiConsole console)
    {
        var command = new Command(
            "compare",
            "Train with several objectives from the same start on the same pairs, choose each one's rate on half of the "
                + "held-out pairs, and compare them on the other half."
        );
        ExperimentOptions.AddTo(
            command,
            ExperimentOptions.Of(
                "--objectives",
                "Separated by commas, the first is the baseline: simper,dpo(beta=0.05),simpo@1e-5@3e-5, where rates "
                    + "behind @ are for that one alone. Default: simper,dpo,simpo."
            ),
            ExperimentOptions.Of(
                "--learning_rates",
                "Peak rates to try for every objective: 1e-6,3e-6,1e-5. Default: the recipe's."
            ),
            ExperimentOptions.Of(
                "--seeds",
                "Orders of the data: 1,2,3. Rates are chosen with the first. Default: the recipe's seed."
            ),
            ExperimentOptions.Of(
                "--select_by",
                "What chooses a rate on the validation pairs: loss (each objective's own), accuracy (by mean log-prob) "
                    + "or reward_accuracy. Default: loss."
            ),
            ExperimentOptions.Of("--answers", "Held-out prompts that each answers at its end, greedily. Default: 16."),
            ExperimentOptions.Of("--answer_tokens", "Longest of these answers. Default: 96.")
        );
        command.SetAction(
            (parsed, cancel) =>
                Task.Run(() =>
                {
                    var notes = new List<string>();
                    ExperimentOptions options = ExperimentOptions.Read(parsed, "compare", notes);
                    foreach (string note in notes)
                        console.WriteLine(note);
                    var comparison = new ObjectiveComparison(
                        options.Recipe,
                        ObjectiveArms.ParseList(
                            options.Text("objectives") ?? "simper,dpo,simpo",
                            options.Text("learning_rates"),
                            options.Recipe
                        ),
                        options.Seeds("seeds", options.Recipe.Seed),
                        options.Settings() with
                        {
                            Answers = options.Count("answers", 16, 0),
                            AnswerTokens = options.Count("answer_tokens", 96, 1),
                        },
                        options.Choice(
                            "select_by",
                            RateChoice.Loss,
                            ("loss", RateChoice.Loss),
                            ("accuracy", RateChoice.Accuracy),
                            ("reward_accuracy", RateChoice.RewardAccuracy)
                        )
                    );
                    if (!new ExperimentDisplay(console).Show(comparison.Events(cancel), options.Recipe.OutputDir))
                        return CommandLine.Interrupted;
                    Show(console, comparison);
                    console.WriteLine($"the page:    {comparison.PagePath}");
                    console.WriteLine(
                        $"the figures: {Path.Combine(options.Recipe.OutputDir, "compare.json")}, "
                            + $"{Path.Combine(options.Recipe.OutputDir, "plots")}"
                    );
                    return 0;
                })
        );
        return command;
    }

    private static void Show(IAnsiConsole console, ObjectiveComparison comparison)
    {
        console.WriteLine(comparison.Split);
        Table table = LabOutput.Table(
            1,
            "objective",
            "rate",
            "accuracy,\nmean log-prob",
            "accuracy,\nown reward",
            "margin",
            "chosen,\nchange",
            "rejected,\nchange",
            "perplexity\nof chosen",
            "answer\ntokens"
        );
        foreach (ComparedObjective of in comparison.Found)
        {
            if (of.Chosen is not { } chosen)
                table.AddRow(Markup.Escape(of.Name), "diverged");
            else
            {
                table.AddRow(
                    Markup.Escape(of.Name),
                    chosen.Rate,
                    Cell(of.Of(ComparedFigure.MeanAccuracy), Shown.Percent),
                    Cell(of.Of(ComparedFigure.RewardAccuracy), Shown.Percent),
                    Cell(of.Of(ComparedFigure.Margin), Shown.Number),
                    Cell(of.Of(ComparedFigure.ChosenChange), Shown.Signed),
                    Cell(of.Of(ComparedFigure.RejectedChange), Shown.Signed),
                    Cell(of.Perplexity(), Shown.Number),
                    of.AnswerLength is { } length ? Cell(length, Shown.Amount) : "–"
                );
            }
        }
        console.WriteTable(table);
        ShowDifferences(console, comparison.Found);
        if (comparison.AtMatchedMargin is { Objectives.Count: > 0 } matched)
            ExperimentTables.Show(console, matched);
        foreach (string note in comparison.Notes())
            console.WriteLine(note);
    }

    private static void ShowDifferences(IAnsiConsole console, IReadOnlyList<ComparedObjective> found)
    {
        if (found[0].Arms.Count == 0 || found.Count(f => f.Arms.Count > 0) < 2)
            return;
        Table table = LabOutput.Table(
            2,
            "objective",
            "figure",
            "difference",
            "95 % interval",
            "over seeds",
            "up / down / same",
            "sign test p",
            "smallest to be seen"
        );
        foreach (ComparedObjective of in found.Skip(1).Where(f => f.Arms.Count > 0))
        {
            foreach (
                (Finding finding, ComparedFigure figure) in of.Against(found[0])
                    .Zip(ComparedFigure.All)
                    .Where(x => x.Second != ComparedFigure.RatioAccuracy && x.Second != ComparedFigure.Chosen)
            )
            {
                Func<double, string> signed = finding.IsShare ? Shown.Points : Shown.Signed;
                PairedDifference difference = finding.Difference;
                table.AddRow(
                    Markup.Escape($"{of.Name} less {found[0].Name}"),
                    finding.Name,
                    signed(difference.Mean),
                    Shown.Interval(difference.Interval, signed),
                    of.OverSeeds(found[0], figure) is { } seeds ? Shown.Interval(seeds.Interval, signed) : "–",
                    string.Create(CultureInfo.InvariantCulture, $"{difference.Wins} / {difference.Losses} / {difference.Ties}"),
                    Shown.PValue(difference.PValue),
                    Shown.Detectable(difference, signed)
                );
            }
        }
        console.WriteTable(table);
    }

    private static string Cell(Estimate estimate, Func<double, string> number) =>
        $"{number(estimate.Value)}\n{Shown.Interval(estimate.Interval, number)}";
}
