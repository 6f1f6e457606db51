using System.Text.RegularExpressions;
using Simper.Testing;

namespace Simper.Cli.Tests.Repository;

/// <summary>Folder = namespace = station of the data flow, and a station uses only what stands to its left.</summary>
public partial class DependencyDirectionTests
{
    private static readonly string[] Stations =
    [
        "Simper.Text.Hub",
        "Simper.Text.Tables",
        "Simper.Text.Tables.Csv",
        "Simper.Text.Tables.Parquet",
        "Simper.Text.Tables.Arrow",
        "Simper.Text.Tokenization",
        "Simper.Text.Vocabularies",
        "Simper.Text.Templates",
        "Simper.Text.Preferences",
        "Simper.Text.Preferences.Cache",
        "Simper.Text.Preferences.Duplicates",
        "Simper.Text.Preferences.Mixtures",
        "Simper.Text.Doctor",
        "Simper.Text.Doctor.Checks",
        "Simper.Tensors",
        "Simper.Checkpoints",
        "Simper.Kernels",
        "Simper.Kernels.Cpu",
        "Simper.Kernels.Torch",
        "Simper.Models",
        "Simper.Models.Weights",
        "Simper.Models.Layers",
        "Simper.Models.Families",
        "Simper.Models.Adapters",
        "Simper.Models.Gguf",
        "Simper.Batching",
        "Simper.Scoring",
        "Simper.Objectives",
        "Simper.Training",
        "Simper.Generation",
        "Simper.Serving.Patterns",
        "Simper.Serving",
        "Simper.Evaluation",
        "Simper.Ledgers",
        "Simper.Benchmarks.InstructionFollowing",
        "Simper.Benchmarks.Mathematics",
        "Simper.Analysis",
        "Simper.Reports",
        "Simper.Runs",
        "Simper.Runs.Guards",
        "Simper.Runs.Resuming",
        "Simper.Runs.Receipts",
        "Simper.Exports",
        "Simper.Hub",
        "Simper.Benchmarks",
        "Simper.Benchmarks.Functions",
        "Simper.Judging",
        "Simper.Judging.AlpacaEval",
        "Simper.Judging.MtBench",
        "Simper.Judging.Comparison",
        "Simper.Judging.OnPolicy",
        "Simper.Experiments",
        "Simper.Server.Protocol",
        "Simper.Server.Answers.ToolCalls",
        "Simper.Server.Answers",
        "Simper.Server.Hosting",
        "Simper.Cli",
        "Simper.Cli.Chat",
        "Simper.Cli.Commands",
        "Simper.Cli.Demo",
    ];

    // Inside one project part, these may know each other.
    private static readonly (string, string)[] Neighbours =
    [
        ("Simper.Text.Preferences", "Simper.Text.Preferences.Cache"),
        ("Simper.Text.Preferences", "Simper.Text.Preferences.Duplicates"),
        ("Simper.Text.Preferences.Cache", "Simper.Text.Preferences.Duplicates"),
        ("Simper.Text.Preferences", "Simper.Text.Preferences.Mixtures"),
        ("Simper.Text.Doctor", "Simper.Text.Doctor.Checks"),
        ("Simper.Kernels", "Simper.Kernels.Cpu"),
        ("Simper.Kernels", "Simper.Kernels.Torch"),
        ("Simper.Models", "Simper.Models.Families"),
        ("Simper.Models", "Simper.Models.Layers"),
        ("Simper.Models", "Simper.Models.Weights"),
        ("Simper.Models", "Simper.Models.Adapters"),
        ("Simper.Models.Adapters", "Simper.Models.Gguf"), // an adapter is in a folder or in a file
        ("Simper.Checkpoints", "Simper.Models.Gguf"), // decision 15
        ("Simper.Runs", "Simper.Runs.Guards"),
        ("Simper.Runs", "Simper.Runs.Resuming"),
        ("Simper.Runs.Guards", "Simper.Runs.Resuming"),
        ("Simper.Runs", "Simper.Runs.Receipts"),
        ("Simper.Benchmarks", "Simper.Benchmarks.Functions"),
        ("Simper.Cli", "Simper.Cli.Commands"),
        ("Simper.Cli", "Simper.Cli.Demo"),
        ("Simper.Cli", "Simper.Cli.Chat"),
        ("Simper.Cli.Commands", "Simper.Cli.Demo"),
    ];

    public static TheoryData<string> Sources =>
        [
            .. Directory
                .EnumerateFiles(Path.Combine(SharedFiles.Repository, "src"), "*.cs", SearchOption.AllDirectories)
                .Select(f => Path.GetRelativePath(SharedFiles.Repository, f).Replace('\\', '/'))
                .Where(f => !f.Contains("/obj/", StringComparison.Ordinal) && !f.Contains("/bin/", StringComparison.Ordinal))
                .Order(StringComparer.Ordinal),
        ];

    [Theory]
    [MemberData(nameof(Sources))]
    public void A_file_stands_in_its_station_and_looks_left_only(string file)
    {
        string text = File.ReadAllText(Path.Combine(SharedFiles.Repository, file));
        string folder = Path.GetDirectoryName(file)!.Replace("src/", "", StringComparison.Ordinal).Replace('/', '.');
        if (Declaration().Match(text) is not { Success: true } declared)
            return; // top-level statements and assembly attributes stand in no namespace
        string station = declared.Groups[1].Value;
        if (station == "Simper")
            return; // what every station may use
        Assert.Equal(folder, station);
        int place = Array.IndexOf(Stations, station);
        Assert.True(place >= 0, $"{station} is no station; add it to the list at its place in the data flow.");
        foreach (Match used in Uses().Matches(text))
        {
            int other = Array.IndexOf(Stations, used.Groups[1].Value);
            Assert.True(
                other <= place
                    || Neighbours.Any(n =>
                        (n.Item1 == station && n.Item2 == Stations[other]) || (n.Item2 == station && n.Item1 == Stations[other])
                    ),
                $"{file} uses {used.Groups[1].Value}, which stands to the right of {station}."
            );
        }
    }

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Declaration();

    [GeneratedRegex(@"^using (?:static )?(Simper(?:\.\w+)*)", RegexOptions.Multiline)]
    private static partial Regex Uses();
}
