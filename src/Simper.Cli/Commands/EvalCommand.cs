using System.CommandLine;
using System.Text.Json.Nodes;
using Simper.Benchmarks;
using Simper.Tensors;
using Spectre.Console;

namespace Simper.Cli.Commands;

/// <summary>simper eval</summary>
internal static class EvalCommand
{
    public static Command Make(IAnsiConsole console)
    {
        var models = new Argument<string[]>("models")
        {
            HelpName = "MODEL",
            Description =
                "Model folders, .gguf files or folders of runs. Of several, the others are compared with the first, row by row.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var tasks = new Option<string[]>("--tasks")
        {
            HelpName = "NAMES",
            Description =
                "Names of tasks, groups and tags (arc_easy,piqa,mmlu), patterns (mmlu_*), task files (.yaml), and files of "
                + "questions with choices (.jsonl), separated by commas. sample runs offline.",
        };
        var list = new Option<bool>("--list") { Description = "Print the names of all tasks, groups and tags, and end." };
        var options = new EvalOptions();
        var pairs = new Option<string?>("--dataset_name") { Hidden = true };
        var command = new Command(
            "eval",
            "Run benchmarks as lm-evaluation-harness does: MODEL --tasks NAMES. (To score preference pairs: simper evaluate.)"
        )
        {
            models,
            tasks,
            list,
            pairs,
        };
        options.AddTo(command);
        command.SetAction(
            (parsed, cancel) =>
                Task.Run(() =>
                {
                    if (parsed.GetValue(pairs) is { } file)
                        throw new SimperException(
                            $"simper eval runs benchmarks (--tasks); the pairs of {file} are scored by simper evaluate, with "
                                + "--model_name_or_path, --dataset_name and --output_dir."
                        );
                    if (parsed.GetValue(list))
                    {
                        foreach (string name in new TaskLibrary(options.IncludePaths(parsed)).Names)
                            console.WriteLine(name);
                        return 0;
                    }
                    string[] names =
                    [
                        .. (parsed.GetValue(tasks) ?? []).SelectMany(t =>
                            t.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                        ),
                    ];
                    BenchmarkSettings settings = options.Settings(parsed, parsed.GetValue(models) ?? [], names);
                    return ErrorNotes.Kept(
                        settings.OutputDir is { } folder
                            ? $"the answers so far are kept in {folder}, and the same command goes on with the rest"
                            : "nothing was kept; with --output_dir the same command goes on where it was",
                        () => Run(console, settings, cancel)
                    );
                })
        );
        return command;
    }

    private static int Run(IAnsiConsole console, BenchmarkSettings settings, CancellationToken cancel)
    {
        using var status = new StatusLine(console, "reading the tasks");
        IReadOnlyList<BenchmarkResults> all = new BenchmarkRun(settings).Run(
            p =>
                status.Show(
                    p.All == 0 ? 1 : (double)p.Done / p.All,
                    p.Task,
                    $"{p.Done:N0} of {p.All:N0} requests",
                    settings.Models.Count > 1 ? p.Model : ""
                ),
            results => status.Above(() => EvalTables.Show(console, results, settings.Models.Count > 1)),
            cancel
        );
        status.Above(() =>
        {
            foreach (BenchmarkResults other in all.Skip(1))
                EvalTables.Show(console, ModelComparison.Of(all[0], other));
            console.WriteLine(
                settings.OutputDir is { } folder
                    ? $"Results, samples and answers are in {folder}."
                    : "Nothing was kept; with --output_dir a stopped evaluation goes on where it was."
            );
        });
        return 0;
    }
}
