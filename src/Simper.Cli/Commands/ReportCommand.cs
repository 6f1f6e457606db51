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
        var output = new Option<string?>("--output_dir")
        {
            HelpName = "DIR",
            Description =
                "The page's folder; by default the run's own for one run, for several the folder that this is typed in.",
        };
        var file = new Option<string?>("--output") { Hidden = true }; // the report's file, as an earlier version wrote it
        var command = new Command(
            "report",
            "Write a page of a run (report.html), or one that compares several (compare.html); the first is then the baseline."
        )
        {
            runs,
            output,
            file,
        };
        command.SetAction(parsed =>
        {
            string[] folders = parsed.GetValue(runs)!;
            string name = folders.Length == 1 ? "report.html" : "compare.html";
            string? wanted = parsed.GetValue(output) is { } folder ? Path.Combine(folder, name) : parsed.GetValue(file);
            string page = folders.Length == 1 ? RunReport.Write(folders[0], wanted) : Comparison.Write(folders, wanted ?? name);
            foreach (string run in folders)
            {
                if (
                    RunState.Of(run) is { } state
                    && (state.Stopped, state.Unchanged) is not (null, null)
                    && state.Note(run) is { } note
                )
                    console.WriteLine(note);
            }
            console.WriteLine($"the page: {page}");
            return 0;
        });
        return command;
    }
}
