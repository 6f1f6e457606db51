using Spectre.Console.Testing;

namespace Simper.Cli.Tests.Commands;

/// <summary>A line as typed: its exit code, what it printed, and its errors.</summary>
internal static class Typed
{
    public static async Task<(int Code, string Output, string Errors)> Run(params string[] args)
    {
        using var console = new TestConsole();
        console.Profile.Width = 1000;
        using var errors = new StringWriter();
        int code = await CommandLine.RunAsync(args, console, errors);
        return (code, console.Output, errors.ToString());
    }
}
