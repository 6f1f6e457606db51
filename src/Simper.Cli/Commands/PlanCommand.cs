using System.CommandLine;
using System.Globalization;
using Simper.Runs;
using Spectre.Console;

namespace Simper.Cli.Commands;

/// <summary>simper plan</summary>
internal static class PlanCommand
{
    public static Command Make(IAnsiConsole console)
    {
        var command = new Command(
            "plan",
            "What a recipe's run will take: operations, memory, time. Runs the longest pairs once to measure it; trains "
                + "and writes nothing."
        );
        RecipeWords.AddTo(command, "A recipe file, and keys: recipe.yaml --max_memory 3GB ...");
        // Not asynchronous: an interrupt then ends it at once, and nothing is lost, since nothing is written.
        command.SetAction(parsed =>
        {
            Recipe recipe = RecipeWords.Read(parsed, []);
            RecipePaths.Expect(recipe, RecipeWords.FileOf(parsed));
            RunForecast forecast = Measured(console, recipe);
            Table table = new Table()
                .Border(TableBorder.Simple)
                .AddColumn("")
                .AddColumn(new TableColumn("").RightAligned())
                .HideHeaders();
            foreach ((string name, string value) in Lines(forecast))
                table.AddRow(Markup.Escape(name), Markup.Escape(value));
            console.WriteTable(table);
            return 0;
        });
        return command;
    }

    private static RunForecast Measured(IAnsiConsole console, Recipe recipe)
    {
        using var status = new StatusLine(console, "reading model and pairs, and running the longest ones once");
        return RunForecast.Of(recipe);
    }

    private static IEnumerable<(string, string)> Lines(RunForecast forecast)
    {
        var memory = forecast.Memory;
        yield return ("pairs", string.Create(CultureInfo.InvariantCulture, $"{forecast.Pairs:N0}"));
        yield return ("steps", string.Create(CultureInfo.InvariantCulture, $"{forecast.Steps:N0}"));
        yield return (
            "tokens of a pair, prompt once",
            string.Create(CultureInfo.InvariantCulture, $"{forecast.TokensPerPair:N0}")
        );
        yield return (
            "tokens of a pair, padded and concatenated",
            string.Create(CultureInfo.InvariantCulture, $"{forecast.PaddedTokensPerPair:N0}")
        );
        yield return (
            "operations of a pair",
            string.Create(CultureInfo.InvariantCulture, $"{forecast.OperationsPerPair / 1e9:N0} GFLOP")
        );
        yield return ("weights and program", Gigabytes(memory.BaselineBytes));
        if (forecast.AdapterBytes is { } adapter)
        {
            yield return ("of these, frozen weights", Gigabytes(memory.WeightBytes - adapter));
            yield return ("of these, the adapter", Gigabytes(adapter));
        }
        yield return ("gradients and optimizer", Gigabytes(memory.StateBytes));
        yield return ("logits, at most at once", Gigabytes(memory.HeadBytes));
        yield return (
            "activations of a token",
            string.Create(CultureInfo.InvariantCulture, $"{memory.BytesPerKeptToken / 1e3:N0} kB")
        );
        yield return (
            "tokens of a pass, at most",
            string.Create(CultureInfo.InvariantCulture, $"{memory.TokensPerMicroBatch:N0}")
        );
        yield return (
            "longest pair",
            string.Create(CultureInfo.InvariantCulture, $"{memory.LongestGroup:N0} tokens")
                + (memory.LongestGroup > memory.KeptTokens ? ": more than fit; answer by answer, or recomputed" : "")
        );
        yield return ("peak memory, expected", Gigabytes(memory.PeakBytes));
        yield return ("peak memory, measured on the longest pairs", Gigabytes(forecast.MeasuredPeakBytes));
        yield return (
            "speed, measured on the longest pairs",
            string.Create(
                CultureInfo.InvariantCulture,
                $"{forecast.MeasuredOperationsPerSecond / 1e9:N0} GFLOP/s needed, "
                    + $"{forecast.MeasuredOperationsPerSecond / forecast.OperationsPerPair:F2} pairs/s"
            )
        );
        yield return (
            "a thousand pairs, at that speed",
            Clock.Text(
                TimeSpan.FromSeconds(Math.Min(1e9, 1000 * forecast.OperationsPerPair / forecast.MeasuredOperationsPerSecond))
            )
        );
        yield return ("time, at that speed", Clock.Text(forecast.Duration));
        if (forecast.ScoredForLedger > 0)
            yield return (
                "besides, pairs scored for the ledger",
                string.Create(CultureInfo.InvariantCulture, $"{forecast.ScoredForLedger:N0}, forward only")
            );
    }

    private static string Gigabytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:F2} GB");
}
