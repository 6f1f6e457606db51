using System.Text;
using Spectre.Console;

namespace Simper.Cli.Tests;

/// <summary>A console of some width: a terminal, or what a pipe is.</summary>
internal sealed class FakeTerminal : IAnsiConsoleOutput, IDisposable
{
    private readonly StringWriter _writer = new();

    public FakeTerminal(int width, bool isTerminal = true)
    {
        (Width, IsTerminal) = (width, isTerminal);
        AnsiConsole = Spectre.Console.AnsiConsole.Create(
            new AnsiConsoleSettings
            {
                Out = this,
                Ansi = isTerminal ? AnsiSupport.Yes : AnsiSupport.No,
                Interactive = isTerminal ? InteractionSupport.Yes : InteractionSupport.No,
                ColorSystem = isTerminal ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
            }
        );
        AnsiConsole.Profile.Width = width;
    }

    public IAnsiConsole AnsiConsole { get; }

    public TextWriter Writer => _writer;

    public bool IsTerminal { get; }

    public int Width { get; }

    public int Height => 40;

    /// <summary>All that was written.</summary>
    public string Text => _writer.ToString();

    /// <summary>What stands on the screen then.</summary>
    public Screen Screen => Screen.Of(Text, Width);

    public void SetEncoding(Encoding encoding) { }

    public void Dispose() => _writer.Dispose();
}
