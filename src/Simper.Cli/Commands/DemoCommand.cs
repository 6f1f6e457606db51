using System.CommandLine;
using Simper.Cli.Demo;
using Simper.Runs;
using Spectre.Console;

namespace Simper.Cli.Commands;

/// <summary>simper demo</summary>
internal static class DemoCommand
{
    public static Command Make(IAnsiConsole console)
    {
        var output = new Option<string>("--output_dir")
        {
            HelpName = "DIR",
            Description = "The run's folder; an earlier demo in it is replaced, another run is not.",
            DefaultValueFactory = _ => Path.Combine("runs", "demo"),
        };
        var seed = new Option<long>("--seed") { Description = "Order of the data.", DefaultValueFactory = _ => 42 };
        var steps = new Option<int>("--max_steps")
        {
            Description = "Stop after so many steps; -1 runs to the end.",
            DefaultValueFactory = _ => -1,
        };
        var noise = new Option<double?>("--noise")
        {
            HelpName = "SHARE",
            Description =
                "The share of training pairs that are labelled wrongly, drawn from the seed, in place of the bundled ones.",
        };
        var write = new Option<string?>("--write_data")
        {
            HelpName = "DIR",
            Description =
                "Write the text, the pairs and the empty model that the bundled files were made from into a folder, and end.",
        };
        var command = new Command(
            "demo",
            "Train the bundled model with SimPER, offline, in about a minute, and show what changed."
        )
        {
            output,
            seed,
            steps,
            noise,
            write,
        };
        command.SetAction(
            (parsed, cancel) =>
                Task.Run(() =>
                {
                    if (parsed.GetValue(write) is { } folder)
                    {
                        using OutputFolder taken = OutputFolder.Take(folder, FolderKind.DemoData, DemoWriter.Bytes);
                        DemoWriter.Write(folder);
                        console.WriteLine($"sft.jsonl, train.jsonl, heldout.jsonl and base/ are in {folder}.");
                        return 0;
                    }
                    string to = parsed.GetValue(output)!;
                    return ErrorNotes.Folder(
                        to,
                        () =>
                            RunDisplay.ExitCode(
                                new DemoRun(console).Show(
                                    to,
                                    parsed.GetValue(seed),
                                    parsed.GetValue(steps),
                                    cancel,
                                    parsed.GetValue(noise)
                                )
                            )
                    );
                })
        );
        return command;
    }
}
