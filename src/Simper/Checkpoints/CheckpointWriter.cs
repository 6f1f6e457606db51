using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Checkpoints;

/// <summary>
/// Saves a model as a Hugging Face folder. Everything is written to a temporary folder and flushed to disk, then renamed
/// atomically: whatever happens meanwhile (a full disk, a killed process, a power cut), the final name refers to the previous
/// folder or to the complete new one.
/// </summary>
public static partial class CheckpointWriter
{
    /// <summary>Size at which a new weights file is begun, unless given: 5 GB.</summary>
    public const long DefaultShardBytes = 5_000_000_000;

    /// <summary>
    /// Saves, replacing an earlier saved model of that name. Open or mapped files are never written to.
    /// </summary>
    /// <param name="folder">The folder to create. If it exists it must hold nothing but a saved model.</param>
    /// <param name="files">Configuration and tokenizer.</param>
    /// <param name="tensors">The weights by their published names. Each function is called twice, first for dtype and shape only,
    /// and returns a tensor that is disposed here: an alias of a parameter, or something computed. Only one is alive at a time.
    /// Leave tied weights out.</param>
    /// <param name="type">The dtype to convert floating-point tensors to; null keeps theirs.</param>
    /// <param name="shardBytes">The most bytes of tensors per file (a larger tensor gets a file of its own).</param>
    /// <exception cref="SimperException">The folder holds anything else, the disk is full, or it cannot be written.</exception>
    public static void Save(
        string folder,
        CheckpointFiles files,
        IEnumerable<(string Name, Func<Tensor> Tensor)> tensors,
        ScalarType? type = null,
        long shardBytes = DefaultShardBytes
    ) => SaveParts(folder, files, tensors.Select(t => SavedTensor.Of(t.Name, t.Tensor)), type, shardBytes);

