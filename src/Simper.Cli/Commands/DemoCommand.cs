using System.CommandLine;
using Spectre.Console;

namespace Simper.Cli.Commands;

/// <summary>simper demo</summary>
internal static class DemoCommand
{
    public static Command Make(IAnsiConsole console)
    {
        var command = new Command("demo", "Train the bundled model with SimPER and show what changed.");
        command.SetAction((_, _) => throw new SimperException("The demo is not there yet."));
        return command;
    }
}
