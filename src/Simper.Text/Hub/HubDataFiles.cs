using System.Globalization;
using System.Text.RegularExpressions;

namespace Simper.Text.Hub;

/// <summary>
/// Which files of a data set's snapshot are the rows of a split, found as Hugging Face's datasets finds them: by the
/// configurations in its README.md; without them by names like data/train-00000-of-00002.jsonl; else by train, validation or
/// test in a path; and where no path has such a word, all files are to train on.
/// </summary>
public static partial class HubDataFiles
{
    private const string Train = "train";

    private static readonly (string Split, string[] Words)[] Keywords =
    [
        (Train, ["train", "training"]),
        ("validation", ["validation", "valid", "dev", "val"]),
        ("test", ["test", "testing", "eval", "evaluation"]),
    ];

    private static readonly string[] Endings = [".jsonl", ".ndjson", ".json", ".parquet", ".csv", ".tsv", ".arrow", ".feather"];

    // Rows only where there is nothing else, so that it can be said what is wrong with them.
    private static readonly string[] ForeignEndings = [".xlsx", ".txt", ".zip"];

    // Not rows, wherever they lie.
    private static readonly string[] Others =
    [
        "README.md",
        "config.json",
        "dataset_info.json",
        "dataset_infos.json",
        "dataset_dict.json",
        "state.json",
    ];

    /// <summary>The files, sorted by path.</summary>
    /// <param name="reference">The data set, and what is meant of it.</param>
    /// <param name="snapshot">Its snapshot's folder.</param>
    /// <param name="usual">The splits to take where the reference names none, the first that is there.</param>
    /// <exception cref="SimperException">There is no such split, part or file.</exception>
    public static IReadOnlyList<string> Of(HubReference reference, string snapshot, params string[] usual)
    {
        string[] paths = [.. Paths(snapshot)];
        string? part = reference.Part;
        if (part is not null && File.Exists(Path.Combine(snapshot, part)))
            return [Path.Combine(snapshot, part)];
        List<(string Split, string[] Files)> splits = Splits(reference, snapshot, paths);
        string[] wanted = reference.Split is { } named ? [named] : usual;
        foreach (string split in wanted)
        {
            string[] files = [.. splits.Where(s => s.Split == split).SelectMany(s => s.Files).Distinct(StringComparer.Ordinal)];
            if (Array.Find(files, f => !HubCache.HasFile(Path.Combine(snapshot, f))) is { } lost)
                throw new SimperException(
                    $"{reference}: its file {lost} is missing in {snapshot}; {HubCache.Remedy(snapshot, "fetch it")}."
                );
            ExpectShards(reference, snapshot, files);
            if (files.Length > 0)
                return [.. files.Order(StringComparer.Ordinal).Select(f => Path.Combine(snapshot, f))];
        }
        string[] known = [.. splits.Where(s => s.Files.Length > 0).Select(s => s.Split).Distinct(StringComparer.Ordinal)];
        throw known.Length > 0
            ? new SimperException(
                $"{reference}: it has no split {string.Join(" or ", wanted)}, only {string.Join(", ", known)}; name one as "
                    + $"{(reference with { Split = known[0] })}."
            )
            : new SimperException(
                $"{(reference.Id == snapshot ? "" : $"{reference}: ")}{snapshot} holds no data files"
                    + $"{(part is null ? "" : $" of {part}")}; "
                    + $"{HubCache.Remedy(snapshot, $"it needs {string.Join(", ", Endings)}")}."
            );
    }

    /// <summary>The data files of a folder that are of no split, since others are and their names do not say of which.</summary>
    internal static IReadOnlyList<string> OfNoSplit(string folder)
    {
        if (DatasetCard.Read(folder).Count > 0)
            return [];
        string[] paths = [.. Paths(folder)];
        return [.. paths.Except(ByNames(paths).SelectMany(s => s.Files), StringComparer.Ordinal)];
    }

    /// <summary>Whether a file's name is that of data.</summary>
    internal static bool IsData(string path) => Ends(path, Endings);

    private static List<(string Split, string[] Files)> Splits(HubReference reference, string snapshot, string[] paths)
    {
        IReadOnlyList<DatasetCard.Configuration> configurations = DatasetCard.Read(snapshot);
        if (reference.Part is { } part && paths.Any(p => p.StartsWith(part + "/", StringComparison.Ordinal)))
            return ByNames([.. paths.Where(p => p.StartsWith(part + "/", StringComparison.Ordinal))]);
        if (configurations.Count == 0)
            return reference.Part is null ? ByNames(paths) : throw NoPart(reference, snapshot, []);
        DatasetCard.Configuration? chosen =
            reference.Part is { } name ? configurations.FirstOrDefault(c => c.Name == name)
            : configurations.Count == 1 ? configurations[0]
            : configurations.FirstOrDefault(c => c.IsDefault) ?? configurations.FirstOrDefault(c => c.Name == "default");
        if (chosen is null)
            throw reference.Part is null
                ? new SimperException(
                    $"{reference}: it has several configurations ({Names(configurations)}); name one as "
                        + $"{(reference with { Part = configurations[0].Name })}."
                )
                : NoPart(reference, snapshot, configurations);
        return
        [
            .. chosen
                .Splits.Select(s => (s.Split, Patterns: Array.ConvertAll(s.Patterns, HubGlob.OfFiles)))
                .Select(s => (s.Split, paths.Where(p => Array.Exists(s.Patterns, g => g.IsMatch(p))).ToArray())),
        ];
    }

