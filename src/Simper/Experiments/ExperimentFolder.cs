using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Simper.Checkpoints;
using Simper.Reports;
using Simper.Runs;

namespace Simper.Experiments;

/// <summary>
/// The folder of an experiment: <c>experiment.json</c> says what its arms share, <c>arms/</c> has a file of JSON lines for each.
/// An arm's file ends with a line that says how it ended; an arm without one goes on from its checkpoint, or is restarted. One
/// process at a time.
/// </summary>
internal sealed class ExperimentFolder : IDisposable
{
    // Fields whose name differs from that of their option.
    private static readonly Dictionary<string, string> Typed = new()
    {
        ["measured_every"] = "every",
        ["measured_held_out"] = "eval_pairs",
        ["measured_train"] = "train_pairs",
    };

    internal const string CheckpointEnding = ".checkpoint";

    // Pages and figures; the size of the arms depends on their pairs.
    private const long LeastBytes = 8_000_000;

    private readonly OutputFolder _claim;

    private ExperimentFolder(OutputFolder claim) => _claim = claim;

    /// <summary>The folder.</summary>
    public string Path => _claim.Path;

    /// <summary>
    /// Claims a folder for an experiment, before anything is read or computed. Nothing is written until <see cref="Share"/>.
    /// </summary>
    /// <exception cref="SimperException">It is not a folder, another process holds it, it has a run or other foreign files in it,
    /// it cannot be written, or the disk is too full.</exception>
    public static ExperimentFolder Take(string path)
    {
        ExpectNoRun(path);
        return new ExperimentFolder(OutputFolder.Take(path, FolderKind.Experiment, LeastBytes));
    }

    /// <summary>Where the files of arms are.</summary>
    public string ArmsPath => In("arms");

    /// <summary>Whether what is of other settings is replaced.</summary>
    public bool Overwrites { get; private set; }

    /// <summary>A hash of what the arms share.</summary>
    public string Identity { get; private set; } = "";

    /// <summary>Refuses a folder in which there is nothing to go on with.</summary>
    /// <exception cref="SimperException">It holds no experiment.</exception>
    public void ExpectBegun()
    {
        if (!File.Exists(In("experiment.json")))
            throw new SimperException(
                $"{Path} holds no experiment to go on with; start without resume_from_checkpoint (--resume)."
            );
    }

    /// <summary>Refuses to begin writing what will not fit.</summary>
    /// <exception cref="SimperException">The disk has too little space.</exception>
    public void ExpectSpace(long bytes) => _claim.ExpectSpace(bytes);

    /// <summary>Records what the arms share, where the folder does not record the same already.</summary>
    /// <param name="shared">What all arms share.</param>
    /// <param name="overwrite">Whether another experiment in it is replaced.</param>
    /// <exception cref="SimperException">It holds another experiment, or it cannot be written.</exception>
    public void Share(JsonObject shared, bool overwrite)
    {
        Overwrites = overwrite;
        ExpectSame(shared, overwrite);
        Identity = FileHash.Sha256(Encoding.UTF8.GetBytes(ReadableJson.Indented(shared)));
        Guarded(() => Directory.CreateDirectory(ArmsPath));
    }

    /// <summary>Writes a text file atomically.</summary>
    public void Write(string name, string text) => Guarded(() => WholeFile.Write(In(name), text));

    /// <summary>Writes a JSON file.</summary>
    public void Write(string name, JsonNode json) => Write(name, ReadableJson.Indented(json));

    /// <summary>Writes a figure as .svg and .png into <c>plots/</c>.</summary>
    public void Write(string name, Figure figure)
    {
        foreach (string ending in (string[])[".svg", ".png"])
            figure.Save(System.IO.Path.Combine(Path, "plots", name + ending));
    }

    public void Dispose() => _claim.Dispose();

    private static void ExpectNoRun(string path)
    {
        if (RunState.Of(path) is not null)
            throw new SimperException($"{path} holds a run; give another output_dir.");
    }

    private void ExpectSame(JsonObject shared, bool overwrite)
    {
        string text = ReadableJson.Indented(shared);
        if (File.Exists(In("experiment.json")))
        {
            string written = File.ReadAllText(In("experiment.json"));
            if (written == text)
                return;
            if (!overwrite)
                throw new SimperException(
                    $"{Path} holds another experiment "
                        + $"({Difference(JsonLines.Object(written, In("experiment.json")), shared)}); give another output_dir, "
                        + "or overwrite_output_dir: true."
                );
            if (Directory.Exists(ArmsPath))
            {
                foreach (string file in Directory.GetFiles(ArmsPath, "*.jsonl"))
                    File.Delete(file);
                foreach (string checkpoint in Directory.GetDirectories(ArmsPath, "*" + CheckpointEnding + "*"))
                    Directory.Delete(checkpoint, recursive: true);
            }
        }
        Write("experiment.json", text);
    }

    // What follows from max_steps is not named beside it: the user did not give it.
    private static string Difference(JsonObject written, JsonObject shared)
    {
        string[] keys = [.. shared.Select(p => p.Key).Where(k => !JsonNode.DeepEquals(shared[k], written[k]))];
        if (keys.Contains("max_steps"))
            keys = [.. keys.Where(k => k is not ("warmup_steps" or "measured_every"))];
        return keys.Length == 0 ? "of another version" : string.Join("; ", keys.Select(k => Difference(k, written, shared)));
    }

    private static string Difference(string key, JsonObject written, JsonObject shared) =>
        key switch
        {
            "rows" => "other rows",
            "weights" => "another model",
            _ => $"{Typed.GetValueOrDefault(key, key)}: {Text(written[key])} there, {Text(shared[key])} here",
        };

    private static string Text(JsonNode? value) =>
        value is null ? "nothing"
        : value.GetValueKind() == JsonValueKind.String ? (string)value!
        : ReadableJson.OneLine(value);

    private string In(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Writes something of the folder.</summary>
    /// <exception cref="SimperException">It cannot be written.</exception>
    internal void Guarded(Action write)
    {
        try
        {
            write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SimperException(
                $"{Path} cannot be written: {FileFault.Sentence(e)}; what came to its end is kept there, and the same "
                    + "command goes on with the rest.",
                e
            );
        }
    }
}
