using System.Globalization;
using Simper.Text.Doctor;
using Spectre.Console;

namespace Simper.Cli.Commands;

/// <summary>What the doctor found, as lines: each finding with its first rows, why it matters and what to do.</summary>
internal static class DoctorLines
{
    private const int LongestDetail = 160;

    public static void Write(IAnsiConsole console, DoctorReport report, int shown, IReadOnlyList<int> asked)
    {
        console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{report.Path}: {Counted(report.Rows)} of the layout {report.Layout}; {report.Kept:N0} would be "
                    + $"trained on, {report.Tokens:N0} tokens"
            )
        );
        foreach (DoctorFigure figure in report.Figures)
            console.WriteLine($"  {figure.What}: {figure.Text}");
        foreach (Finding finding in report.Findings)
            Write(console, report, finding, shown);
        if (asked.Count > 0)
            RowLines.Write(console, [.. report.Views.Where(v => v.File == 0 && asked.Contains(v.Row))]);
        console.WriteLine();
        console.WriteLine(
            string.Join(
                ", ",
                ((Grade[])[Grade.Error, Grade.Warning, Grade.Note]).Select(g =>
                    Counted(report.Count(g), g.ToString().ToLowerInvariant())
                )
            )
        );
    }

    private static void Write(IAnsiConsole console, DoctorReport report, Finding finding, int shown)
    {
        console.WriteLine();
        console.Write(
            new Spectre.Console.Text(
                finding.Grade.ToString().ToLowerInvariant(),
                new Style(ColorOf(finding.Grade), null, Decoration.Bold)
            )
        );
        string rows = finding.Count > 0 ? $" {Counted(finding.Count)}:" : "";
        console.WriteLine($" {rows} {finding.What} [{finding.Check.Id}]".Replace("  ", " ", StringComparison.Ordinal));
        foreach (FoundRow row in finding.Rows.Take(shown))
            console.WriteLine($"    {report.NameOf(row.File, row.Row)}{(row.Detail.Length > 0 ? ": " + Short(row.Detail) : "")}");
        console.WriteLine($"  {finding.Check.Why}");
        console.WriteLine($"  To do: {finding.Check.Fix}{(finding.Check.IsMended ? " (--fix does)" : "")}");
    }

    private static string Short(string text)
    {
        string line = text.ReplaceLineEndings("\\n");
        return line.Length <= LongestDetail ? line : $"{line[..LongestDetail]}...";
    }

    /// <summary>A number of things.</summary>
    public static string Counted(long count, string what = "row") =>
        string.Create(CultureInfo.InvariantCulture, $"{count:N0} {what}{(count == 1 ? "" : "s")}");

    private static Color ColorOf(Grade grade) =>
        grade switch
        {
            Grade.Error => Color.Red,
            Grade.Warning => Color.Yellow,
            _ => Color.Grey,
        };
}
