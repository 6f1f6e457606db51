using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Simper.Hub;
using Simper.Text.Hub;
using Spectre.Console;

namespace Simper.Cli.Commands;

/// <summary>simper pull</summary>
internal static class PullCommand
{
    public static Command Make(IAnsiConsole console)
    {
        var name = new Argument<string>("name")
        {
            HelpName = "ORG/NAME",
            Description = "The repository, also as org/name@revision or as its address.",
        };
        var dataset = new Option<bool>("--dataset") { Description = "It is a data set." };
        var include = Patterns(
            "--include",
            "Files to take, as \"*.json\"; may be given several times. Without it all that Simper can use."
        );
        var exclude = Patterns("--exclude", "Files to leave out.");
        var repository = new RepositoryOptions("A branch, a tag or a commit; main without it.");
        var command = new Command(
            "pull",
            "Download a model or a data set of the Hugging Face hub into the cache that Python's tools share. An "
                + "interrupted download "
                + "is gone on with. Gated and private ones need a token: HF_TOKEN, or hf auth login."
        )
        {
            name,
            dataset,
            repository.Revision,
            include,
            exclude,
        };
        command.SetAction(
            (parsed, cancel) =>
                Task.Run(
                    async () =>
                    {
                        HubReference reference = repository.Reference(parsed, parsed.GetValue(name)!, parsed.GetValue(dataset));
                        var request = new PullRequest(reference)
                        {
                            Include = parsed.GetValue(include) ?? [],
                            Exclude = parsed.GetValue(exclude) ?? [],
                        };
                        Say(
                            console,
                            reference,
                            await ErrorNotes.KeptAsync(
                                "what was downloaded is kept, and the same command goes on with the rest",
                                () => RunAsync(console, request, cancel)
                            )
                        );
                        return 0;
                    },
                    CancellationToken.None
                )
        );
        return command;
    }

    private static async Task<PullResult> RunAsync(IAnsiConsole console, PullRequest request, CancellationToken cancel)
    {
        using var pull = new HubPull();
        using var status = new StatusLine(console, $"asking for {request.Repository}");
        var clock = Stopwatch.StartNew();
        return await pull.RunAsync(request, p => Show(status, p, clock.Elapsed), cancel);
    }

    private static void Show(StatusLine status, PullProgress progress, TimeSpan time)
    {
        double share = progress.AllBytes > 0 ? Math.Clamp((double)progress.Bytes / progress.AllBytes, 0, 1) : 1;
        string speed = time.TotalSeconds > 1 ? RepositoryOptions.Size((long)(progress.Bytes / time.TotalSeconds)) + "/s" : "";
        status.Show(
            share,
            progress.Note ?? $"{RepositoryOptions.Size(progress.Bytes)} of {RepositoryOptions.Size(progress.AllBytes)}",
            string.Create(CultureInfo.InvariantCulture, $"{progress.Files} of {progress.AllFiles} files"),
            speed
        );
    }

    private static void Say(IAnsiConsole console, HubReference reference, PullResult result)
    {
        console.WriteLine(
            $"{reference}: {result.Files.Count} files, {RepositoryOptions.Size(result.Bytes)}"
                + (
                    result.FetchedBytes == result.Bytes ? ""
                    : result.FetchedBytes == 0 ? ", all there already"
                    : $", {RepositoryOptions.Size(result.FetchedBytes)} of them fetched now"
                )
                + $", commit {result.Commit[..Math.Min(12, result.Commit.Length)]}"
        );
        if (result.LeftOut.Count > 0)
        {
            string more = result.LeftOut.Count > 6 ? $" and {result.LeftOut.Count - 6} more" : "";
            console.WriteLine($"Left out: {string.Join(", ", result.LeftOut.Take(6))}{more}");
        }
        console.WriteLine(result.Snapshot);
        console.WriteLine(
            $"Use it as {(reference.Kind == HubKind.Model ? "--model_name_or_path" : "--dataset_name")} {reference}"
        );
    }

    private static Option<string[]> Patterns(string name, string description) =>
        new(name)
        {
            HelpName = "PATTERN",
            Description = description,
            AllowMultipleArgumentsPerToken = true,
        };
}
