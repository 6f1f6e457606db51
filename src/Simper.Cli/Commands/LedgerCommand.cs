using System.CommandLine;
using System.Globalization;
using Simper.Ledgers;
using Simper.Reports;
using Simper.Runs;
using Spectre.Console;

namespace Simper.Cli.Commands;

/// <summary>simper ledger</summary>
internal static class LedgerCommand
{
    private const string All = "all";
    private const string Both = "both";

    public static Command Make(IAnsiConsole console)
    {
        var run = new Argument<string>("RUN") { Description = "The folder of a run." };
        var question = new Option<string>("--question")
        {
            HelpName = "QUESTION",
            Description = $"{string.Join(", ", LedgerNames.Questions.Select(q => q.Name))}, or {All}.",
            DefaultValueFactory = _ => All,
        };
        var split = new Option<string>("--split")
        {
            HelpName = "SPLIT",
            Description = $"Which pairs: {string.Join(", ", LedgerNames.Splits.Select(s => s.Name))}, or {Both}.",
            DefaultValueFactory = _ => Both,
        };
        var top = new Option<int>("--top")
        {
            HelpName = "N",
            Description = "How many pairs of each answer are shown, those first that are it most.",
            DefaultValueFactory = _ => 3,
        };
        var json = new Option<bool>("--json") { Description = "Print JSON, instead of lines to read." };
        var html = new Option<string?>("--html")
        {
            HelpName = "FILE",
            Description = "Write a page of it, which opens by itself.",
        };
        var tokens = new Option<bool>("--tokens")
        {
            Description =
                "On the page also the answers of these pairs token by token, before and after training: both models are "
                + "loaded, one after the other.",
        };
        var rows = new Option<string?>("--rows")
        {
            HelpName = "ROWS",
            Description = "The same for pairs of these rows of the data file: 3,17.",
        };
        var command = new Command(
            "ledger",
            "Ask a run's ledger about single pairs: which were learned, which got worse, which are likely mislabelled."
        )
        {
            run,
            question,
            split,
            top,
            json,
            html,
            tokens,
            rows,
        };
        command.SetAction(
            (parsed, cancel) =>
                Task.Run(() =>
                {
                    string folder = parsed.GetValue(run)!;
                    string? page = parsed.GetValue(html);
                    IReadOnlyList<int> chosen = parsed.GetValue(rows) is { } list ? Rows(list) : [];
                    if (page is null && (parsed.GetValue(tokens) || chosen.Count > 0))
                        throw new SimperException("--tokens and --rows are for the page; say where it goes by --html FILE.");
                    if (parsed.GetValue(top) < 0)
                        throw new SimperException("--top is below 0; give a number of pairs.");
                    IReadOnlyList<LedgerSplit> splits = Named(LedgerNames.Splits, parsed.GetValue(split)!, "--split", Both);
                    IReadOnlyList<LedgerQuestion> questions = Named(
                        LedgerNames.Questions,
                        parsed.GetValue(question)!,
                        "--question",
                        All
                    );
                    Ledger ledger = Ledger.Open(folder);
                    RunPairs pairs = RunPairs.Open(folder, cancel);
                    LedgerReport report = LedgerReport.Of(ledger, questions, splits, parsed.GetValue(top), pairs.TextsOf);
                    IReadOnlyList<PairKey> wanted =
                        chosen.Count > 0 ? KeysOf(ledger, chosen, splits)
                        : parsed.GetValue(tokens) ? [.. report.Answers.SelectMany(a => a.Pairs).Select(p => p.Course.Pair)]
                        : [];
                    if (parsed.GetValue(json))
                        console.Profile.Out.Writer.Write(ReadableJson.Indented(report.ToJson())); // whole lines
                    else
                        LedgerLines.Write(console, report, pairs.Fault);
                    if (page is null)
                        return 0;
                    IReadOnlyList<TokenMap> maps = wanted.Count > 0 ? RunTokens.Of(folder, pairs, wanted, cancel) : [];
                    LedgerPage.Write(page, report, maps);
                    if (!parsed.GetValue(json))
                        console.WriteLine($"the page: {page}");
                    return 0;
                })
        );
        return command;
    }

    private static IReadOnlyList<T> Named<T>(
        IReadOnlyList<(string Name, T Value)> names,
        string name,
        string option,
        string every
    )
    {
        T[] found = [.. names.Where(n => name == every || n.Name == name).Select(n => n.Value)];
        return found.Length > 0
            ? found
            : throw new SimperException(
                $"{option} is \"{name}\"; it has to be one of {string.Join(", ", names.Select(n => n.Name))}, or {every}."
            );
    }

    private static IReadOnlyList<int> Rows(string list) =>
        [
            .. list.Split(',', StringSplitOptions.TrimEntries)
                .Select(r =>
                    int.TryParse(r, NumberStyles.None, CultureInfo.InvariantCulture, out int row) && row > 0
                        ? row
                        : throw new SimperException($"--rows has \"{r}\"; give rows of the data file, counted from 1: 3,17.")
                ),
        ];

    private static PairKey[] KeysOf(Ledger ledger, IReadOnlyList<int> rows, IReadOnlyList<LedgerSplit> splits)
    {
        PairKey[] keys =
        [
            .. ledger.Rows().Select(PairKey.Of).Where(k => rows.Contains(k.Row) && splits.Contains(k.Split)).Distinct(),
        ];
        return rows.Except(keys.Select(k => k.Row)).ToArray() is [var missing, ..]
            ? throw new SimperException(
                string.Create(CultureInfo.InvariantCulture, $"--rows has {missing}, of which the ledger knows nothing.")
            )
            : [.. keys.OrderBy(k => k.Split).ThenBy(k => k.Place)];
    }
}
