using System.Globalization;
using Simper.Benchmarks;
using Simper.Evaluation;
using Spectre.Console;

namespace Simper.Cli;

/// <summary>Tables of benchmarks: figures with their standard errors, and two models compared.</summary>
internal static class EvalTables
{
    public static void Show(IAnsiConsole console, BenchmarkResults results, bool named)
    {
        if (named)
            console.MarkupLineInterpolated($"[bold]{results.Model}[/]");
        Table table = New("task", "shots", "rows", "filter", "figure", "value", "standard error");
        foreach (TaskResult task in results.Tasks)
        {
            foreach (TaskFigure figure in task.Figures)
                Row(table, task.Task.Config.Alias, $"{task.Task.NumFewshot}", $"{task.SampleCount}", figure);
        }
        foreach ((TaskGroup group, IReadOnlyList<TaskFigure> figures) in results.Groups)
        {
            foreach (TaskFigure figure in figures)
                Row(table, $"group {group.Alias}", "", "", figure);
        }
        console.WriteTable(table);
        if (results.Leaderboard is { } leaderboard)
            console.WriteLine(
                "Leaderboard scores (0 is guessing): "
                    + string.Join(", ", leaderboard.Scores.Select(s => $"{s.Key} {Text(s.Value)}"))
                    + (leaderboard.Average is { } average ? $"; average {Text(average)}" : "")
            );
    }

    public static void Show(IAnsiConsole console, ModelComparison comparison)
    {
        console.MarkupLineInterpolated($"[bold]{comparison.Model}[/] compared with [bold]{comparison.Baseline}[/]");
        Table table = New("task", "figure", "before", "after", "difference", "95 % interval", "p");
        foreach (ModelComparison.Figure figure in comparison.Figures)
            table.AddRow(
                Markup.Escape(figure.Task),
                Markup.Escape(NameOf(figure.Metric, figure.Filter)),
                Text(figure.Before),
                Text(figure.After),
                figure.Difference is { } difference ? Signed(difference.Mean) : Signed(figure.After - figure.Before),
                figure.Difference is { } known ? Markup.Escape(known.Interval.ToString()) : "",
                figure.Difference is { } tested ? Shown.PValue(tested.PValue) : ""
            );
        console.WriteTable(table);
    }

    private static Table New(params string[] columns)
    {
        var table = new Table().Border(TableBorder.None);
        for (int i = 0; i < columns.Length; i++)
        {
            var column = new TableColumn(columns[i]);
            bool isText = columns[i] is "task" or "filter" or "figure";
            table.AddColumn(isText ? column : column.RightAligned());
        }
        return table;
    }

    private static void Row(Table table, string task, string shots, string rows, TaskFigure figure) =>
        table.AddRow(
            Markup.Escape(task),
            shots,
            rows,
            Markup.Escape(figure.Filter),
            Markup.Escape(figure.Metric),
            Text(figure.Value),
            figure.Error is { } error ? Text(error) : "-"
        );

    private static string NameOf(string metric, string filter) => filter == "none" ? metric : $"{metric}, {filter}";

    private static string Text(double value) => value.ToString(Math.Abs(value) < 10 ? "F4" : "F2", CultureInfo.InvariantCulture);

    private static string Signed(double value) => value.ToString("+0.0000;-0.0000;0", CultureInfo.InvariantCulture);
}
