using System.Text.Json.Nodes;
using Simper.Text.Hub;
using Simper.Text.Vocabularies;
using TorchSharp;

namespace Simper.Checkpoints;

/// <summary>
/// A folder as transformers saves it: config.json, safetensors with or without an index, tokenizer files. Code in the folder and
/// `auto_map` entries are ignored.
/// </summary>
internal sealed class HuggingFaceFolder : ICheckpointSource
{
    public const string WeightsName = "model.safetensors";
    public const string IndexName = "model.safetensors.index.json";

    /// <summary>The two files of an adapter (PEFT).</summary>
    public const string AdapterConfigName = "adapter_config.json";
    public const string AdapterWeightsName = "adapter_model.safetensors";

    /// <summary>Files that a tokenizer may consist of. They are copied byte for byte when a model is saved.</summary>
    public static readonly string[] TokenizerNames =
    [
        .. VocabularyFiles.Names,
        TemplateSources.FileName,
        .. TemplateSources.ProcessorNames,
    ];

    /// <summary>Terms under which a model may be passed on, which are passed on with it.</summary>
    public static readonly string[] LicenseNames =
    [
        "LICENSE",
        "LICENSE.txt",
        "LICENSE.md",
        "NOTICE",
        "NOTICE.txt",
        "NOTICE.md",
        "USE_POLICY.md",
    ];

    private readonly string _folder;
    private readonly Dictionary<string, SafetensorsFile> _fileOf;
    private readonly Lazy<byte[]?> _tokenizerJson;

    private HuggingFaceFolder(string folder, Dictionary<string, SafetensorsFile> fileOf)
    {
        _folder = folder;
        _fileOf = fileOf;
        Tensors = fileOf.ToDictionary(t => t.Key, t => t.Value.Tensors[t.Key].Entry, StringComparer.Ordinal);
        string config = Path.Combine(folder, "config.json");
        Config = File.Exists(config)
            ? FolderFiles.ReadJson(config)
            : throw new SimperException(
                $"{folder} holds weights but no config.json, which says what model they are; "
                    + $"{HubCache.Remedy(folder, "put the model's beside them")}."
            );
        GenerationConfig = FolderFiles.ReadJsonIfThere(Path.Combine(folder, "generation_config.json"));
        TokenizerConfig = FolderFiles.ReadJsonIfThere(Path.Combine(folder, "tokenizer_config.json"));
        string? type = Config["model_type"] is JsonValue value && value.TryGetValue(out string? text) ? text : null;
        _tokenizerJson = new(() => VocabularyFiles.ReadJson(folder, TokenizerConfig, type));
        ChatTemplates = TemplateSources.OfFolder(folder, TokenizerConfig);
    }

    public JsonObject Config { get; }

    public JsonObject? GenerationConfig { get; }

    public JsonObject? TokenizerConfig { get; }

    public byte[]? TokenizerJson => _tokenizerJson.Value;

    public IReadOnlyDictionary<string, string> ChatTemplates { get; }

    public IReadOnlyDictionary<string, TensorEntry> Tensors { get; }

    public static HuggingFaceFolder Open(string folder)
    {
        Dictionary<string, SafetensorsFile> fileOf = OpenWeights(folder);
        try
        {
            return new HuggingFaceFolder(folder, fileOf);
        }
        catch
        {
            DisposeAll(fileOf);
            throw;
        }
    }

    public torch.Tensor Read(string name) => _fileOf[name].Read(name);

    public long ReadInto(string name, torch.Tensor into) => _fileOf[name].ReadInto(name, into);

    public torch.Tensor? View(string name) => _fileOf[name].View(name);

    public IReadOnlyDictionary<string, string> Shards =>
        _fileOf.ToDictionary(f => f.Key, f => Path.GetFileName(f.Value.Path), StringComparer.Ordinal);

    public PackedRows? Map(string name) => null;

    public IReadOnlyDictionary<string, byte[]> TokenizerFiles() => TokenizerFiles(_folder);

    /// <summary>The files of the tokenizer in a folder.</summary>
    public static IReadOnlyDictionary<string, byte[]> TokenizerFiles(string folder) =>
        TokenizerNames
            .Concat(TemplateSources.FileNames(folder))
            .Concat(LicenseNames)
            .Select(name => (name, path: Path.Combine(folder, name)))
            .Where(file => File.Exists(file.path))
            .ToDictionary(file => file.name, file => FolderFiles.ReadBytes(file.path));

    public void Dispose() => DisposeAll(_fileOf);

    private static Dictionary<string, SafetensorsFile> OpenWeights(string folder)
    {
        string single = Path.Combine(folder, WeightsName);
        string index = Path.Combine(folder, IndexName);
        if (File.Exists(single))
        {
            SafetensorsFile file = SafetensorsFile.Open(single);
            return file.Tensors.ToDictionary(t => t.Key, _ => file, StringComparer.Ordinal);
        }
        if (File.Exists(index))
            return SafetensorsIndex.Open(folder, index);
        if (File.Exists(Path.Combine(folder, "adapter_model.safetensors")))
            throw new SimperException(
                $"{folder} holds an adapter, not a whole model; open its base model and give the adapter beside it."
            );
        throw new SimperException(
            $"{folder} holds safetensors files, but neither {WeightsName} nor {IndexName}, which says what lies where; "
                + $"{HubCache.Remedy(folder, "the download may be incomplete")}."
        );
    }

    private static void DisposeAll(Dictionary<string, SafetensorsFile> fileOf)
    {
        foreach (SafetensorsFile file in fileOf.Values.Distinct())
            file.Dispose();
    }
}