    /// <summary><see cref="Save"/> of tensors that come in parts.</summary>
    internal static void SaveParts(
        string folder,
        CheckpointFiles files,
        IEnumerable<SavedTensor> tensors,
        ScalarType? type = null,
        long shardBytes = DefaultShardBytes
    )
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(shardBytes, 1);
        try
        {
            using var staged = new StagedFolder(folder, name => IsPart(name, files));
            Write(staged, files, tensors, type, shardBytes);
            staged.Commit();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SimperException(
                $"The model could not be saved as {folder}: {FileFault.Sentence(e)}. What was there before is untouched.",
                e
            );
        }
    }

    /// <summary>
    /// Writes a model into a folder that the caller commits, and puts <paramref name="besides"/> bytes beside it. The other
    /// parameters are those of <see cref="Save"/>.
    /// </summary>
    internal static void Write(
        StagedFolder staged,
        CheckpointFiles files,
        IEnumerable<SavedTensor> tensors,
        ScalarType? type,
        long shardBytes = DefaultShardBytes,
        long besides = 0
    )
    {
        List<(string File, List<Planned> Tensors)> shards = Shards(tensors, type, shardBytes, files.Shards);
        long weights = shards.Sum(s => s.Tensors.Sum(t => t.Bytes));
        staged.RequireSpace(weights + files.Others.Values.Sum(f => f.LongLength) + besides);
        WriteWeights(staged, shards);
        WriteFiles(staged, files, type);
    }

    /// <summary>Throws for what <see cref="Save"/> would refuse to replace, before there is anything to save.</summary>
    /// <exception cref="SimperException">The folder is a file or a link, or holds anything but a saved model.</exception>
    internal static void ExpectReplaceable(string folder) => StagedFolder.ExpectReplaceable(folder, IsOfSavedModel);

    /// <summary>Whether a file of that name is one of a saved model with these files.</summary>
    internal static bool IsPart(string name, CheckpointFiles files) => IsOfSavedModel(name) || files.Others.ContainsKey(name);

    private sealed record Planned(string Name, TensorEntry Entry, Func<IEnumerable<Tensor>> Parts)
    {
        public long Bytes => SafetensorsWriter.BytesOf(Entry);
    }

    /// <summary>
    /// Tensors assigned to files: the widest types first, so that all are aligned, otherwise in the order given.
    /// </summary>
    private static List<(string File, List<Planned> Tensors)> Shards(
        IEnumerable<SavedTensor> sources,
        ScalarType? type,
        long shardBytes,
        IReadOnlyDictionary<string, string>? known
    )
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        var planned = new List<Planned>();
        foreach (SavedTensor source in sources)
        {
            if (!names.Add(source.Name))
                throw new ArgumentException($"Two tensors are named {source.Name}.", nameof(sources));
            ScalarType stored = type is { } wanted && is_floating_point(source.Type) ? wanted : source.Type;
            planned.Add(new Planned(source.Name, SafetensorsWriter.EntryOf(stored, source.Shape), source.Parts));
        }

        List<List<Planned>> shards =
        [
            [],
        ];
        if (
            known is not null
            && planned.TrueForAll(t => known.TryGetValue(t.Name, out string? file) && WeightsName().IsMatch(file))
        )
            return
            [
                .. planned
                    .GroupBy(t => known[t.Name], StringComparer.Ordinal)
                    .OrderBy(g => g.Key, StringComparer.Ordinal)
                    .Select(g => (g.Key, Aligned(g))),
            ];
        long bytes = 0;
        foreach (Planned tensor in planned)
        {
            if (bytes > 0 && bytes + tensor.Bytes > shardBytes)
            {
                shards.Add([]);
                bytes = 0;
            }
            shards[^1].Add(tensor);
            bytes += tensor.Bytes;
        }
        return
        [
            .. shards.Select(
                (shard, i) =>
                    (
                        shards.Count == 1 ? HuggingFaceFolder.WeightsName : $"model-{i + 1:D5}-of-{shards.Count:D5}.safetensors",
                        Aligned(shard)
                    )
            ),
        ];
    }

    private static List<Planned> Aligned(IEnumerable<Planned> shard) =>
        [.. shard.OrderByDescending(t => t.Entry.DType.ElementSize())];

    internal static bool IsOfSavedModel(string name) =>
        name is "config.json" or "generation_config.json" or HuggingFaceFolder.IndexName
        || name is HuggingFaceFolder.AdapterConfigName or HuggingFaceFolder.AdapterWeightsName
        || HuggingFaceFolder.TokenizerNames.Contains(name)
        || HuggingFaceFolder.LicenseNames.Contains(name)
        || TemplateSources.IsFile(name)
        || WeightsName().IsMatch(name);

    [GeneratedRegex(@"^model[\w.-]*\.safetensors$")]
    private static partial Regex WeightsName();

    private static void WriteWeights(StagedFolder staged, List<(string File, List<Planned> Tensors)> shards)
    {
        // transformers refuses files without this entry.
        var metadata = new Dictionary<string, string> { ["format"] = "pt" };
        var fileOf = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach ((string name, List<Planned> tensors) in shards)
        {
            staged.Write(
                name,
                file =>
                {
                    var writer = new SafetensorsWriter(file, tensors.ConvertAll(t => (t.Name, t.Entry)), metadata);
                    foreach (Planned planned in tensors)
                    {
                        writer.Write(planned.Parts());
                        fileOf.Add(planned.Name, name);
                    }
                    writer.Finish();
                }
            );
        }
        if (shards is [(HuggingFaceFolder.WeightsName, _)])
            return;
        staged.Write(
            HuggingFaceFolder.IndexName,
            ReadableJson.IndentedBytes(
                new JsonObject
                {
                    ["metadata"] = new JsonObject { ["total_size"] = shards.Sum(s => s.Tensors.Sum(t => t.Bytes)) },
                    ["weight_map"] = new JsonObject(fileOf.Select(f => KeyValuePair.Create(f.Key, (JsonNode?)f.Value))),
                }
            )
        );
    }

    private static void WriteFiles(StagedFolder staged, CheckpointFiles files, ScalarType? type)
    {
        var config = (JsonObject)files.Config.DeepClone();
        if (type is { } stored)
        {
            // Older folders call it torch_dtype, newer ones dtype: keep the one that is there.
            string key = config.ContainsKey("dtype") && !config.ContainsKey("torch_dtype") ? "dtype" : "torch_dtype";
            config[key] = stored.ToString().ToLowerInvariant();
        }
        staged.Write("config.json", ReadableJson.IndentedBytes(config));
        if (files.GenerationConfig is { } generation)
            staged.Write("generation_config.json", ReadableJson.IndentedBytes(generation));
        foreach ((string name, byte[] bytes) in files.Others)
            staged.Write(name, bytes);
    }
}
