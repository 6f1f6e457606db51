using System.Text.Json.Nodes;
using Simper.Checkpoints;
using Simper.Text.Hub;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Models.Adapters;

/// <summary>
/// An adapter as PEFT stores it: <c>adapter_config.json</c> and <c>adapter_model.safetensors</c>, beside which the tokenizer may
/// lie. What Simper writes names its model by a hash besides. Owns the open file.
/// </summary>
internal sealed class AdapterFolder : IAdapterSource
{
    public const string ConfigName = HuggingFaceFolder.AdapterConfigName;
    public const string WeightsName = HuggingFaceFolder.AdapterWeightsName;
    public const string PickledName = "adapter_model.bin";

    /// <summary>The key of the safetensors file's metadata under which the model's hash is.</summary>
    private const string HashKey = "base_model_sha256";

    private readonly SafetensorsFile _file;

    private AdapterFolder(string path, AdapterConfig config, SafetensorsFile file) =>
        (Path, Config, _file) = (path, config, file);

    /// <summary>The folder.</summary>
    public string Path { get; }

    public string ConfigPath => System.IO.Path.Combine(Path, ConfigName);

    public AdapterConfig Config { get; }

    /// <summary>The hash of the model that it was trained on; null where it is not said.</summary>
    public string? BaseHash => _file.Metadata.GetValueOrDefault(HashKey);

    /// <summary>Whether a path is an adapter's folder.</summary>
    public static bool Is(string path) => File.Exists(System.IO.Path.Combine(path, ConfigName));

    /// <summary>Whether a file of such a folder may be replaced by a new adapter.</summary>
    /// <param name="name">The file's name.</param>
    /// <param name="others">The names of the tokenizer's files.</param>
    public static bool IsPart(string name, IEnumerable<string> others) =>
        others.Contains(name) || CheckpointWriter.IsOfSavedModel(name);

    /// <summary>The folder of a path or a name of the hub; null where that is no adapter.</summary>
    public static string? Find(string path) =>
        Is(path) ? path
        : !Directory.Exists(path) && !File.Exists(path) && HubCache.Find(HubKind.Model, path) is { } cached && Is(cached) ? cached
        : null;

    /// <summary>Opens one.</summary>
    /// <exception cref="SimperException">A file is missing or damaged, or the adapter is of an unknown kind.</exception>
    public static AdapterFolder Open(string path)
    {
        AdapterConfig config = ReadConfig(path);
        string weights = System.IO.Path.Combine(path, WeightsName);
        if (!File.Exists(weights))
            throw new SimperException(
                File.Exists(System.IO.Path.Combine(path, PickledName))
                    ? $"{path} holds {PickledName}, a pickle file, which is not read; save the adapter as {WeightsName}."
                    : $"{path} holds {ConfigName} and no {WeightsName}; the copy is not complete."
            );
        return new AdapterFolder(path, config, SafetensorsFile.Open(weights));
    }

    /// <summary>Its config alone.</summary>
    /// <exception cref="SimperException">The file is missing or damaged, or the adapter is of an unknown kind.</exception>
    public static AdapterConfig ReadConfig(string path)
    {
        string file = System.IO.Path.Combine(path, ConfigName);
        return AdapterConfigJson.Read(FolderFiles.ReadJson(file), file);
    }

    /// <summary>The published tensors of the model that the file holds whole.</summary>
    public IReadOnlyCollection<string> Whole =>
        [
            .. _file
                .Tensors.Keys.Where(n => n.StartsWith(AdapterTensor.Prefix, StringComparison.Ordinal))
                .Select(n => n[AdapterTensor.Prefix.Length..])
                .Where(n => !n.Contains(".lora_", StringComparison.Ordinal) && !IsFrozenEmbedding(n))
                .Select(n => n.Replace(".base_layer.", ".", StringComparison.Ordinal)),
        ];

    /// <summary>A tensor by its name; the caller disposes it.</summary>
    public Tensor Read(string name) => _file.Read(NameInFile(name));

    /// <summary>Refuses a file that holds other tensors than the adapter has.</summary>
    /// <exception cref="SimperException">One is missing, too many, or of another shape; all are named, up to eight.</exception>
    public void Expect(AdapterPlan plan)
    {
        var faults = new List<string>();
        var used = new HashSet<string>(StringComparer.Ordinal);
        foreach ((string name, long[] shape) in AdapterShapes.Of(plan))
        {
            string own = NameInFile(name);
            used.Add(own);
            if (!_file.Tensors.TryGetValue(own, out StoredTensor? stored))
                faults.Add($"{name} is missing");
            else if (!stored.Shape.AsSpan().SequenceEqual(shape))
                faults.Add($"{name} is {FileFault.Shape(stored.Shape)}, not {FileFault.Shape(shape)}");
            else if (stored.DType is not (ScalarType.Float32 or ScalarType.Float16 or ScalarType.BFloat16 or ScalarType.Float64))
                faults.Add($"{name} is of type {stored.DType}, not of F32, F16 or BF16");
        }
        faults.AddRange(
            _file
                .Tensors.Keys.Where(n => !used.Contains(n) && !IsFrozenEmbedding(n))
                .Order(StringComparer.Ordinal)
                .Select(n => $"{FileFault.Quote(n)} is not expected")
        );
        if (faults.Count > 0)
            throw new SimperException(
                $"{_file.Path}: the tensors do not fit {ConfigName} and the model: {FileFault.Several(faults)}."
            );
    }

    /// <summary>Writes the adapter's two files, the weights in float32 as PEFT keeps them.</summary>
    /// <param name="staged">The folder.</param>
    /// <param name="config">adapter_config.json.</param>
    /// <param name="tensors">The weights.</param>
    /// <param name="baseHash">Of the model; null where it is not known.</param>
    public static void Write(StagedFolder staged, JsonObject config, IEnumerable<SavedTensor> tensors, string? baseHash)
    {
        staged.Write(ConfigName, ReadableJson.IndentedBytes(config));
        var metadata = new Dictionary<string, string> { ["format"] = "pt" };
        if (baseHash is not null)
            metadata[HashKey] = baseHash;
        SavedTensor[] ordered = [.. tensors.OrderBy(s => s.Name, StringComparer.Ordinal)];
        staged.Write(
            WeightsName,
            file =>
            {
                var writer = new SafetensorsWriter(
                    file,
                    [.. ordered.Select(t => (t.Name, SafetensorsWriter.EntryOf(ScalarType.Float32, t.Shape)))],
                    metadata
                );
                foreach (SavedTensor tensor in ordered)
                    writer.Write(tensor.Parts());
                writer.Finish();
            }
        );
    }

    // Some programs keep the adapter's name, "default", in the tensors' names, or write a module's weight with its ending.
    private string NameInFile(string name)
    {
        if (_file.Tensors.ContainsKey(name))
            return name;
        foreach (string other in Others(name))
        {
            if (_file.Tensors.ContainsKey(other))
                return other;
        }
        return name;
    }

    private static IEnumerable<string> Others(string name)
    {
        yield return name.EndsWith(".weight", StringComparison.Ordinal)
            ? name[..^".weight".Length] + ".default.weight"
            : name + ".default";
        yield return name + ".weight";
        yield return name.Replace(".base_layer.", ".", StringComparison.Ordinal);
    }

    // PEFT stores the frozen table beside the adapter of an embedding.
    private static bool IsFrozenEmbedding(string name) => name.EndsWith(".base_layer.weight", StringComparison.Ordinal);

    public void Dispose() => _file.Dispose();
}
