using System.CommandLine;
using System.Globalization;
using Simper.Analysis;
using Simper.Evaluation;
using Simper.Experiments;
using Spectre.Console;

namespace Simper.Cli.Commands;

/// <summary>simper lab tvd</summary>
internal static class LabTvdCommand
{
    public static Command Make(IAnsiConsole console)
    {
        var options = new LabOptions();
        var output = new LabOutput();
        var prompts = new Option<int>("--sequences")
        {
            Description =
                "With two models: bounds of their distance over whole answers, for so many prompts. Slow on large models.",
            DefaultValueFactory = _ => 0,
        };
        var length = new Option<int>("--sequence_tokens")
        {
            Description = "Longest answer that is gone through.",
            DefaultValueFactory = _ => 16,
        };
        var mass = new Option<double>("--least_mass")
        {
            Description = "Beginnings that both models find less likely are not followed.",
            DefaultValueFactory = _ => 0.001,
        };
        var command = new Command(
            "tvd",
            "Total variation: an example where SimPER's surrogate and the distance part ways, and SimPER's bound on a "
                + "model's answers."
        )
        {
            prompts,
            length,
            mass,
        };
        output.AddTo(command);
        options.AddTo(command);
        command.SetAction(
            (parsed, cancel) =>
                Task.Run(() =>
                {
                    using AnalysisFolder? folder = output.Take(parsed);
                    VariationSubject? subject = options.Subject(parsed);
                    if (parsed.GetValue(prompts) > 0 && subject?.ComparedPath is null)
                        throw new SimperException("--sequences needs two models: give --compare.");
                    if (parsed.GetValue(length) < 1 || parsed.GetValue(mass) is not (>= 0 and <= 1))
                        throw new SimperException("--sequence_tokens has to be at least 1, --least_mass between 0 and 1.");
                    ShowExample(console);
                    if (subject is null)
                    {
                        if (folder is not null)
                            LabOutput.Say(console, folder.Write("tvd", VariationStudy.Example()));
                        return 0;
                    }
                    VariationStudy study = VariationStudy.Run(
                        subject,
                        parsed.GetValue(prompts) is > 0 and var count
                            ? new SequenceSearch(count, parsed.GetValue(length), parsed.GetValue(mass))
                            : null,
                        cancel
                    );
                    foreach (VariationSide side in study.Sides)
                        Show(console, side);
                    console.WriteLine(
                        string.Create(
                            CultureInfo.InvariantCulture,
                            $"The bound holds for {study.Answers - study.Violations:N0} of {study.Answers:N0} measured answers."
                        )
                    );
                    if (parsed.GetValue(prompts) > 0)
                        ShowSequences(console, study, parsed.GetValue(length));
                    if (folder is not null)
                        LabOutput.Say(console, folder.Write("tvd", study.ToJson(), ("tvd", study.Figure())));
                    return 0;
                })
        );
        return command;
    }

    private static void ShowExample(IAnsiConsole console)
    {
        IEnumerable<string> shares = SurrogateExample.Chosen.Select(p => p.ToString(CultureInfo.InvariantCulture));
        console.WriteLine($"Three answers, chosen with p = ({string.Join(", ", shares)}):");
        Table table = LabOutput.Table(1, "policy", "surrogate 1 - E_p[π]", "total variation", "KL(p ‖ π)");
        foreach (SurrogateExample example in SurrogateExample.All)
            table.AddRow(
                example.Policy,
                string.Create(CultureInfo.InvariantCulture, $"{example.Surrogate:F3}"),
                string.Create(CultureInfo.InvariantCulture, $"{example.Distance:F3}"),
                double.IsInfinity(example.ForwardKl)
                    ? "∞"
                    : string.Create(CultureInfo.InvariantCulture, $"{example.ForwardKl:F3}")
            );
        console.WriteTable(table);
        console.WriteLine(SurrogateExample.Conclusion);
    }

    private static void Show(IAnsiConsole console, VariationSide side)
    {
        console.WriteLine();
        console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{side.Answers.Count:N0} {side.Name} answers: the distance from saying exactly this answer"
            )
        );
        Table table = side.Before is null
            ? LabOutput.Table(1, "", "mean", "95 % interval")
            : LabOutput.Table(1, "", "compared", "model", "change", "95 % interval", "sign test p", "detectable");
        foreach ((string name, _, Func<AnswerVariation, double> figure) in VariationSide.Figures)
        {
            (double mean, Interval interval) = VariationSide.MeanOf(side.Answers, figure);
            if (side.ChangeOf(figure) is { } change)
            {
                table.AddRow(
                    Markup.Escape(name),
                    Shown.Number(VariationSide.MeanOf(side.Before!, figure).Mean),
                    Shown.Number(mean),
                    Shown.Signed(change.Mean),
                    Between(change.Interval),
                    string.Create(CultureInfo.InvariantCulture, $"{change.PValue:G2}"),
                    Shown.Detectable(change, Shown.Signed)
                );
            }
            else
                table.AddRow(Markup.Escape(name), Shown.Number(mean), Between(interval));
        }
        console.WriteTable(table);
    }

    private static void ShowSequences(IAnsiConsole console, VariationStudy study, int length)
    {
        console.WriteLine();
        console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"Total variation between the two models over whole answers of up to {length} tokens:"
            )
        );
        Table table = LabOutput.Table(0, "row", "at least", "at most", "answers gone through", "beginnings");
        foreach ((int row, SequenceVariation found) in study.Sequences)
            table.AddRow(
                string.Create(CultureInfo.InvariantCulture, $"{row}"),
                string.Create(CultureInfo.InvariantCulture, $"{found.Low:F4}"),
                string.Create(CultureInfo.InvariantCulture, $"{found.High:F4}"),
                string.Create(CultureInfo.InvariantCulture, $"{found.Answers:N0}"),
                string.Create(CultureInfo.InvariantCulture, $"{found.Beginnings:N0}")
            );
        console.WriteTable(table);
    }

    private static string Between(Interval interval) => Shown.Interval(interval, Shown.Number);
}
