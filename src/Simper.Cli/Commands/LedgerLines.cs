using System.Globalization;
using Simper.Ledgers;
using Simper.Reports;
using Spectre.Console;
using Pages = Simper.Reports.Shown;

namespace Simper.Cli.Commands;

/// <summary>The answers of a ledger on the console.</summary>
internal static class LedgerLines
{
    private const int Longest = 300; // characters of a text
    private const int MostDifferences = 5;

    public static void Write(IAnsiConsole console, LedgerReport report, string? fault)
    {
        console.WriteLine(
            $"{report.Run}: {string.Join(", ", report.Pairs.Select(p => $"{Shown.Count(p.Value)} {LedgerPage.Words(p.Key)}"))}"
        );
        WriteCheck(console, report.Check);
        Table table = LabOutput.Table(1, ["", .. report.Pairs.Keys.Select(LedgerPage.Words)]);
        foreach (IGrouping<LedgerQuestion, LedgerAnswer> question in report.Answers.GroupBy(a => a.Question))
            table.AddRow([
                LedgerNames.Words(question.Key),
                .. report.Pairs.Keys.Select(s => question.FirstOrDefault(a => a.Split == s) is { } a ? Shown.Count(a.Count) : ""),
            ]);
        console.WriteTable(table);
        foreach (IGrouping<LedgerQuestion, LedgerAnswer> question in report.Answers.GroupBy(a => a.Question))
        {
            if (!question.Any(a => a.Pairs.Count > 0))
                continue;
            console.WriteLine($"{LedgerNames.Words(question.Key)}: {LedgerNames.Meaning(question.Key)}");
            foreach (LedgerAnswer answer in question)
            {
                foreach (LedgerPair pair in answer.Pairs)
                    WritePair(console, pair);
            }
            console.WriteLine();
        }
        if (fault is not null)
            console.WriteLine(fault);
    }

    private static void WriteCheck(IAnsiConsole console, LedgerCheck check)
    {
        if (check.Evaluations > 0 && check.Differences.Count == 0)
            console.WriteLine(
                $"its averages are those of metrics.jsonl to the bit: {Shown.Count(check.Figures)} figures of "
                    + $"{Shown.Count(check.Evaluations)} evaluations"
            );
        foreach (string difference in check.Differences.Take(MostDifferences))
            console.WriteLine(difference);
        if (check.Differences.Count > MostDifferences)
            console.WriteLine($"and {Shown.Count(check.Differences.Count - MostDifferences)} more differences");
    }

    private static void WritePair(IAnsiConsole console, LedgerPair pair)
    {
        string agreement = double.IsNaN(pair.Course.Agreement) ? "" : $"; agreement {Shown.Signed(pair.Course.Agreement)}";
        console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"  {LedgerNames.Of(pair.Course.Pair.Split)} row {pair.Course.Pair.Row}: margin "
            )
                + Pages.Plain(string.Join(", ", LedgerPage.Few(pair.Moments)))
                + agreement
        );
        foreach (
            (string name, string? text) in (ReadOnlySpan<(string, string?)>)
                [("prompt", pair.Texts?.Prompt), ("chosen", pair.Texts?.Chosen), ("rejected", pair.Texts?.Rejected)]
        )
        {
            if (text is not null)
                console.WriteLine($"    {name, -9} {Short(text)}");
        }
    }

    private static string Short(string text)
    {
        string line = string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return line.Length <= Longest ? line : line[..(char.IsHighSurrogate(line[Longest - 1]) ? Longest - 1 : Longest)] + "...";
    }
}
