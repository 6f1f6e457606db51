using System.CommandLine;
using Simper.Experiments;
using Spectre.Console;

namespace Simper.Cli.Commands;

/// <summary>simper tune</summary>
internal static class TuneCommand
{
    public static Command Make(IAnsiConsole console)
    {
        var command = new Command(
            "tune",
            "Find a learning rate: short runs of the recipe's objective at rates a constant factor apart, each from the "
                + "same start, judged by the held-out loss."
        );
        ExperimentOptions.AddTo(
            command,
            ExperimentOptions.Of("--from", "Smallest rate. Default: 1e-7."),
            ExperimentOptions.Of("--to", "Largest rate. Default: 1e-3."),
            ExperimentOptions.Of("--points", "How many rates. Default: 9.")
        );
        command.SetAction(
            (parsed, cancel) =>
                Task.Run(() =>
                {
                    var notes = new List<string>();
                    ExperimentOptions options = ExperimentOptions.Read(parsed, "tune", notes);
                    foreach (string note in notes)
                        console.WriteLine(note);
                    // The recipe's steps are those of the whole run; here they count only if given explicitly.
                    var test = new RateRangeTest(
                        options.Recipe with
                        {
                            MaxSteps = options.HasRecipeKey("max_steps") ? options.Recipe.MaxSteps : RateRangeTest.UsualSteps,
                        },
                        RateRangeTest.Spaced(
                            options.Number("from", 1e-7, 0, 1),
                            options.Number("to", 1e-3, 0, 1),
                            options.Count("points", 9, 1)
                        ),
                        options.Settings()
                    );
                    if (!new ExperimentDisplay(console).Show(test.Events(cancel), options.Recipe.OutputDir))
                        return CommandLine.Interrupted;
                    Show(console, test);
                    console.WriteLine(
                        $"the figures: {Path.Combine(options.Recipe.OutputDir, "tune.json")}, "
                            + $"{Path.Combine(options.Recipe.OutputDir, "plots")}"
                    );
                    return 0;
                })
        );
        return command;
    }

    private static void Show(IAnsiConsole console, RateRangeTest test)
    {
        Table table = LabOutput.Table(
            1,
            "rate",
            "held-out loss",
            "change",
            "95 % interval",
            "above the best",
            "95 % interval",
            "margin",
            "chosen",
            ""
        );
        foreach (TriedRate rate in test.Found)
        {
            if (rate.Change is not { } change)
                table.AddRow(rate.Arm.Rate, "diverged");
            else
            {
                table.AddRow(
                    rate.Arm.Rate,
                    Shown.Number(rate.End),
                    Shown.Signed(change.Mean),
                    Shown.Interval(change.Interval, Shown.Signed),
                    Shown.Signed(rate.AboveBest!.Mean),
                    Shown.Interval(rate.AboveBest.Interval, Shown.Signed),
                    Shown.Signed(rate.Margin),
                    Shown.Signed(rate.Chosen!.Mean),
                    Mark(test, rate)
                );
            }
        }
        console.WriteTable(table);
        foreach (string line in test.Advice())
            console.WriteLine(line);
    }

    private static string Mark(RateRangeTest test, TriedRate rate) =>
        rate == test.Recommended ? "lowest, recommended"
        : rate.IsWorse ? "worse than the start"
        : rate.IsBetter && rate.IsAsGoodAsBest ? "as good"
        : "";
}
