using System.Text.Json.Nodes;
using Simper.Checkpoints;
using Simper.Reports;
using Simper.Runs;

namespace Simper.Experiments;

/// <summary>
/// An output folder of analyses: figures as JSON, plots and tables, each with a name of its own. Claimed before anything is
/// computed.
/// </summary>
public sealed class AnalysisFolder : IDisposable
{
    private const long LeastBytes = 4_000_000;

    private readonly OutputFolder _claim;

    private AnalysisFolder(OutputFolder claim) => _claim = claim;

    /// <summary>Claims a folder.</summary>
    /// <exception cref="SimperException">It is not a folder, another process holds it, it has files other than figures, it cannot
    /// be written, or the disk is too full.</exception>
    public static AnalysisFolder Take(string path) => new(OutputFolder.Take(path, FolderKind.Analysis, LeastBytes));

    /// <summary>Writes NAME.json, and each figure as .svg and .png.</summary>
    /// <returns>The files.</returns>
    public IReadOnlyList<string> Write(string name, JsonNode json, params IEnumerable<(string Name, Figure Figure)> figures)
    {
        var files = new List<string> { In(name + ".json") };
        WholeFile.Write(files[0], ReadableJson.Indented(json));
        foreach ((string picture, Figure figure) in figures)
        {
            foreach (string ending in (string[])[".svg", ".png"])
            {
                figure.Save(In(picture + ending));
                files.Add(In(picture + ending));
            }
        }
        return files;
    }

    /// <summary>Writes NAME.csv (RFC 4180).</summary>
    /// <returns>The file.</returns>
    public string Write(string name, IEnumerable<IReadOnlyList<string>> rows)
    {
        WholeFile.Write(In(name + ".csv"), string.Concat(rows.Select(row => string.Join(',', row.Select(Cell)) + "\n")));
        return In(name + ".csv");

        static string Cell(string text) =>
            text.AsSpan().ContainsAny(",\"\n\r") ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
    }

    public void Dispose() => _claim.Dispose();

    private string In(string name) => Path.Combine(_claim.Path, name);
}
