using System.CommandLine;
using Simper.Hub;
using Simper.Runs;
using Simper.Text.Hub;
using Spectre.Console;

namespace Simper.Cli.Commands;

/// <summary>simper push</summary>
internal static class PushCommand
{
    public static Command Make(IAnsiConsole console)
    {
        var run = new Argument<string>("run")
        {
            HelpName = "RUN",
            Description = "A run's folder, whose model is uploaded; or a model's.",
        };
        var name = new Argument<string>("name")
        {
            HelpName = "ORG/NAME",
            Description = "The repository; made if there is none. A name alone is in the account of the token.",
        };
        var isPrivate = new Option<bool>("--private") { Description = "Only you see a repository that is made." };
        var message = new Option<string?>("--message") { HelpName = "TEXT", Description = "The commit's first line." };
        var repository = new RepositoryOptions("The branch to commit to; main without it.");
        var command = new Command(
            "push",
            "Upload a run's model to the Hugging Face hub, with a page that says how it was made; in one commit, "
                + "without what is there "
                + "already. It needs a token that may write: HF_TOKEN, or hf auth login."
        )
        {
            run,
            name,
            isPrivate,
            repository.Revision,
            message,
        };
        command.SetAction(
            (parsed, cancel) =>
                Task.Run(
                    async () =>
                    {
                        string path = parsed.GetValue(run)!;
                        if (!Directory.Exists(path))
                            throw new SimperException($"{path} is no folder; name the folder of a run, or of a model.");
                        if (RunState.Of(path)?.Note(path) is { } note)
                            console.WriteLine(note);
                        HubReference reference = repository.Reference(parsed, parsed.GetValue(name)!, isDataset: false);
                        var request = new PushRequest(RunFolder.ModelOf(path), reference)
                        {
                            IsPrivate = parsed.GetValue(isPrivate),
                            Card = ModelCard.Of(path, reference.Id),
                        };
                        ExpectModel(request.Folder);
                        if (parsed.GetValue(message) is { } words)
                            request = request with { Message = words };
                        Say(
                            console,
                            await ErrorNotes.KeptAsync(
                                "the same command goes on with what is missing there",
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

    private static void ExpectModel(string folder)
    {
        bool isModel = RunFolder.IsModel(folder) || Directory.EnumerateFiles(folder, "*.gguf").Any();
        if (!isModel)
            throw new SimperException(
                $"{folder} holds no model (config.json, adapter_config.json or a .gguf file); name the folder of a run, or of "
                    + "a model."
            );
    }

    private static async Task<PushResult> RunAsync(IAnsiConsole console, PushRequest request, CancellationToken cancel)
    {
        using var push = new HubPush();
        using var status = new StatusLine(console, $"asking for {request.Repository}");
        return await push.RunAsync(
            request,
            p =>
                status.Show(
                    p.AllBytes > 0 ? Math.Clamp((double)p.Bytes / p.AllBytes, 0, 1) : 0,
                    p.Step,
                    p.AllBytes > 0 ? $"{RepositoryOptions.Size(p.Bytes)} of {RepositoryOptions.Size(p.AllBytes)}" : ""
                ),
            cancel
        );
    }

    private static void Say(IAnsiConsole console, PushResult result)
    {
        foreach (string warning in result.Warnings)
            console.WriteLine($"README.md: the hub notes {warning}");
        if (result.Files.Count == 0)
        {
            console.WriteLine($"{result.Repository} has all of it already; nothing was committed.");
            console.WriteLine(result.Address);
            return;
        }
        console.WriteLine(
            $"{result.Repository}{(result.IsNew ? ", made now" : "")}: {result.Files.Count} files"
                + $"{(result.Unchanged.Count > 0 ? $", {result.Unchanged.Count} were there already" : "")}, "
                + $"{RepositoryOptions.Size(result.SentBytes)} of large ones sent"
        );
        console.WriteLine(result.Address);
    }
}
