using System.Text.Json.Nodes;
using TorchSharp;

namespace Simper.Checkpoints;

/// <summary>A GGUF file, presented as the Hugging Face folder that it was converted from.</summary>
internal sealed class GgufCheckpoint : ICheckpointSource
{
    private readonly GgufFile _file;
    private readonly GgufLlama _llama;
    private readonly Dictionary<string, string> _ownNames = new(StringComparer.Ordinal);
    private readonly Lazy<byte[]?> _tokenizerJson;

    private GgufCheckpoint(GgufFile file)
    {
        _file = file;
        string? architecture = file.Metadata.Text("general.architecture");
        if (architecture != "llama")
            throw FileFault.At(
                file.Path,
                architecture is null
                    ? "it names no architecture, so it holds no model"
                    : $"its architecture is {FileFault.Quote(architecture)}; Simper reads GGUF files of the architecture "
                        + "'llama', others from "
                        + "their Hugging Face folder",
                "UnsupportedArchitecture"
            );

        _llama = new GgufLlama(file);
        var tensors = new Dictionary<string, TensorEntry>(StringComparer.Ordinal);
        foreach (GgufTensor tensor in file.Tensors.Values)
        {
            file.CheckReadable(tensor);
            if (tensor.Name == GgufLlama.RopeFactors)
                continue; // A setting, not a weight: it went into rope_scaling.
            string name = _llama.NameOf(tensor.Name);
            _llama.CheckShape(tensor);
            _ownNames.Add(name, tensor.Name);
            tensors.Add(name, new TensorEntry(tensor.Type.Name, tensor.DType, tensor.Shape));
        }
        Tensors = tensors;
        GenerationConfig = GgufTokenizer.GenerationConfig(file.Metadata);
        Config = _llama.Config();
        foreach ((string key, JsonNode? id) in GenerationConfig)
            Config[key] = id?.DeepClone();
        TokenizerConfig = GgufTokenizer.Config(file.Metadata);
        ChatTemplates = TemplateSources.OfGguf(file.Metadata);
        _tokenizerJson = new Lazy<byte[]?>(() => GgufTokenizer.Json(file.Metadata));
    }

    public JsonObject Config { get; }

    public JsonObject? GenerationConfig { get; }

    public JsonObject? TokenizerConfig { get; }

    public byte[]? TokenizerJson => _tokenizerJson.Value;

    public IReadOnlyDictionary<string, string> ChatTemplates { get; }

    public IReadOnlyDictionary<string, TensorEntry> Tensors { get; }

    public static GgufCheckpoint Open(string path)
    {
        GgufFile file = GgufFile.Open(path);
        try
        {
            return new GgufCheckpoint(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public torch.Tensor Read(string name) => _llama.Read(_ownNames[name]);

    public PackedRows? Map(string name) => _llama.Map(_ownNames[name]);

    public IReadOnlyDictionary<string, byte[]> TokenizerFiles()
    {
        var files = new Dictionary<string, byte[]>();
        if (TokenizerJson is { } json)
            files.Add("tokenizer.json", json);
        if (TokenizerConfig is { } config)
            files.Add("tokenizer_config.json", ReadableJson.IndentedBytes(config));
        return files;
    }

    public void Dispose() => _file.Dispose();
}
