using System.Text.RegularExpressions;
using Simper.Testing;

namespace Simper.Cli.Tests.Repository;

/// <summary>README ends with an annotated tree; it names what is there, and all stations are in it.</summary>
public partial class ReadmeTreeTests
{
    private static readonly string[] Listed = [.. TreeEntries()];

    [Fact]
    public void Everything_in_the_tree_exists()
    {
        Assert.NotEmpty(Listed);
        foreach (string path in Listed)
            Assert.True(
                Path.Exists(Path.Combine(SharedFiles.Repository, path)),
                $"README's tree names {path}, which does not exist."
            );
    }

    [Fact]
    public void Every_station_and_every_top_level_entry_is_in_the_tree()
    {
        IEnumerable<string> wanted = new[] { "src", "tests", "bench", "docs", "assets", "recipes" }
            .SelectMany(top => Directory.Exists(Full(top)) ? Directory.GetDirectories(Full(top)) : [])
            .Concat(Directory.GetDirectories(Full("src")).SelectMany(Directory.GetDirectories))
            .Select(f => Path.GetRelativePath(SharedFiles.Repository, f).Replace('\\', '/'))
            .Where(f =>
                !f.EndsWith("/bin", StringComparison.Ordinal)
                && !f.EndsWith("/obj", StringComparison.Ordinal)
                && !f.EndsWith("/TestResults", StringComparison.Ordinal)
            );
        foreach (string path in wanted)
            Assert.True(Listed.Contains(path), $"{path} is not in README's tree.");
    }

    private static string Full(string path) => Path.Combine(SharedFiles.Repository, path);

    private static IEnumerable<string> TreeEntries()
    {
        string readme = File.ReadAllText(Path.Combine(SharedFiles.Repository, "README.md"));
        string tree = readme[
            (readme.LastIndexOf("## The tree", StringComparison.Ordinal) is >= 0 and var at ? at : readme.Length)..
        ];
        var folders = new List<(int Indent, string Path)>();
        foreach (Match line in Entry().Matches(tree))
        {
            int indent = line.Groups[1].Length;
            folders.RemoveAll(f => f.Indent >= indent);
            string path = string.Join('/', folders.Select(f => f.Path).Append(line.Groups[2].Value.TrimEnd('/')));
            if (line.Groups[2].Value.EndsWith('/'))
                folders.Add((indent, line.Groups[2].Value.TrimEnd('/')));
            yield return path;
        }
    }

    // Two or more spaces separate a name from what is said of it.
    [GeneratedRegex(@"^( *)([\w.][\w./-]*)  +\S", RegexOptions.Multiline)]
    private static partial Regex Entry();
}
