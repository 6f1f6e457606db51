using Spectre.Console;

namespace Simper.Cli.Tests;

/// <summary>
/// Lines on narrow and wide terminals: broken between words, whole where they are paths, never longer than the terminal
/// otherwise.
/// </summary>
public sealed class ConsoleLinesTests
{
    private const string Evaluation =
        "held out, before training: loss 0.0012, accuracy 46.0 %, margin -0.0012, perplexity 3.21 chosen, 3.19 rejected "
        + "(100 pairs)";

    private static string[] Written(string text, int width, bool isTerminal = true)
    {
        using var terminal = new FakeTerminal(width, isTerminal);
        terminal.AnsiConsole.WriteLine(text);
        return terminal.Text.TrimEnd('\n').Split('\n');
    }

    [Theory]
    [InlineData(60)]
    [InlineData(80)]
    [InlineData(120)]
    public void Words_stay_whole_and_none_is_lost(int width)
    {
        string[] lines = Written(Evaluation, width);
        Assert.All(lines, l => Assert.InRange(l.Length, 1, width));
        Assert.Equal(Evaluation, string.Join(' ', lines));
        Assert.Equal(
            width == 60 ? 3
                : width == 80 ? 2
                : 2,
            lines.Length
        );
    }

    [Fact]
    public void A_path_longer_than_a_line_is_not_broken()
    {
        string path = "/" + new string('a', 90) + "/report.html";
        Assert.Equal(["the page:", path], Written($"the page: {path}", 60).Select(l => l.Trim()));
        Assert.Equal([path], Written(path, 60));
    }

    [Fact]
    public void What_follows_a_name_or_an_indent_stands_below_its_beginning()
    {
        string[] lines = Written("libtorch:          " + string.Join(' ', Enumerable.Repeat("words", 20)), 60);
        Assert.StartsWith("libtorch:          words", lines[0], StringComparison.Ordinal);
        Assert.All(lines[1..], l => Assert.StartsWith(new string(' ', 19) + "words", l, StringComparison.Ordinal));
        lines = Written("  left out because " + string.Join(' ', Enumerable.Repeat("words", 20)), 60);
        Assert.All(lines, l => Assert.Matches("^  [^ ]", l));
    }

    [Fact]
    public void Pipes_get_the_line_as_it_is() => Assert.Equal([Evaluation], Written(Evaluation, 100_000, isTerminal: false));

    [Fact]
    public void Lines_of_a_text_stay_lines_and_empty_ones_stay() =>
        Assert.Equal(["one", "", "  two"], Written("one\n\n  two", 60));

    [Fact]
    public void Wide_characters_count_twice() =>
        Assert.Equal(2, Written(new string('字', 18) + " " + new string('字', 18), 60).Length);
}