    private static List<(string Split, string[] Files)> ByNames(string[] paths)
    {
        (string Split, string Path)[] sharded =
        [
            .. paths
                .Select(p => (Match: Sharded().Match(p), Path: p))
                .Where(p => p.Match.Success)
                .Select(p => (p.Match.Groups[1].Value, p.Path)),
        ];
        if (sharded.Length > 0)
            return [.. sharded.GroupBy(s => s.Split, s => s.Path).Select(g => (g.Key, g.ToArray()))];
        List<(string Split, string[] Files)> byWord =
        [
            .. Keywords
                .Select(k => (k.Split, Files: paths.Where(p => Words().Split(p).Intersect(k.Words).Any()).ToArray()))
                .Where(s => s.Files.Length > 0),
        ];
        return byWord.Count > 0 ? byWord : [(Train, paths)];
    }

    // Of files whose names say how many they are, all have to be there.
    private static void ExpectShards(HubReference reference, string snapshot, string[] files)
    {
        foreach (
            var shards in files
                .Select(f => (Path: f, Match: Numbered().Match(f)))
                .Where(f => f.Match.Success)
                .GroupBy(f =>
                    (Name: f.Match.Groups[1].Value, Count: int.Parse(f.Match.Groups[3].Value, CultureInfo.InvariantCulture))
                )
        )
        {
            var there = shards.Select(s => int.Parse(s.Match.Groups[2].Value, CultureInfo.InvariantCulture)).ToHashSet();
            int[] lost = [.. Enumerable.Range(0, shards.Key.Count).Where(i => !there.Contains(i))];
            if (lost.Length == 0)
                continue;
            string ending = Path.GetExtension(shards.First().Path);
            string pattern = $"{snapshot}/{shards.Key.Name}-*{ending}";
            throw new SimperException(
                $"{reference}: {lost.Length} of the {shards.Key.Count} files {shards.Key.Name}-*{ending} are missing, the first "
                    + $"is number {lost[0]:D5}; {HubCache.Remedy(snapshot, "fetch them")}, or take those that are there: "
                    + pattern
            );
        }
    }

    private static IEnumerable<string> Paths(string snapshot)
    {
        string[] all =
        [
            .. Directory
                .EnumerateFiles(snapshot, "*", SearchOption.AllDirectories)
                .Select(f => Path.GetRelativePath(snapshot, f).Replace('\\', '/'))
                .Where(IsShown)
                .Order(StringComparer.Ordinal),
        ];
        string[] data = [.. all.Where(p => Ends(p, Endings))];
        return data.Length > 0 ? data : all.Where(p => Ends(p, ForeignEndings));
    }

    private static bool IsShown(string path) =>
        !Others.Contains(path[(path.LastIndexOf('/') + 1)..])
        && !path.Split('/').Any(p => p.StartsWith('.') || p.StartsWith("__", StringComparison.Ordinal));

    private static bool Ends(string path, string[] endings)
    {
        string name = UnpackedStream.NameWithin(path);
        return Array.Exists(endings, e => name.EndsWith(e, StringComparison.OrdinalIgnoreCase));
    }

    private static SimperException NoPart(
        HubReference reference,
        string snapshot,
        IReadOnlyList<DatasetCard.Configuration> configurations
    ) =>
        new(
            $"{reference}: {snapshot} has no {reference.Part}"
                + (configurations.Count > 0 ? $", only the configurations {Names(configurations)}" : "")
                + "; give another"
                + (reference.Id == snapshot ? "." : $", or fetch it with: {(reference with { Part = null }).Command}.")
        );

    private static string Names(IReadOnlyList<DatasetCard.Configuration> configurations) =>
        string.Join(", ", configurations.Select(c => c.Name).Take(12));

    [GeneratedRegex(@"^(?:.*/)?([^/]+?)-\d{5}-of-\d{5}(?:-[0-9a-f]+)?\.[^/]+$")]
    private static partial Regex Sharded();

    [GeneratedRegex(@"^(.*)-(\d{5})-of-(\d{5})(?:-[0-9a-f]+)?\.[^/]+$")]
    private static partial Regex Numbered();

    [GeneratedRegex(@"[-._ 0-9/]+")]
    private static partial Regex Words();
}
