using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Simper.Checkpoints;
using Simper.Tensors;
using Simper.Training;
using TorchSharp;

namespace Simper.Runs.Resuming;

/// <summary>
/// A checkpoint of a run: a folder from which it goes on as if it had not been stopped. <c>training_state.safetensors</c> holds
/// the tensors of <see cref="TrainingState"/>, <c>position.json</c> the rest (<see cref="RunPosition"/>), and
/// <c>manifest.json</c>, which is written last, the size and SHA-256 of both. The folder is written under another name, flushed
/// and renamed: under its own name it is complete. It is not a model; the run's model is saved beside it, at the end.
/// </summary>
internal sealed class RunCheckpoint
{
    private const string TensorsName = "training_state.safetensors";
    private const string PositionName = "position.json";
    private const string ManifestName = "manifest.json";
    private const int Format = 1;

    private static readonly string[] Names = [TensorsName, PositionName, ManifestName];

    private RunCheckpoint(string path, RunPosition position) => (Path, Position) = (path, position);

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>Where the run was.</summary>
    public RunPosition Position { get; }

    /// <summary>Writes one.</summary>
    /// <param name="folder">Its folder; an earlier checkpoint of that name is replaced.</param>
    /// <param name="tensors">The tensors of the state, or copies of them.</param>
    /// <param name="position">Where the run is.</param>
    /// <param name="watch">Is told of every step before it is done.</param>
    /// <exception cref="SimperException">It could not be written; then nothing is left of it.</exception>
    public static void Write(
        string folder,
        IReadOnlyList<(string Name, torch.Tensor Tensor)> tensors,
        RunPosition position,
        Action<FolderStep>? watch = null
    )
    {
        try
        {
            using var staged = new StagedFolder(folder, Names.Contains, watch);
            staged.RequireSpace(tensors.Sum(t => TensorMemory.ByteCount(t.Tensor)));
            WriteTensors(staged, tensors);
            staged.Write(PositionName, System.Text.Encoding.UTF8.GetBytes(ReadableJson.Indented(position.ToJson())));
            var files = new JsonObject();
            foreach (string name in (string[])[TensorsName, PositionName])
                files[name] = new JsonObject
                {
                    ["bytes"] = new FileInfo(staged.PathOf(name)).Length,
                    ["sha256"] = Sha256(staged.PathOf(name)),
                };
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
        try
        {
            JsonNode json = JsonNode.Parse(File.ReadAllText(manifest))!;
            if ((int?)json["format"] != Format)
                throw new SimperException(
                    $"{manifest}: format is {json["format"]?.ToJsonString() ?? "missing"}; this version reads {Format}."
                );
            foreach (string name in (string[])[TensorsName, PositionName])
                Expect(In(folder, name), json["files"]![name]!);
            RunPosition position = RunPosition.Read(JsonNode.Parse(File.ReadAllText(In(folder, PositionName)))!.AsObject());
            if ((int)json["step"]! != position.Step)
                throw new SimperException($"{manifest} is of step {json["step"]}, and {PositionName} of {position.Step}.");
            return new RunCheckpoint(folder, position);
        }
        catch (Exception e)
            when (e
                    is JsonException
                        or InvalidOperationException
                        or NullReferenceException
                        or FormatException
                        or ArgumentException
            )
        {
            throw new SimperException($"{manifest} is damaged, or not a checkpoint's.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SimperException($"{folder} cannot be read: {FileFault.Sentence(e)}.", e);
        }
    }

    /// <summary>
    /// Whether a folder has the files of a complete checkpoint, of their sizes; their content is not read. What is removed when a
    /// newer one is written depends on it.
    /// </summary>
    public static bool IsComplete(string folder)
    {
        try
        {
            JsonNode files = JsonNode.Parse(File.ReadAllText(In(folder, ManifestName)))!["files"]!;
            return Array.TrueForAll(
                (string[])[TensorsName, PositionName],
                name =>
                    new FileInfo(In(folder, name)) is { Exists: true, Length: var bytes } && bytes == (long)files[name]!["bytes"]!
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
            )
        {
            return false;
        }
    }

    /// <summary>Puts the state of the checkpoint in place: everything is compared before the first tensor is copied.</summary>
    /// <exception cref="SimperException">A tensor is missing, or of another dtype or shape; nothing was copied.</exception>
    public void Restore(TrainingState state)
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
        state.Restore(Position.Step, stored.Read);
    }

    private static void WriteTensors(StagedFolder staged, IReadOnlyList<(string Name, torch.Tensor Tensor)> tensors)
    {
        string path = staged.PathOf(TensorsName);
        staged.Tell(FolderStepKind.WriteFile, path);
        (string Name, torch.Tensor Tensor)[] ordered =
        [
            .. tensors.OrderByDescending(t => t.Tensor.element_size()), // so that each begins at a multiple of its element size
        ];
        using var writer = new SafetensorsWriter(
            path,
            [.. ordered.Select(t => (t.Name, SafetensorsWriter.EntryOf(t.Tensor.dtype, t.Tensor.shape)))]
        );
        foreach ((_, torch.Tensor tensor) in ordered)
            writer.Write(tensor);
        staged.Tell(FolderStepKind.FlushFile, path);
        writer.Finish();
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
        if (Sha256(file) != (string)entry["sha256"]!)
            throw new SimperException($"{file} is damaged: its SHA-256 is not that of {ManifestName}.");
    }

    private static string Sha256(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 20);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    private static string In(string folder, string name) => System.IO.Path.Combine(folder, name);
}
