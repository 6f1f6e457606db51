using System.CommandLine;
using Simper.Runs;
using Simper.Runs.Receipts;
using Spectre.Console;

namespace Simper.Cli.Commands;

/// <summary>simper verify</summary>
internal static class VerifyCommand
{
    public static Command Make(IAnsiConsole console)
    {
        var run = new Argument<string>("RUN") { Description = "The folder of a run." };
        var steps = new Option<string?>("--steps")
        {
            HelpName = "N",
            Description = "How many of the first steps are made again; default: all that the receipt has, 0 for none.",
        };
        var all = new Option<bool>("--all") { Description = "Make the whole run again, and compare the last weights." };
        Option<string?>[] moved = [.. ReceiptCheck.MovableKeys.Select(Moved)];
        var command = new Command(
            "verify",
            "Check a run against its receipt: the hashes of model, tokenizer, template, rows, recipe and trained model, and its "
                + "first steps, made again in memory and compared bit for bit. Writes nothing."
        )
        {
            run,
            steps,
            all,
        };
        foreach (Option<string?> option in moved)
            command.Options.Add(option);
        command.SetAction(
            (parsed, cancel) =>
                Task.Run(() =>
                {
                    string folder = parsed.GetValue(run)!;
                    var check = new ReceiptCheck(folder)
                    {
                        Steps = parsed.GetValue(steps) is { } count ? RecipeValue.OfOption("steps", count).Count(0) : null,
                        All = parsed.GetValue(all),
                        Moved =
                        [
                            .. moved
                                .Where(o => parsed.GetValue(o) is not null)
                                .Select(o => (o.Name.TrimStart('-'), parsed.GetValue(o)!)),
                        ],
                    };
                    if (check is { All: true, Steps: not null })
                        throw new SimperException("--all makes every step again; remove it or --steps.");
                    return Show(console, folder, Found(console, check, cancel));
                })
        );
        return command;
    }

    private static Option<string?> Moved(string key) =>
        new("--" + key)
        {
            HelpName = key.EndsWith("kwargs", StringComparison.Ordinal) ? "JSON" : "PATH",
            Description = $"Where it is not as the recipe says: {RecipeKeys.All.Single(k => k.Name == key).Meaning}.",
        };

    private static List<ReceiptFinding> Found(IAnsiConsole console, ReceiptCheck check, CancellationToken cancel)
    {
        using var status = new StatusLine(console, "reading files and rows, and making the first steps again");
        return [.. check.Findings(cancel)];
    }

    private static int Show(IAnsiConsole console, string folder, List<ReceiptFinding> findings)
    {
        Table table = new Table().Border(TableBorder.Simple).AddColumn("compared").AddColumn("").AddColumn("then and now");
        foreach (ReceiptFinding finding in findings)
            table.AddRow(Markup.Escape(finding.What), Word(finding.Verdict), Markup.Escape(Secrets.Masked(finding.Detail)));
        console.WriteTable(table);
        ReceiptFinding? first = findings.Find(f => f.Verdict == ReceiptVerdict.Differs);
        console.WriteLine(
            first is not null ? $"{folder} is not as its receipt says: {first.What}: {Secrets.Masked(first.Detail)}."
            : findings.Exists(f => f.Verdict == ReceiptVerdict.Near)
                ? $"{folder} is as its receipt says; its steps agree within rounding, since they were made on another machine or "
                    + "with another program or number of threads."
            : $"{folder} is as its receipt says, bit for bit."
        );
        return first is null ? 0 : CommandLine.Failed;
    }

    private static string Word(ReceiptVerdict verdict) =>
        verdict switch
        {
            ReceiptVerdict.Same => "same",
            ReceiptVerdict.Near => "near",
            ReceiptVerdict.Other => "other",
            ReceiptVerdict.Skipped => "not compared",
            _ => "DIFFERS",
        };
}
