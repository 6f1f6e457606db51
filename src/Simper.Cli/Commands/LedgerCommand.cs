using System.CommandLine;
using System.Text.Json.Nodes;
using Simper.Ledgers;
using Spectre.Console;

namespace Simper.Cli.Commands;

/// <summary>simper ledger</summary>
internal static class LedgerCommand
{
    public static Command Make(IAnsiConsole console)
    {
        var run = new Argument<string>("RUN") { Description = "The folder of a run." };
        var command = new Command("ledger", "What a run found of its pairs, one by one.") { run };
        command.SetAction(parsed =>
        {
            Ledger ledger = Ledger.Open(parsed.GetValue(run)!);
            foreach (LedgerRow row in ledger.Rows())
                console.WriteLine(
                    ReadableJson.OneLine(
                        new JsonArray(
                            row.Step,
                            row.Epoch,
                            row.Split.ToString(),
                            row.Phase.ToString(),
                            row.Outcome.Place,
                            row.Outcome.Row,
                            row.Outcome.ChosenMean,
                            row.Outcome.RejectedMean,
                            row.Outcome.ChosenTokens,
                            row.Outcome.RejectedTokens
                        )
                    )
                );
            return 0;
        });
        return command;
    }
}
