using Simper.Cli.Chat;

namespace Simper.Cli.Tests.Chat;

/// <summary>Keys that are typed into a line, and what stands on the terminal then.</summary>
public sealed class LineEditorTests
{
    private const string Enter = "\r";
    private const string Up = "<U>";
    private const string Down = "<D>";
    private const string Left = "<L>";
    private const string Right = "<R>";
    private const string Home = "<H>";
    private const string End = "<E>";
    private const string Delete = "<X>";
    private const string Back = "\b";

    private static string C(char letter) => $"<^{letter}>";

    // Reads lines until one is null; a line of its own for each.
    private static (List<string?> Lines, Screen Screen) Type(string keys, int width = 60)
    {
        using var output = new StringWriter { NewLine = "\n" };
        var queue = new Queue<ConsoleKeyInfo>(Keys(keys));
        var editor = new LineEditor(queue.Dequeue, output, () => width);
        var lines = new List<string?>();
        while (queue.Count > 0)
            lines.Add(editor.Read());
        return (lines, Screen.Of(output.ToString(), width));
    }

    private static IEnumerable<ConsoleKeyInfo> Keys(string keys)
    {
        for (int i = 0; i < keys.Length; i++)
        {
            if (keys[i] == '<' && keys.IndexOf('>', i) is > 0 and var end)
            {
                string name = keys[(i + 1)..end];
                i = end;
                yield return name[0] == '^'
                    ? new ConsoleKeyInfo(
                        (char)(name[1] - 'A' + 1),
                        Enum.Parse<ConsoleKey>(name[1..]),
                        shift: false,
                        alt: false,
                        control: true
                    )
                    : new ConsoleKeyInfo(
                        '\0',
                        name switch
                        {
                            "U" => ConsoleKey.UpArrow,
                            "D" => ConsoleKey.DownArrow,
                            "L" => ConsoleKey.LeftArrow,
                            "R" => ConsoleKey.RightArrow,
                            "H" => ConsoleKey.Home,
                            "E" => ConsoleKey.End,
                            _ => ConsoleKey.Delete,
                        },
                        false,
                        false,
                        false
                    );
            }
            else
            {
                ConsoleKey key = keys[i] switch
                {
                    '\r' => ConsoleKey.Enter,
                    '\b' => ConsoleKey.Backspace,
                    _ => ConsoleKey.None,
                };
                yield return new ConsoleKeyInfo(keys[i], key, false, false, false);
            }
        }
    }

    public static TheoryData<string, string> Edits =>
        new()
        {
            { "hello", "hello" },
            { $"helo{Left}l", "hello" },
            { $"ello{Home}h{End}!", "hello!" },
            { $"hellp{Back}o", "hello" },
            { $"hxello{Home}{Right}{Delete}", "hello" },
            { $"hello world{C('W')}you", "hello you" },
            { $"hello world{C('U')}bye", "bye" },
            { $"hello world{C('A')}{C('K')}bye", "bye" },
            { $"bc{C('A')}a{C('E')}d", "abcd" },
            { $"abc{C('B')}{C('D')}d", "abd" },
            { $"{Back}{Left}{Right}{Delete}a", "a" },
            { "über 東京 😀", "über 東京 😀" },
            { $"a😀b{Left}{Left}{Delete}", "ab" },
            { $"a😀{Back}b", "ab" },
            { "a\tb", "a b" },
            { $"never{C('C')}other", "other" },
        };

    [Theory]
    [MemberData(nameof(Edits))]
    public void Keys_make_a_line(string keys, string expected) => Assert.Equal([expected], Type(keys + Enter).Lines);

    [Fact]
    public void Earlier_lines_come_back_and_a_draft_is_kept()
    {
        Assert.Equal(["one", "two", "one"], Type($"one{Enter}two{Enter}{Up}{Up}{Up}{Enter}").Lines);
        Assert.Equal(["one", "two", "draft"], Type($"one{Enter}two{Enter}draft{Up}{Up}{Down}{Down}{Down}{Enter}").Lines);
        Assert.Equal(["one", "one!", "one!"], Type($"one{Enter}{Up}!{Enter}{C('P')}{Enter}").Lines);
    }

    [Fact]
    public void Ctrl_D_on_an_empty_line_leaves() => Assert.Equal([null], Type(C('D')).Lines);

    [Fact]
    public void Ctrl_C_on_an_empty_line_leaves_when_typed_again_and_says_so_before()
    {
        (List<string?> lines, Screen screen) = Type(C('C') + C('C'));
        Assert.Equal([null], lines);
        Assert.Equal(["> ^C", "Ctrl-C again leaves.", ">"], screen.Rows.Where(r => r.Length > 0));
        Assert.Equal(["a", null], Type($"{C('C')}a{Enter}{C('C')}{C('C')}").Lines);
        Assert.Equal([null], Type($"{C('C')}a{C('C')}{C('C')}").Lines);
    }

    [Fact]
    public void Ctrl_C_takes_a_line_back_and_leaves_when_typed_again() =>
        Assert.Equal([null], Type($"some text{C('C')}{C('C')}").Lines);

    [Theory]
    [InlineData(12)]
    [InlineData(20)]
    [InlineData(60)]
    public void What_stands_there_is_the_prompt_and_the_line_over_as_many_rows_as_it_takes(int width)
    {
        for (int length = 0; length < 3 * width; length++)
        {
            string text = string.Concat(Enumerable.Range(0, length).Select(i => (char)('a' + i % 26)));
            Screen screen = Type($"{text}{Home}{Right}{End}{Left}{Right}{Enter}after{Enter}", width).Screen;
            string all = "> " + text;
            string[] rows =
            [
                .. Enumerable
                    .Range(0, all.Length / width + 1)
                    .Select(r => all[(r * width)..Math.Min(all.Length, (r + 1) * width)].TrimEnd())
                    .Where((r, i) => i == 0 || r.Length > 0),
            ];
            Assert.Equal([.. rows, "> after"], screen.Rows.Where(r => r.Length > 0));
        }
    }
}
