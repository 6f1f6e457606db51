using Simper.Cli.Chat;
using Simper.Text.Templates;

namespace Simper.Cli.Tests.Chat;

/// <summary>A conversation line by line: what a model is asked, what is printed, and what leaves.</summary>
public sealed class ChatSessionTests
{
    private readonly List<string> _asked = [];

    private (string Text, ChatSession Session) Run(
        string[] lines,
        string? system = null,
        bool isTerminal = false,
        Func<IReadOnlyList<ChatMessage>, ChatSession, IEnumerable<string>>? answer = null
    )
    {
        using var terminal = new FakeTerminal(isTerminal ? 80 : 100_000, isTerminal);
        ChatSession? session = null;
        session = new ChatSession(
            terminal.AnsiConsole,
            messages =>
            {
                _asked.Add(string.Join(" | ", messages.Select(m => $"{m.Role}: {m.Content}")));
                return answer?.Invoke(messages, session!) ?? ["Answer ", $"{messages.Count}."];
            },
            system,
            isTerminal
        );
        var rest = new Queue<string>(lines);
        session.Run(() => rest.TryDequeue(out string? line) ? line : null);
        return (terminal.Text, session);
    }

    [Fact]
    public void Piped_lines_are_answered_one_after_the_other_and_nothing_else_is_printed()
    {
        (string text, _) = Run(["Hi.", "", "  ", "More."], system: "Be short.");
        Assert.Equal($"Answer 2.{Environment.NewLine}Answer 4.{Environment.NewLine}", text);
        Assert.Equal(
            ["system: Be short. | user: Hi.", "system: Be short. | user: Hi. | assistant: Answer 2. | user: More."],
            _asked
        );
    }

    [Theory]
    [InlineData("/bye")]
    [InlineData("/exit")]
    [InlineData(" /BYE ")]
    public void A_word_leaves(string word)
    {
        Run(["Hi.", word, "never"]);
        Assert.Single(_asked);
    }

    [Theory]
    [InlineData("/clear")]
    [InlineData("/new")]
    public void A_new_conversation_keeps_the_system_message_alone(string word)
    {
        Run(["Hi.", word, "More."], system: "S");
        Assert.Equal("system: S | user: More.", _asked[1]);
    }

    [Fact]
    public void Someone_at_a_terminal_is_told_what_there_is()
    {
        (string text, _) = Run(["/help", "/foo"], isTerminal: true);
        Assert.StartsWith("Write a message. /help lists commands", text, StringComparison.Ordinal);
        foreach (string command in (string[])["/help", "/clear", "/new", "/bye", "/exit", "Ctrl-C", "Ctrl-D"])
            Assert.Contains(command, text, StringComparison.Ordinal);
        Assert.Contains("/foo is no command; /help lists them.", text, StringComparison.Ordinal);
        Assert.Empty(_asked);
    }

    [Theory]
    [InlineData("/etc/hosts")]
    [InlineData("/ is a slash")]
    [InlineData("what is /help?")]
    public void What_only_looks_like_a_command_is_a_message(string line)
    {
        Run([line]);
        Assert.Equal([$"user: {line}"], _asked);
    }

    [Fact]
    public void An_answer_can_be_stopped_and_the_conversation_goes_on()
    {
        static IEnumerable<string> Endless(ChatSession session)
        {
            yield return "one ";
            Assert.True(session.Stop());
            yield return "two ";
            yield return "never";
        }
        (string text, ChatSession session) = Run(
            ["Count.", "Hi."],
            answer: (messages, session) => messages.Count == 1 ? Endless(session) : ["Yes."]
        );
        Assert.Equal($"one two {Environment.NewLine}Yes.{Environment.NewLine}", text);
        Assert.Equal("user: Count. | assistant: one two  | user: Hi.", _asked[1]);
        Assert.False(session.Stop()); // nothing is being answered: an interrupt is for the program
    }

    [Fact]
    public void A_message_that_was_not_answered_is_not_sent_again()
    {
        (string text, ChatSession session) = Run(
            ["Long.", "Hi."],
            isTerminal: true,
            answer: (messages, _) =>
                messages[^1].Content == "Long."
                    ? throw new SimperException("Prompt 1 has 9 tokens; the model reads at most 8.")
                    : ["Yes."]
        );
        Assert.Contains("the model reads at most 8.", text, StringComparison.Ordinal);
        Assert.Equal("user: Hi.", _asked[1]);
        Assert.Equal(2, session.Messages.Count);
    }

    [Fact]
    public void A_mistake_ends_a_piped_conversation() =>
        Assert.Throws<SimperException>(() => Run(["Long."], answer: (_, _) => throw new SimperException("too long")));
}
