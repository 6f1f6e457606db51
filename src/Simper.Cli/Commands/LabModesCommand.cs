using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Simper.Analysis;
using Simper.Experiments;
using Spectre.Console;

namespace Simper.Cli.Commands;

/// <summary>simper lab modes</summary>
internal static class LabModesCommand
{
    public static Command Make(IAnsiConsole console)
    {
        var output = new LabOutput();
        var command = new Command(
            "modes",
            "Figure 2: one Gaussian fitted to a mixture by forward KL, reverse KL, total variation and SimPER's surrogate."
        );
        output.AddTo(command);
        command.SetAction(parsed =>
        {
            using AnalysisFolder? folder = output.Take(parsed);
            IReadOnlyList<ModesAnalysis> analyses = ModesAnalysis.Run();
            foreach (ModesAnalysis analysis in analyses)
                Show(console, analysis);
            console.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"The surrogate -E_p[q] is linear in q and so has no best Gaussian: its standard deviation is "
                        + $"held at {ModesAnalysis.SurrogateFloor} or above, where it always ends."
                )
            );
            if (folder is not null)
                LabOutput.Say(
                    console,
                    folder.Write("modes", new JsonArray([.. analyses.Select(a => a.ToJson())]), ModeFigures.Of(analyses))
                );
            return 0;
        });
        return command;
    }

    private static void Show(IAnsiConsole console, ModesAnalysis analysis)
    {
        console.WriteLine($"{analysis.Name}: {analysis.Target}");
        Table table = LabOutput.Table(1, "fitted by", "mean", "deviation", "value", "total variation of the fit");
        foreach (ModeFit fit in analysis.Fits)
            table.AddRow(
                fit.Name,
                Number(fit.Mean, 3),
                Number(fit.Deviation, 3),
                Number(fit.Value, 4),
                Number(fit.TotalVariation, 4)
            );
        console.WriteTable(table);
    }

    // Without the sign of a zero left by rounding.
    private static string Number(double value, int digits) =>
        (Math.Round(value, digits) + 0.0).ToString($"F{digits}", CultureInfo.InvariantCulture);
}
