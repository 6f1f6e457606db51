using Simper.Cli.Commands;
using Spectre.Console;

namespace Simper.Cli.Tests;

/// <summary>Tables on narrow terminals: no word and no number is broken.</summary>
public sealed class ConsoleTablesTests
{
    private static readonly string[] Columns =
    [
        "objective",
        "rate",
        "accuracy,\nmean log-prob",
        "margin",
        "chosen, change",
        "smallest to be seen",
    ];
    private static readonly string[] Cells =
    [
        "dpo(beta=0.05)",
        "1e-5",
        "51.2 %\n46.1 % to 56.2 %",
        "0.0123",
        "-0.0045",
        "0.0021",
    ];

    private static string[] Written(int width)
    {
        using var terminal = new FakeTerminal(width, isTerminal: false);
        terminal.AnsiConsole.WriteTable(LabOutput.Table(1, Columns).AddRow(Cells).AddRow("simpo", "diverged"));
        return terminal.Text.Split('\n');
    }

    [Theory]
    [InlineData(30)]
    [InlineData(60)]
    [InlineData(70)]
    [InlineData(80)]
    [InlineData(120)]
    public void Every_word_and_number_is_there_and_lines_fit(int width)
    {
        string[] lines = Written(width);
        Assert.All(lines, l => Assert.InRange(l.Length, 0, width));
        string text = string.Join('\n', lines);
        foreach (string word in Columns.Concat(Cells).SelectMany(c => c.Split('\n', ' ')).Append("diverged"))
            Assert.Matches($@"(?<![\w.]){System.Text.RegularExpressions.Regex.Escape(word)}(?![\w.])", text);
    }

    [Fact]
    public void A_row_after_the_other_names_each_figure()
    {
        string[] lines = Written(40);
        Assert.Contains("objective dpo(beta=0.05)", lines);
        Assert.Contains("  accuracy, mean log-prob: 51.2 %", string.Join(' ', lines), StringComparison.Ordinal);
        Assert.Contains("  smallest to be seen: 0.0021", lines);
        Assert.Contains("  rate: diverged", lines);
    }

    [Fact]
    public void An_interval_stands_in_brackets_and_what_has_no_name_is_indented_as_the_rest()
    {
        using var terminal = new FakeTerminal(60, isTerminal: false);
        terminal.AnsiConsole.WriteTable(
            LabOutput
                .Table(1, "rate", "margin", "accuracy,\nmean log-prob", "against the start, in nats per token", "")
                .AddRow("1e-5", "7.559\n7.238 to 7.880", "100.0 %\n75.8 % to 100.0 %", "-0.5", "lowest, recommended")
        );
        Assert.Equal(
            [
                "rate 1e-5",
                "  margin: 7.559 (7.238 to 7.880)",
                "  accuracy, mean log-prob: 100.0 % (75.8 % to 100.0 %)",
                "  against the start, in nats per token: -0.5",
                "  lowest, recommended",
            ],
            terminal.Text.Split('\n').Where(l => l.Length > 0)
        );
    }

    [Fact]
    public void Texts_give_way_before_numbers_do()
    {
        using var terminal = new FakeTerminal(60, isTerminal: false);
        terminal.AnsiConsole.WriteTable(
            LabOutput
                .Table(1, "what was asked", "figure")
                .AddRow(string.Join(' ', Enumerable.Repeat("several words", 8)), "1234.5678 to 2345.6789")
        );
        Assert.Contains("1234.5678 to 2345.6789", terminal.Text, StringComparison.Ordinal);
        Assert.All(terminal.Text.Split('\n'), l => Assert.InRange(l.Length, 0, 60));
    }
}
