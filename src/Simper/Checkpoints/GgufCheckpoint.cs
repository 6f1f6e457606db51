using System.Text.Json.Nodes;
using Simper.Models.Gguf;
using TorchSharp;

namespace Simper.Checkpoints;

/// <summary>A GGUF file, presented as the Hugging Face folder that it was converted from.</summary>
internal sealed class GgufCheckpoint : ICheckpointSource
{
    private readonly GgufFile _file;
    private readonly GgufModel _model;
    private readonly Lazy<byte[]?> _tokenizerJson;

    private GgufCheckpoint(GgufFile file)
    {
        _file = file;
        _model = new GgufModel(file);
        GenerationConfig = GgufTokenizer.GenerationConfig(file.Metadata);
        Config = _model.Config;
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

    public IReadOnlyDictionary<string, TensorEntry> Tensors => _model.Tensors;

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

    public torch.Tensor Read(string name) => _model.Read(name);

    public PackedRows? Map(string name) => _model.Map(name);

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
