using System.Text;
using System.Text.Json.Nodes;
using Simper.Checkpoints;

namespace Simper.Runs;

/// <summary>
/// The logs of a run's folder: <c>metrics.jsonl</c>, <c>samples.jsonl</c>, <c>pairs.jsonl</c> and the event file of TensorBoard.
/// They only grow, so their lengths say where a checkpoint was. Not thread safe.
/// </summary>
internal sealed class RunLogs : IDisposable
{
    /// <summary>The file of metrics.</summary>
    public const string Metrics = "metrics.jsonl";

    private static readonly string[] Lines = [Metrics, "samples.jsonl", "pairs.jsonl"];

    private readonly string _folder;
    private readonly EventFile _events;

    private RunLogs(string folder, EventFile events) => (_folder, _events) = (folder, events);

    /// <summary>Begins them anew in a folder that has none.</summary>
    /// <exception cref="IOException">They cannot be written.</exception>
    public static RunLogs Begin(string folder)
    {
        File.WriteAllText(Path.Combine(folder, Metrics), "");
        return new RunLogs(folder, new EventFile(Path.Combine(folder, "tensorboard"), TimeProvider.System));
    }

    /// <summary>Goes on with logs of these lengths; what was written to them later is cut off.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="lengths">Of <see cref="Settle"/>.</param>
    /// <exception cref="SimperException">One is missing or shorter, or is none of a run's; nothing was changed.</exception>
    /// <exception cref="IOException">They cannot be written.</exception>
    public static RunLogs Continue(string folder, IReadOnlyDictionary<string, long> lengths)
    {
        foreach ((string name, long length) in lengths)
        {
            if (!IsLog(name))
                throw new SimperException($"{folder}: a checkpoint of this run names a log \"{name}\", which none of its is.");
            var file = new FileInfo(Path.Combine(folder, name));
            if (file.LinkTarget is not null)
                throw new SimperException($"{file} is a link to another place, where it would be cut; remove it.");
            if (!file.Exists || file.Length < length)
                throw new SimperException($"{file} is missing or shorter than when the checkpoint was written.");
        }
        foreach ((string name, long length) in lengths)
        {
            using FileStream log = Opened(folder, name);
            log.SetLength(length);
        }
        string events = lengths.Keys.Single(n => n.StartsWith("tensorboard", StringComparison.Ordinal));
        return new RunLogs(folder, EventFile.Continue(folder, events, TimeProvider.System));
    }

    /// <summary>Flushes them to disk, and returns their lengths by their names in the folder.</summary>
    public IReadOnlyDictionary<string, long> Settle()
    {
        // The names in the run's folder are flushed with the checkpoint's.
        Flushing.Folder(Path.GetDirectoryName(Path.Combine(_folder, _events.Name))!);
        return ((string[])[.. Lines, _events.Name])
            .Where(name => File.Exists(Path.Combine(_folder, name)))
            .ToDictionary(
                name => name,
                name =>
                {
                    using FileStream log = Opened(_folder, name);
                    Flushing.File(log.SafeFileHandle, log.Name);
                    return log.Length;
                }
            );
    }

    /// <summary>A line of metrics. NaN is written as null.</summary>
    public static JsonObject Line(int step, double epoch, IEnumerable<KeyValuePair<string, double>> metrics)
    {
        var line = new JsonObject { ["step"] = step, ["epoch"] = Math.Round(epoch, 6) };
        foreach ((string name, double value) in metrics)
            line[name] = double.IsFinite(value) ? value : null;
        return line;
    }

    /// <summary>Adds metrics to the event file.</summary>
    public void AddEvent(int step, IEnumerable<KeyValuePair<string, double>> metrics) => _events.Add(step, metrics);

    /// <summary>Appends lines to a file of JSON lines: all of them, or none.</summary>
    /// <exception cref="IOException">They cannot be written.</exception>
    public static void Append(string path, IEnumerable<JsonObject> lines)
    {
        byte[] text = Encoding.UTF8.GetBytes(string.Concat(lines.Select(l => ReadableJson.OneLine(l) + "\n")));
        // Unbuffered, so that an error surfaces here and nothing is left to write later.
        using var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        file.Seek(0, SeekOrigin.End);
        OutputFolder.WriteRecord(file, text);
    }

    public void Dispose() => _events.Dispose();

    private static FileStream Opened(string folder, string name) =>
        new(Path.Combine(folder, name), FileMode.Open, FileAccess.Write, FileShare.ReadWrite);

    // Names come from a file: none of them leaves the folder.
    private static bool IsLog(string name) =>
        Lines.Contains(name)
        || (name.StartsWith("tensorboard/", StringComparison.Ordinal) && EventFile.IsName(name["tensorboard/".Length..]));
}
