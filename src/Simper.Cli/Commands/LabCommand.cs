using System.CommandLine;
using Spectre.Console;

namespace Simper.Cli.Commands;

/// <summary>simper lab: the paper's claims, measured.</summary>
internal static class LabCommand
{
    public static Command Make(IAnsiConsole console) =>
        new("lab", "Claims of the paper, measured: on toys that anyone can redo, and on your models.")
        {
            LabModesCommand.Make(console),
            LabTvdCommand.Make(console),
            LabGradientsCommand.Make(console),
            LabLensCommand.Make(console),
            LabDynamicsCommand.Make(console),
        };
}
