using System.Text.Json;
using System.Text.Json.Nodes;
using Simper.Checkpoints;

namespace Simper.Runs;

/// <summary>
/// The folder of a run: <c>recipe.yaml</c> (resolved), <c>metrics.jsonl</c>, <c>tensorboard/</c>, <c>samples.jsonl</c>,
/// <c>pairs.jsonl</c>, <c>model/</c>, <c>summary.json</c> and, from these, <c>report.html</c> and <c>plots/</c>. One process at a time; a finished run is not overwritten unasked.
/// </summary>
public sealed class RunFolder : IDisposable
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonSerializerOptions OneLine = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly FileStream _lock;
    private readonly StreamWriter _metrics;
    private readonly EventFile _events;

    private RunFolder(string path, FileStream fileLock)
    {
        (Path, _lock) = (path, fileLock);
        _metrics = new StreamWriter(System.IO.Path.Combine(path, "metrics.jsonl"), append: false) { AutoFlush = true };
        _events = new EventFile(System.IO.Path.Combine(path, "tensorboard"), TimeProvider.System);
    }

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>The folder of the trained model.</summary>
    public string ModelPath => System.IO.Path.Combine(Path, "model");

    /// <summary>Takes a folder for a run.</summary>
    /// <exception cref="SimperException">Another process has it, it holds a finished run, or it cannot be written.</exception>
    public static RunFolder Create(string path, bool overwrite) => OutputFolder.Take(path, fileLock =>
    {
        if (File.Exists(System.IO.Path.Combine(path, "summary.json")))
        {
            if (!overwrite)
                throw new SimperException($"{path} holds a finished run; give another output_dir, or overwrite_output_dir: true.");
            Clear(path);
        }
        return new RunFolder(path, fileLock);
    });

    /// <summary>A model's path; of a run's folder that of its model.</summary>
    public static string ModelOf(string path) =>
        Directory.Exists(path) && !File.Exists(System.IO.Path.Combine(path, "config.json")) && File.Exists(System.IO.Path.Combine(path, "model", "config.json"))
            ? System.IO.Path.Combine(path, "model")
            : path;

    /// <summary>Writes a text file of the run.</summary>
    public void Write(string name, string text) => WholeFile.Write(System.IO.Path.Combine(Path, name), text);

    /// <summary>Writes a JSON file of the run.</summary>
    public void Write(string name, JsonNode json) => Write(name, json.ToJsonString(Indented) + "\n");

    /// <summary>Adds a line of metrics to all logs. What is no number is written as null.</summary>
    public void Log(int step, double epoch, IEnumerable<KeyValuePair<string, double>> metrics)
    {
        KeyValuePair<string, double>[] all = [.. metrics];
        var line = new JsonObject { ["step"] = step, ["epoch"] = Math.Round(epoch, 6) };
        foreach ((string name, double value) in all)
            line[name] = double.IsFinite(value) ? value : null;
        _metrics.WriteLine(line.ToJsonString(OneLine));
        _events.Add(step, all);
    }

    /// <summary>Adds lines to a file of JSON lines.</summary>
    public void Append(string name, IEnumerable<JsonObject> lines) =>
        File.AppendAllLines(System.IO.Path.Combine(Path, name), lines.Select(l => l.ToJsonString(OneLine)));

    public void Dispose()
    {
        _metrics.Dispose();
        _events.Dispose();
        _lock.Dispose();
    }

    private static void Clear(string path)
    {
        foreach (string name in (string[])["summary.json", "metrics.jsonl", "samples.jsonl", "pairs.jsonl", "recipe.yaml", "report.html"])
            File.Delete(System.IO.Path.Combine(path, name));
        if (Directory.Exists(System.IO.Path.Combine(path, "tensorboard")))
        {
            foreach (string file in Directory.GetFiles(System.IO.Path.Combine(path, "tensorboard"), "events.out.tfevents.*.simper"))
                File.Delete(file);
        }
    }
}
