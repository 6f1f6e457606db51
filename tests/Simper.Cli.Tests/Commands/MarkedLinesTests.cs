using Simper.Cli.Commands;
using Spectre.Console;

namespace Simper.Cli.Tests.Commands;

public sealed class MarkedLinesTests
{
    private const string Head = "  trl               prompt   12  scored    9  ";

    private static string[] Written(int width, params (string, Color, bool)[] parts)
    {
        using var terminal = new FakeTerminal(width, isTerminal: false);
        MarkedLines.Write(terminal.AnsiConsole, Head, parts);
        return terminal.Text.TrimEnd('\n').Split('\n');
    }

    private static (string, Color, bool) Same(string text) => (text, Color.Default, false);

    private static (string, Color, bool) Added(string text) => ("{+" + text + "+}", Color.Green, true);

    [Fact]
    public void A_difference_keeps_its_spaces_and_further_lines_are_indented()
    {
        for (int width = 50; width < 120; width++)
        {
            string[] lines = Written(width, Same("He sat down there."), Added(" The"), Same(" end of all this."), Added("\\n"));
            string text = string.Join('\n', lines);
            Assert.Contains("{+ The+}", text, StringComparison.Ordinal);
            Assert.Contains("{+\\n+}", text, StringComparison.Ordinal);
            Assert.All(lines, l => Assert.InRange(l.Length, 1, width));
            Assert.All(lines[1..], l => Assert.StartsWith(new string(' ', Head.Length <= width / 2 ? Head.Length : 4), l));
            Assert.Equal(
                Head.Trim() + " He sat down there.{+ The+} end of all this.{+\\n+}",
                string.Join(' ', text.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries))
                    .Replace("trl prompt 12 scored 9", Head.Trim(), StringComparison.Ordinal)
                    .Replace(" {+", "{+", StringComparison.Ordinal)
                    .Replace("+}end", "+} end", StringComparison.Ordinal)
            );
        }
    }

    [Fact]
    public void A_long_difference_is_broken_between_its_words_and_not_at_its_ends()
    {
        string[] lines = Written(60, Same("Yes."), Added(" " + string.Join(' ', Enumerable.Repeat("several words", 12)) + " "));
        string text = string.Join('\n', lines);
        Assert.Contains("{+ several", text, StringComparison.Ordinal);
        Assert.Contains("words +}", text, StringComparison.Ordinal);
        Assert.All(lines, l => Assert.InRange(l.TrimEnd().Length, 1, 60));
    }

    [Fact]
    public void A_pipe_has_one_line() =>
        Assert.Equal([Head + "Yes.{+ The+} end"], Written(100_000, Same("Yes."), Added(" The"), Same(" end")));
}
