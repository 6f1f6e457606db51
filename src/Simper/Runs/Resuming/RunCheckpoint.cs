using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Simper.Checkpoints;
using Simper.Models;
using Simper.Models.Adapters;
using Simper.Tensors;
using Simper.Training;
using TorchSharp;

namespace Simper.Runs.Resuming;

/// <summary>
/// A checkpoint of a run: a folder from which it goes on as if it had not been stopped. It is a model in the masters' dtype
/// (float32), to be loaded as any other; beside it <c>optimizer.safetensors</c> holds the other tensors of <see
/// cref="TrainingState"/>, <c>position.json</c> the rest (<see cref="RunPosition"/>), and <c>manifest.json</c>, which is
/// written last, the size and hash of all files. The folder is written under another name, flushed and renamed: under its
/// own name it is complete.
/// </summary>
internal sealed class RunCheckpoint
{
    private const string TensorsName = "optimizer.safetensors";
    private const string PositionName = "position.json";
    private const string ManifestName = "manifest.json";
    private const int Format = 3; // 1 held no model, 2 SHA-256

    private static readonly string[] Names = [TensorsName, PositionName, ManifestName];

    private RunCheckpoint(string path, RunPosition position) => (Path, Position) = (path, position);

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>Where the run was.</summary>
    public RunPosition Position { get; }

    /// <summary>Writes one.</summary>
    /// <param name="folder">Its folder; an earlier checkpoint of that name is replaced.</param>
    /// <param name="state">The state.</param>
    /// <param name="position">Where the run is.</param>
    /// <param name="watch">Is told of every step before it is done.</param>
    /// <exception cref="SimperException">It could not be written; then nothing is left of it.</exception>
    public static void Write(string folder, StateSnapshot state, RunPosition position, Action<FolderStep>? watch = null)
    {
        try
        {
            using var staged = new StagedFolder(folder, name => Names.Contains(name) || state.IsPart(name), watch, hashes: true);
            state.WriteModel(staged, besides: state.Tensors.Sum(t => TensorMemory.ByteCount(t.Tensor)));
            WriteTensors(staged, state);
            staged.Write(PositionName, System.Text.Encoding.UTF8.GetBytes(ReadableJson.Indented(position.ToJson())));
            var files = new JsonObject();
            foreach ((string name, WrittenFile file) in staged.Files.OrderBy(f => f.Key, StringComparer.Ordinal))
                files[name] = new JsonObject { ["bytes"] = file.Bytes, ["xxh128"] = file.Hash };
            var manifest = new JsonObject
            {
                ["format"] = Format,
                ["step"] = position.Step,
                ["files"] = files,
            };
            staged.Write(ManifestName, System.Text.Encoding.UTF8.GetBytes(ReadableJson.Indented(manifest)));
            staged.Commit();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SimperException($"The checkpoint {folder} could not be written: {FileFault.Sentence(e)}.", e);
        }
    }

    /// <summary>Opens one, after every file was compared with the manifest, size and hash.</summary>
    /// <exception cref="SimperException">It is none, or it is damaged; the message says what is wrong.</exception>
    public static RunCheckpoint Open(string folder)
    {
        if (!Directory.Exists(folder))
            throw new SimperException($"{folder} does not exist; give a checkpoint's folder, or true for the newest.");
        string manifest = In(folder, ManifestName);
        if (!File.Exists(manifest))
            throw new SimperException($"{folder} is no complete checkpoint: there is no {ManifestName}.");
        return OwnJson.Read(
            manifest,
            folder,
            Format,
            "not a checkpoint's",
            json =>
            {
                string model = json["files"]![AdapterFolder.ConfigName] is null ? "config.json" : AdapterFolder.WeightsName;
                foreach (string name in (string[])[TensorsName, PositionName, model])
                    _ = json["files"]![name] ?? throw new SimperException($"{manifest} does not name {name}.");
                foreach ((string name, JsonNode? entry) in json["files"]!.AsObject())
                    Expect(Inside(folder, name), entry!);
                RunPosition position = RunPosition.Read(JsonNode.Parse(File.ReadAllText(In(folder, PositionName)))!.AsObject());
                if ((int)json["step"]! != position.Step)
                    throw new SimperException($"{manifest} is of step {json["step"]}, and {PositionName} of {position.Step}.");
                return new RunCheckpoint(folder, position);
            }
        );
    }

