using System.Text.Json.Nodes;
using static TorchSharp.torch;

namespace Simper.Checkpoints;

/// <summary>
/// A Hugging Face folder whose config calls its weights quantised. What is quantised appears under its own name and with its own
/// shape, what belongs to it does not appear; the config no longer calls itself quantised.
/// </summary>
internal abstract class QuantisedFolder : ICheckpointSource
{
    /// <summary>Where config.json says so.</summary>
    public const string ConfigKey = "quantization_config";

    private readonly Dictionary<string, TensorEntry> _tensors = new(StringComparer.Ordinal);

    /// <param name="folder">The folder as it is, which the object now owns.</param>
    protected QuantisedFolder(HuggingFaceFolder folder)
    {
        Folder = folder;
        Config = folder.Config.DeepClone().AsObject();
        Config.Remove(ConfigKey);
    }

    public JsonObject Config { get; }

    public JsonObject? GenerationConfig => Folder.GenerationConfig;

    public JsonObject? TokenizerConfig => Folder.TokenizerConfig;

    public byte[]? TokenizerJson => Folder.TokenizerJson;

    public IReadOnlyDictionary<string, string> ChatTemplates => Folder.ChatTemplates;

    public IReadOnlyDictionary<string, TensorEntry> Tensors => _tensors;

    /// <summary>The folder as it is.</summary>
    protected HuggingFaceFolder Folder { get; }

    /// <summary>The folder as it is read, quantised or not.</summary>
    /// <exception cref="SimperException">It is quantised in a way that is not read, or its tensors do not fit.</exception>
    public static ICheckpointSource Open(string path)
    {
        HuggingFaceFolder folder = HuggingFaceFolder.Open(path);
        try
        {
            var config = folder.Config[ConfigKey] as JsonObject;
            string? method = config?["quant_method"]?.ToString();
            return method switch
            {
                null => folder,
                "mxfp4" => new Mxfp4Folder(folder, path),
                "bitsandbytes" => new BitsAndBytesFolder(folder, path, config!),
                _ => throw new SimperException(
                    $"{path} is quantised by {FileFault.Quote(method)} ({ConfigKey} in config.json), which is not read; "
                        + "take the model as it was before, or a .gguf file of it."
                ),
            };
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    public Tensor Read(string name) => IsQuantised(name) ? Dequantised(name) : Folder.Read(name);

    public long ReadInto(string name, Tensor into)
    {
        if (!IsQuantised(name))
            return Folder.ReadInto(name, into);
        using Tensor read = Dequantised(name);
        into.copy_(read);
        return NonFinite.Count(read);
    }

    public Tensor? View(string name) => IsQuantised(name) ? null : Folder.View(name);

    public virtual PackedRows? Map(string name) => null;

    public IReadOnlyDictionary<string, byte[]> TokenizerFiles() => Folder.TokenizerFiles();

    public void Dispose() => Folder.Dispose();

    /// <summary>Lets a tensor appear.</summary>
    protected void Show(string name, TensorEntry entry) => _tensors.Add(name, entry);

    /// <summary>Whether a tensor that appears is quantised.</summary>
    protected abstract bool IsQuantised(string name);

    /// <summary>The values of one that is; the caller disposes them.</summary>
    protected abstract Tensor Dequantised(string name);
}
