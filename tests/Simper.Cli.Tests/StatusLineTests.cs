using Spectre.Console;

namespace Simper.Cli.Tests;

/// <summary>The line that says how far something is leaves nothing behind, at any width.</summary>
public sealed class StatusLineTests
{
    private static readonly string[] Fields =
    [
        "step 12/340",
        "loss 0.1234",
        "accuracy 100 %",
        "margin 0.123",
        "left 00:12:34",
        "lr 1E-05",
        "0.52 steps/s",
        "812 tokens/s",
        "1.2 GB",
    ];

    [Theory]
    [InlineData(40)]
    [InlineData(60)]
    [InlineData(80)]
    [InlineData(90)]
    [InlineData(120)]
    public void Nothing_of_it_stays_behind_longer_or_shorter_lines(int width)
    {
        using var terminal = new FakeTerminal(width);
        string[] messages =
        [
            "short",
            new string('x', width),
            string.Join(' ', Enumerable.Repeat("a message of several words", 6)),
            "",
        ];
        using (var status = new StatusLine(terminal.AnsiConsole, "reading"))
        {
            foreach (string message in messages)
            {
                status.Show(0.4, Fields);
                status.Above(() => terminal.AnsiConsole.WriteLine(message));
                status.Show(1, Fields[..2]);
            }
        }
        using var alone = new FakeTerminal(width);
        foreach (string message in messages)
            alone.AnsiConsole.WriteLine(message);
        Assert.Equal(alone.Screen.Rows, terminal.Screen.Rows);
        Assert.Contains("step 12/340", terminal.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_table_above_it_is_whole()
    {
        using FakeTerminal terminal = new(60);
        using FakeTerminal alone = new(60);
        Table Table() => new Table().Border(TableBorder.Simple).AddColumn("before").AddColumn("after").AddRow("1", "2");
        using (var status = new StatusLine(terminal.AnsiConsole, "reading"))
            status.Above(() => terminal.AnsiConsole.WriteTable(Table()));
        alone.AnsiConsole.WriteTable(Table());
        Assert.Equal(alone.Screen.Rows, terminal.Screen.Rows);
    }

    [Fact]
    public void It_takes_one_line_and_says_the_most_important_first()
    {
        for (int width = 12; width < 200; width++)
        {
            string line = StatusLine.Line("|", 0.5, Fields, width, unicode: false);
            Assert.InRange(line.Length, 1, width - 1);
        }
        Assert.Equal(
            "| step 12/340  loss 0.1234  accuracy 100 %  margin 0.123",
            StatusLine.Line("|", 0.5, Fields, 60, unicode: false)
        );
        Assert.StartsWith(
            "| #####----- step 12/340",
            StatusLine.Line("|", 0.5, Fields, 80, unicode: false),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Where_the_output_is_no_terminal_there_is_none()
    {
        using var pipe = new FakeTerminal(100_000, isTerminal: false);
        using (var status = new StatusLine(pipe.AnsiConsole, "reading"))
        {
            status.Show(0.5, Fields);
            status.Above(() => pipe.AnsiConsole.WriteLine("a line"));
        }
        Assert.Equal("a line\n", pipe.Text);
    }
}
