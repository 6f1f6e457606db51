using System.Text;
using Simper.Text.Templates;
using Spectre.Console;

namespace Simper.Cli.Chat;

/// <summary>A conversation with a model, line by line: messages, and a few commands that begin with "/".</summary>
/// <param name="console">Where answers are written.</param>
/// <param name="answer">Streams an answer to a conversation.</param>
/// <param name="system">A system message.</param>
/// <param name="isTerminal">Whether the session is interactive: commands are then explained, and a mistake does not end the
/// conversation.</param>
/// <param name="voices">What may answer, if there is a choice.</param>
internal sealed class ChatSession(
    IAnsiConsole console,
    Func<IReadOnlyList<ChatMessage>, IEnumerable<string>> answer,
    string? system,
    bool isTerminal,
    ChatVoices? voices = null
)
{
    private static readonly (string[] Names, string Meaning)[] Commands =
    [
        (["/help", "/?"], "this list"),
        (["/clear", "/new"], "begin a new conversation"),
        (["/use"], "/use NAME: answer with that adapter; without a name: which there are"),
        (["/bye", "/exit", "/quit"], "leave; so do Ctrl-D, and Ctrl-C typed twice"),
    ];

    private readonly TextWriter _output = console.Profile.Out.Writer;
    private readonly Lock _gate = new();
    private List<ChatMessage> _messages = Beginning(system);
    private bool _isAnswering;
    private bool _isStopped;

    /// <summary>The messages so far.</summary>
    public IReadOnlyList<ChatMessage> Messages => _messages;

    /// <summary>Reads and answers lines until there are none, or until a command ends it.</summary>
    /// <param name="read">The next line; null at the end.</param>
    public void Run(Func<string?> read)
    {
        if (isTerminal)
            console.WriteLine("Write a message. /help lists commands, Ctrl-C stops an answer, /bye or Ctrl-C twice leaves.");
        while (read() is { } line)
        {
            string word = line.Trim();
            if (word.Length == 0)
                continue;
            if (IsCommand(word.Split(' ')[0]) && word.StartsWith("/use ", StringComparison.OrdinalIgnoreCase))
                console.WriteLine(Use(word[5..].Trim()));
            else if (!IsCommand(word))
                Answer(line);
            else if (!Obey(word))
                return;
        }
    }

    /// <summary>Stops the current answer, if any.</summary>
    /// <returns>Whether there was one.</returns>
    public bool Stop()
    {
        lock (_gate)
            return _isStopped = _isAnswering;
    }

    private static List<ChatMessage> Beginning(string? system) => system is null ? [] : [new ChatMessage("system", system)];

    // A word of letters after a slash; "/etc/hosts" and "/ is a slash" are messages.
    private static bool IsCommand(string word) =>
        word.Length > 1 && word[0] == '/' && (word == "/?" || word.Skip(1).All(char.IsAsciiLetter));

    private bool Obey(string word)
    {
        switch (Commands.FirstOrDefault(c => c.Names.Contains(word.ToLowerInvariant())).Names?[0])
        {
            case "/bye":
                return false;
            case "/clear":
                _messages = Beginning(system);
                if (isTerminal)
                    console.WriteLine("A new conversation.");
                return true;
            case "/use":
                console.WriteLine(Use(""));
                return true;
            case "/help":
                foreach ((string[] names, string meaning) in Commands)
                    console.WriteLine($"  {string.Join(", ", names), -20}{meaning}");
                return true;
            default:
                console.WriteLine($"{word} is no command; /help lists them.");
                return true;
        }
    }

    private string Use(string name) =>
        voices is null ? "There is one model; chat --adapter NAME=PATH gives others." : voices.Use(name);

    private void Answer(string line)
    {
        _messages.Add(new ChatMessage("user", line));
        var text = new StringBuilder();
        try
        {
            lock (_gate)
                (_isAnswering, _isStopped) = (true, false);
            foreach (string piece in answer(_messages))
            {
                text.Append(piece);
                _output.Write(piece);
                _output.Flush();
                if (_isStopped)
                    break;
            }
            _output.WriteLine();
        }
        catch (SimperException e) when (isTerminal) // such as a conversation that is too long
        {
            console.WriteLine(e.Message);
        }
        finally
        {
            lock (_gate)
                _isAnswering = false;
        }
        // A message without an answer would precede another one, which templates refuse.
        if (text.Length > 0)
            _messages.Add(new ChatMessage("assistant", text.ToString()));
        else
            _messages.RemoveAt(_messages.Count - 1);
    }
}
