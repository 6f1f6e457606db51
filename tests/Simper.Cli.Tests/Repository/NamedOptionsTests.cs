using System.CommandLine;
using System.Text.RegularExpressions;
using Simper.Testing;
using Spectre.Console.Testing;

namespace Simper.Cli.Tests.Repository;

/// <summary>Every option and every command that a message, a help page, README or a document names is there.</summary>
public sealed partial class NamedOptionsTests
{
    // Placeholders, and options of other programs.
    private static readonly string[] NoOptions = ["--key", "--KEY", "--help", "--version", "--option", "--local", "--repo"];

    private static readonly Command Root = CommandLine.Root(new TestConsole());

    private static readonly HashSet<string> Options =
    [
        .. All(Root).SelectMany(c => c.Options).Where(o => !o.Hidden).Select(o => o.Name),
        .. NoOptions,
    ];

    private static readonly HashSet<string> CommandNames = [.. All(Root).SelectMany(c => Paths(c))];

    private static IEnumerable<Command> All(Command command) => command.Subcommands.SelectMany(All).Prepend(command);

    private static IEnumerable<string> Paths(Command command) =>
        command.Subcommands.SelectMany(c => Paths(c).Select(p => $"{c.Name} {p}".Trim()).Append(c.Name));

    private static IEnumerable<string> Sources() =>
        Directory
            .GetFiles(Path.Combine(SharedFiles.Repository, "src"), "*.cs", SearchOption.AllDirectories)
            .Where(f =>
                !f.Split(Path.DirectorySeparatorChar).Contains("obj") && !f.Split(Path.DirectorySeparatorChar).Contains("bin")
            );

    private static bool IsOption(string name) => Options.Contains(name) || Simper.Runs.KeyNames.IsKnown(name.TrimStart('-'));

    [Fact]
    public void Every_option_in_a_text_of_the_sources_exists()
    {
        var named = Sources()
            .SelectMany(file =>
                File.ReadLines(file).Select((line, i) => (Place: $"{Path.GetFileName(file)}, line {i + 1}", Line: line))
            )
            .SelectMany(l =>
                Literal().Matches(l.Line).SelectMany(t => Option().Matches(t.Value)).Select(m => (l.Place, Name: m.Value))
            )
            .ToList();
        Assert.True(named.Count > 50);
        Assert.DoesNotContain(named, n => n.Name != "--output" && !IsOption(n.Name));
    }

    [Fact]
    public void Every_command_in_a_text_of_the_sources_exists()
    {
        var named = Sources()
            .SelectMany(file =>
                File.ReadLines(file).Select((line, i) => (Place: $"{Path.GetFileName(file)}, line {i + 1}", Line: line))
            )
            .SelectMany(l =>
                Literal()
                    .Matches(l.Line)
                    .SelectMany(t => Invocation().Matches(t.Value))
                    .Select(m => (l.Place, Name: m.Groups[1].Value))
            )
            .ToList();
        Assert.NotEmpty(named);
        Assert.DoesNotContain(named, n => !CommandNames.Contains(n.Name));
    }

    [Fact]
    public void Every_line_of_the_documents_that_calls_the_program_is_understood()
    {
        string[] pages =
        [
            Path.Combine(SharedFiles.Repository, "README.md"),
            .. Directory.GetFiles(Path.Combine(SharedFiles.Repository, "docs"), "*.md", SearchOption.AllDirectories),
        ];
        var lines = pages
            .SelectMany(File.ReadLines)
            .SelectMany(l =>
                l.TrimStart().StartsWith("simper ", StringComparison.Ordinal)
                    ? [l.Trim().Split("  #")[0]]
                    : Quoted().Matches(l).Select(m => m.Groups[1].Value)
            )
            .Where(l => !l.Contains("...", StringComparison.Ordinal))
            .Distinct()
            .ToList();
        Assert.True(lines.Count > 10);
        foreach (string line in lines)
        {
            string[] words = [.. System.CommandLine.Parsing.CommandLineParser.SplitCommandLine(line).Skip(1)];
            string[] flags = [.. words.Where(w => w.StartsWith("--", StringComparison.Ordinal)).Select(w => w.Split('=')[0])];
            Assert.True(flags.All(IsOption), line);
            Assert.True(CommandNames.Contains(words[0]), line);
        }
    }

    [GeneratedRegex("\"(?:[^\"\\\\]|\\\\.)*\"")]
    private static partial Regex Literal();

    [GeneratedRegex(@"(?<!var\()(?<![\w-])--[A-Za-z][A-Za-z_]+")]
    private static partial Regex Option();

    // "simper train --..." and "simper train recipe.yaml": a command that is told, not the objective of that name.
    [GeneratedRegex(@"\bsimper ((?:data|lab) [a-z]+|[a-z]+)(?= --| \{| [a-z]+\.| runs?\b|""|;)")]
    private static partial Regex Invocation();

    [GeneratedRegex(@"`(simper [a-z][^`]*)`")]
    private static partial Regex Quoted();
}
