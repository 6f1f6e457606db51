using Spectre.Console;
using Spectre.Console.Rendering;

namespace Simper.Cli;

/// <summary>
/// Tables that keep words and numbers whole: as they are if they fit, with narrower text columns if that suffices, and else row
/// by row, one line per figure.
/// </summary>
internal static class ConsoleTables
{
    private const int AnyWidth = 100_000;

    /// <summary>Writes a table, at most as wide as the console.</summary>
    public static void WriteTable(this IAnsiConsole console, Table table)
    {
        RenderOptions options = RenderOptions.Create(console, console.Profile.Capabilities);
        int[] most = Widths(table, options, m => m.Max, m => m.Max);
        int[] least = Widths(table, options, m => m.Min, m => m.Max);
        int frame = ((IRenderable)table).Measure(options, AnyWidth).Max - most.Sum();
        int room = console.Profile.Width - frame;
        if (most.Sum() > room && least.Sum() > room)
        {
            WriteRows(console, table, options);
            return;
        }
        if (most.Sum() > room)
        {
            int[] widths = Shared(least, most, room);
            for (int i = 0; i < widths.Length; i++)
                table.Columns[i].Width = widths[i];
        }
        console.Write(table);
    }

    // Numbers are right-aligned, and not broken.
    private static int[] Widths(Table table, RenderOptions options, Func<Measurement, int> text, Func<Measurement, int> number) =>
        [
            .. table.Columns.Select(
                (column, i) =>
                {
                    int header = table.ShowHeaders ? text(column.Header.Measure(options, AnyWidth)) : 0;
                    Func<Measurement, int> width = column.Alignment == Justify.Right ? number : text;
                    return table
                        .Rows.Select(row => row.Count > i ? width(row[i].Measure(options, AnyWidth)) : 0)
                        .Append(header)
                        .Max();
                }
            ),
        ];

    // Spare width goes to the narrowest columns, as far as they need it.
    private static int[] Shared(int[] least, int[] most, int room)
    {
        int[] widths = [.. least];
        for (int left = room - least.Sum(); left > 0; left--)
        {
            int narrowest = Enumerable.Range(0, widths.Length).Where(i => widths[i] < most[i]).MinBy(i => widths[i]);
            widths[narrowest]++;
        }
        return widths;
    }

    private static void WriteRows(IAnsiConsole console, Table table, RenderOptions options)
    {
        string[] names = [.. table.Columns.Select(c => Text(c.Header, options))];
        foreach (TableRow row in table.Rows)
        {
            console.WriteLine();
            for (int i = 0; i < row.Count; i++)
            {
                string value = table.Columns[i].Alignment == Justify.Right ? Number(row[i], options) : Text(row[i], options);
                if (value.Length > 0)
                    console.WriteLine(
                        (i == 0 ? "" : "  ") + (names[i].Length == 0 ? value : $"{names[i]}{(i == 0 ? "" : ":")} {value}")
                    );
            }
        }
        console.WriteLine();
    }

    // What is below a number, its interval, goes into brackets.
    private static string Number(IRenderable cell, RenderOptions options) =>
        Lines(cell, options) is [var value, .. { Length: > 0 } rest]
            ? $"{value} ({string.Join(' ', rest)})"
            : Text(cell, options);

    private static string Text(IRenderable cell, RenderOptions options) => string.Join(' ', Lines(cell, options));

    private static string[] Lines(IRenderable cell, RenderOptions options) =>
        [
            .. string.Concat(
                    cell.Render(options, AnyWidth).Where(s => !s.IsControlCode).Select(s => s.IsLineBreak ? "\n" : s.Text)
                )
                .Split('\n')
                .Select(line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries)))
                .Where(line => line.Length > 0),
        ];
}
