using System.CommandLine;
using Simper.Cli.Tests.Commands;
using Spectre.Console.Testing;

namespace Simper.Cli.Tests;

/// <summary>Every command's --help.</summary>
public sealed class HelpPageTests
{
    public static TheoryData<string> AllCommands => [.. Below(CommandLine.Root(new TestConsole()), "").Distinct()];

    private static IEnumerable<string> Below(Command command, string path) =>
        command.Subcommands.SelectMany(c => Below(c, $"{path} {c.Name}".Trim())).Prepend(path);

    [Theory]
    [MemberData(nameof(AllCommands))]
    public async Task Is_at_most_80_columns_wide_and_says_what_is_typed(string path)
    {
        foreach (string flag in (string[])["--help", "-h"])
        {
            (int code, string text, string errors) = await Typed.Run([
                .. path.Split(' ', StringSplitOptions.RemoveEmptyEntries),
                flag,
            ]);
            Assert.Equal((0, ""), (code, errors));
            Assert.All(text.Split('\n'), line => Assert.InRange(line.Length, 0, 80));
            Assert.Contains($"Usage: {$"simper {path}".Trim()} ", text, StringComparison.Ordinal);
            Assert.DoesNotContain("Simper.Cli", text, StringComparison.Ordinal);
            Assert.DoesNotContain("<", text, StringComparison.Ordinal);
            Assert.DoesNotContain("\u001b", text, StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(AllCommands))]
    public void Says_what_every_option_and_argument_means(string path)
    {
        Command command = CommandLine
            .Root(new TestConsole())
            .Parse(path.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .CommandResult.Command;
        Assert.All(command.Options.Where(o => !o.Hidden), o => Assert.True(o.Description is { Length: > 5 }, o.Name));
        Assert.All(command.Arguments, a => Assert.True(a.Description is { Length: > 5 }, a.Name));
        Assert.True(command.Description is { Length: > 10 });
    }

    [Fact]
    public async Task Train_lists_all_keys_of_recipes()
    {
        (_, string text, _) = await Typed.Run("train", "--help");
        foreach (
            string key in new Simper.Runs.Recipe()
                .ToYaml()
                .Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(l => l.Split(':')[0])
        )
            Assert.Contains($"  --{key} ", text.Replace("\n", " \n", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_earlier_name_of_an_option_is_not_shown()
    {
        (_, string text, _) = await Typed.Run("lab", "modes", "--help");
        Assert.Contains("--output_dir DIR", text, StringComparison.Ordinal);
        Assert.DoesNotContain("--output ", text, StringComparison.Ordinal);
    }
}
