using System.Text.Json.Nodes;
using Simper.Text.Hub;

namespace Simper.Benchmarks;

/// <summary>
/// Finds the rows of a task's splits among local files; nothing is downloaded. Files named by the task are looked for where the
/// program runs, in the data folder, and beside the task file; data sets of the hub as JSON lines in the data folder, then in the
/// Hugging Face cache.
/// </summary>
/// <param name="config">The task.</param>
/// <param name="folder">The data folder (<c>--data_dir</c>); null for none.</param>
internal sealed class TaskData(TaskConfig config, string? folder)
{
    private static readonly string[] Endings = [".jsonl", ".json", ".jsonl.gz", ".json.gz"];

    private readonly Dictionary<string, IReadOnlyList<JsonObject>> _read = new(StringComparer.Ordinal);

    /// <summary>The rows of a split.</summary>
    /// <exception cref="SimperException">They are not there; the message says how to get them.</exception>
    public IReadOnlyList<JsonObject> Rows(string split)
    {
        if (!_read.TryGetValue(split, out IReadOnlyList<JsonObject>? rows))
            _read[split] = rows = [.. Files(split).SelectMany(TaskRows.Read)];
        return rows.Count > 0 ? rows : throw new SimperException($"{config.File}: {config.Name}: the split {split} has no rows.");
    }

    private IEnumerable<TaskFile> Files(string split)
    {
        string path = config.Text("dataset_path") ?? throw config.Fault("dataset_path", "it is missing");
        if (config["dataset_kwargs"]?["data_files"] is { } files)
            return Named(files, split).Select(Found);
        if (path.ToLowerInvariant() is "json")
            throw config.Fault("dataset_kwargs", "data_files is missing, which names the files of each split");
        return OfHub(path, split);
    }

    private IEnumerable<string> Named(JsonNode files, string split)
    {
        JsonNode? own =
            files is JsonObject map ? map[split]
            : split == "train" ? files
            : null;
        return own switch
        {
            JsonValue one => [one.ToString()],
            JsonArray several => several.Select(f => f?.ToString() ?? ""),
            _ => throw config.Fault(
                "dataset_kwargs",
                $"data_files has no split {split}"
                    + (files is JsonObject known ? $", only {string.Join(", ", known.Select(k => k.Key))}" : "")
            ),
        };
    }

    private TaskFile Found(string name)
    {
        if (config.File.IsBuiltin)
            return config.File.Beside(name);
        string own = config.File.Folder;
        string[] places = [name, Path.Combine(folder ?? ".", name), Path.Combine(own, name), Path.Combine(own, "..", name)];
        return Array.Find(places, File.Exists) is { } found
            ? new TaskFile(found, IsBuiltin: false)
            : throw config.Fault(
                "data_files",
                $"{name} is neither here{(folder is null ? "" : $" nor in {folder}")} nor beside the task file"
            );
    }

    private IEnumerable<TaskFile> OfHub(string path, string split)
    {
        string? name = config.Text("dataset_name");
        string set = path[(path.LastIndexOf('/') + 1)..];
        string[] places =
        [
            Path.Combine(config.Name, split),
            $"{config.Name}_{split}",
            .. name is null ? [] : new[] { Path.Combine(set, name, split), Path.Combine(set, $"{name}_{split}") },
            Path.Combine(set, split),
            $"{set}_{split}",
        ];
        if (folder is not null)
        {
            foreach (string place in places)
            {
                foreach (string ending in Endings)
                {
                    string file = Path.Combine(folder, place + ending);
                    if (File.Exists(file))
                        return [new TaskFile(file, IsBuiltin: false)];
                }
            }
        }
        if (Cached(path, name, split) is { } cached)
            return cached;
        string target = Path.Combine(folder ?? "DATA", config.Name, split + ".jsonl");
        string arguments = name is null ? $"'{path}'" : $"'{path}', '{name}'";
        throw new SimperException(
            $"{config.Name}: its data ({path}{(name is null ? "" : ", " + name)}, split {split}) are neither among "
                + $"local files nor as "
                + $"JSON in the Hugging Face cache, and nothing is downloaded here; get them with python -c \"import "
                + $"datasets as d; d.load_dataset({arguments}, "
                + $"split='{split}').to_json('{target}')\"{(folder is null ? " and give --data_dir DATA" : "")}."
        );
    }

    // Rows in the cache count where they are JSON: of other formats the sentence above says how to make it.
    private IEnumerable<TaskFile>? Cached(string path, string? name, string split)
    {
        var reference = HubReference.Parse(HubKind.Dataset, path);
        if (reference is null || HubCache.Find(reference with { Split = split }) is not { } snapshot)
            return null;
        IReadOnlyList<string> files = HubDataFiles.Of(reference with { Part = name, Split = split }, snapshot);
        return files.All(f => Endings.Any(e => f.EndsWith(e, StringComparison.OrdinalIgnoreCase)))
            ? files.Select(f => new TaskFile(f, IsBuiltin: false))
            : null;
    }
}
