using System.CommandLine;
using Simper.Reports;
using Simper.Runs;
using Spectre.Console;

namespace Simper.Cli.Commands;

/// <summary>simper report</summary>
internal static class ReportCommand
{
    public static Command Make(IAnsiConsole console)
    {
        var runs = new Argument<string[]>("RUN") { Description = "Folders of finished runs.", Arity = ArgumentArity.OneOrMore };
        var output = new Option<string?>("--output") { Description = "The page's file; by default RUN/report.html for one run, compare.html for several." };
        var command = new Command("report", "Write a page of a run, or one that compares several; the first is then the baseline.") { runs, output };
        command.SetAction(parsed =>
        {
            string[] folders = parsed.GetValue(runs)!;
            string page = folders.Length == 1 ? RunReport.Write(folders[0], parsed.GetValue(output)) : Comparison.Write(folders, parsed.GetValue(output) ?? "compare.html");
            foreach (string folder in folders)
            {
                if (RunState.Of(folder) is { } state && (state.Stopped, state.Unchanged) is not (null, null) && state.Note(folder) is { } note)
                    console.WriteLine(note);
            }
            console.WriteLine($"the page: {page}");
            return 0;
        });
        return command;
    }
}
