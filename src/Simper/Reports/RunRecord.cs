using System.Globalization;
using System.Text.Json.Nodes;
using Simper.Evaluation;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Simper.Reports;

/// <summary>The contents of a finished run's folder. Immutable.</summary>
public sealed record RunRecord
{
    /// <summary>The folder.</summary>
    public required string Path { get; init; }

    /// <summary>Its name on pages: the folder's name.</summary>
    public required string Name { get; init; }

    /// <summary>The resolved recipe in the folder.</summary>
    public required string Recipe { get; init; }

    private IReadOnlyDictionary<string, string> Keys { get; init; } = new Dictionary<string, string>();

    /// <summary>The logged figures.</summary>
    public required MetricLog Metrics { get; init; }

    /// <summary>Answers before and after.</summary>
    public required IReadOnlyList<SampleRecord> Samples { get; init; }

    /// <summary>Held-out pairs before and after.</summary>
    public required IReadOnlyList<PairRecord> Pairs { get; init; }

    /// <summary><c>summary.json</c>.</summary>
    public required JsonObject Summary { get; init; }

    /// <summary>
    /// Warnings for the reader: that the run was stopped, resumed as another one, or changed nothing, or what its guards say. In
    /// sentences.
    /// </summary>
    public IEnumerable<string> Warnings
    {
        get
        {
            if ((string?)Summary["status"] == "interrupted")
                yield return string.Create(
                    CultureInfo.InvariantCulture,
                    $"The run was stopped at step {Figure("steps")} of {Figure("total_steps")}: what is shown is what "
                        + $"was trained so far."
                );
            if (Summary["resume_override"] is JsonArray { Count: > 0 } changed)
                yield return "The run was resumed with another recipe or other data: "
                    + $"{string.Join("; ", changed.Select(c => (string?)c))}.";
            if ((string?)Summary["weights_unchanged"] is { } why)
                yield return $"Nothing was learnt: the weights are those of the start, bit for bit; {why}.";
            foreach (JsonNode? remark in Summary["remarks"] as JsonArray ?? [])
            {
                if (remark is JsonValue value && value.TryGetValue(out string? text) && text.Length > 0)
                    yield return $"{char.ToUpperInvariant(text[0])}{text[1..]}.";
            }
        }
    }

    /// <summary>Reads the folder of a run that was finished, or stopped by its user.</summary>
    /// <exception cref="SimperException">It is not a run's folder, the run is not finished, or a file is damaged.</exception>
    public static RunRecord Read(string folder)
    {
        if (!Directory.Exists(folder))
            throw new SimperException($"{folder} is no folder; give the output_dir of a run.");
        string In(string name) => System.IO.Path.Combine(folder, name);
        if (!File.Exists(In("recipe.yaml")) || !File.Exists(In("metrics.jsonl")))
            throw new SimperException(
                $"{folder} is not the folder of a run: recipe.yaml and metrics.jsonl are not both there; give the "
                    + "output_dir of a run."
            );
        if (!File.Exists(In("summary.json")))
            throw new SimperException(
                $"{folder} holds a run that is not finished, or whose summary.json could not be written; wait for its end "
                    + "where it still goes on, else run its recipe again."
            );
        return new RunRecord
        {
            Path = folder,
            Name = System.IO.Path.GetFileName(System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(folder))),
            Recipe = File.ReadAllText(In("recipe.yaml")),
            Keys = KeysOf(In("recipe.yaml")),
            Metrics = MetricLog.Read(In("metrics.jsonl")),
            Samples = [.. JsonLines.Read(In("samples.jsonl")).Select(l => SampleRecord.Read(l.Line, l.Place))],
            Pairs = [.. JsonLines.Read(In("pairs.jsonl")).Select(l => PairRecord.Read(l.Line, l.Place))],
            Summary = JsonLines.Object(File.ReadAllText(In("summary.json")), In("summary.json")),
        };
    }

    /// <summary>The value of a recipe's key; empty if there is none.</summary>
    public string Key(string key) => Keys.GetValueOrDefault(key, "");

    /// <summary>A number of the summary itself, such as <c>seconds</c>; NaN if there is none.</summary>
    public double Figure(string name) => Number(Summary[name]);

    /// <summary>A number of the summary's <c>before</c> or <c>after</c>; NaN if there is none.</summary>
    public double Figure(string when, string name) => Summary[when] is JsonObject figures ? Number(figures[name]) : double.NaN;

    /// <summary>An interval of the summary's <c>before</c> or <c>after</c>; null if there is none.</summary>
    public Interval? Interval(string when, string name) =>
        Summary[when] is JsonObject figures && figures[name] is JsonArray { Count: 2 } ends
            ? new Interval(Number(ends[0]), Number(ends[1]))
            : null;

    // A recipe as runs write it: one map of scalars and lists of scalars.
    private static Dictionary<string, string> KeysOf(string file)
    {
        try
        {
            YamlStream yaml = ShallowYaml.Load(File.ReadAllText(file));
            return yaml.Documents is [{ RootNode: YamlMappingNode map }]
                ? map.Children.ToDictionary(c => c.Key.ToString(), c => Text(c.Value))
                : throw new SimperException($"{file} is damaged: it is no list of \"key: value\" lines.");
        }
        catch (YamlException e)
        {
            throw new SimperException($"{file}, line {e.Start.Line} is damaged: {e.Message}", e);
        }
    }

    private static string Text(YamlNode node) =>
        node is YamlSequenceNode list ? string.Join(',', list.Children.Select(Text)) : (node as YamlScalarNode)?.Value ?? "";

    private static double Number(JsonNode? node) =>
        node?.GetValueKind() == System.Text.Json.JsonValueKind.Number ? (double)node : double.NaN;
}