    /// <summary>
    /// Whether a folder has the files of a complete checkpoint, of their sizes; their content is not read. What is removed when a
    /// newer one is written depends on it.
    /// </summary>
    public static bool IsComplete(string folder)
    {
        try
        {
            JsonObject files = JsonNode.Parse(File.ReadAllText(In(folder, ManifestName)))!["files"]!.AsObject();
            return files.ContainsKey(TensorsName)
                && files.ContainsKey(PositionName)
                && files.All(file =>
                    new FileInfo(Inside(folder, file.Key)) is { Exists: true, Length: var bytes }
                    && bytes == (long)file.Value!["bytes"]!
                );
        }
        catch (Exception e)
            when (e
                    is JsonException
                        or InvalidOperationException
                        or NullReferenceException
                        or FormatException
                        or ArgumentException
                        or IOException
                        or UnauthorizedAccessException
                        or SimperException
            )
        {
            return false;
        }
    }

    /// <summary>Puts the state of the checkpoint in place: everything is compared before the first tensor is copied.</summary>
    /// <exception cref="SimperException">A tensor is missing, or of another dtype or shape; nothing was copied.</exception>
    public void Restore(TrainingState state)
    {
        RestoreTensors(state);
        state.Step = Position.Step;
        state.Guard.Restore(Position.Guard);
        state.RateFactor = Position.RateFactor;
    }

    /// <summary>
    /// Returns a run to weights and moments of the checkpoint. Its steps are not repeated: it goes on with the data of the step
    /// that comes next, and with what it counted.
    /// </summary>
    /// <exception cref="SimperException">As in <see cref="Restore"/>.</exception>
    public void Return(TrainingState state)
    {
        RestoreTensors(state);
        state.Guard.Return(Position.Guard);
    }

    /// <summary>Puts only the weights in place, after training.</summary>
    /// <exception cref="SimperException">They are of another shape; nothing was replaced.</exception>
    public void RestoreWeights(LanguageModel policy)
    {
        policy.Replace(Path);
    }

    private void RestoreTensors(TrainingState state)
    {
        string file = In(Path, TensorsName);
        using SafetensorsFile stored = SafetensorsFile.Open(file);
        foreach ((string name, torch.Tensor tensor) in state.Tensors)
        {
            string wanted = $"{tensor.dtype} {FileFault.Shape(tensor.shape)}";
            string found = stored.Tensors.TryGetValue(name, out StoredTensor? entry)
                ? $"{entry.DType} {FileFault.Shape(entry.Shape)}"
                : "missing";
            if (found != wanted)
                throw new SimperException($"{file}: {name} is {found}, and this run's is {wanted}.");
        }
        if (stored.Tensors.Count != state.Tensors.Count)
            throw new SimperException(
                $"{file} holds {stored.Tensors.Count} tensors, and this run's state has {state.Tensors.Count}."
            );
        state.Restore(Position.Updates ?? Position.Step, Path, stored.Read);
    }

    private static void WriteTensors(StagedFolder staged, StateSnapshot state)
    {
        int[] ordered =
        [
            .. Enumerable.Range(0, state.Tensors.Count).OrderByDescending(i => state.Tensors[i].Tensor.element_size()),
        ]; // so that each begins at a multiple of its element size
        staged.Write(
            TensorsName,
            file =>
            {
                var writer = new SafetensorsWriter(
                    file,
                    [
                        .. ordered
                            .Select(i => state.Tensors[i])
                            .Select(t => (t.Name, SafetensorsWriter.EntryOf(t.Tensor.dtype, t.Tensor.shape))),
                    ]
                );
                foreach (int i in ordered)
                    state.WriteTensor(i, writer.Write);
                writer.Finish();
            }
        );
    }

    private static void Expect(string file, JsonNode entry)
    {
        if (!File.Exists(file))
            throw new SimperException($"{file} is missing.");
        long bytes = new FileInfo(file).Length;
        if (bytes != (long)entry["bytes"]!)
            throw new SimperException(
                string.Create(CultureInfo.InvariantCulture, $"{file} has {bytes} bytes instead of {(long)entry["bytes"]!}.")
            );
        if (FileHash.Xxh128(file) != (string)entry["xxh128"]!)
            throw new SimperException($"{file} is damaged: its hash (XXH128) is not that of {ManifestName}.");
    }

    // The manifest may come from anywhere, and its names lead nowhere else.
    private static string Inside(string folder, string name)
    {
        string path = System.IO.Path.GetFullPath(In(folder, name));
        return path.StartsWith(
            System.IO.Path.GetFullPath(folder) + System.IO.Path.DirectorySeparatorChar,
            StringComparison.Ordinal
        )
            ? path
            : throw new FormatException($"{name} leaves the folder.");
    }

    private static string In(string folder, string name) => System.IO.Path.Combine(folder, name);
}
