using System.Text.Json.Nodes;
using Simper.Text.Hub;
using TorchSharp;

namespace Simper.Checkpoints;

/// <summary>
/// A checkpoint in either container: a Hugging Face folder (one or several safetensors files) or a .gguf file. All names, shapes
/// and settings are those of the Hugging Face folder. It is validated when opened; tensors are read one by one. Pickle files are
/// never read. The JSON objects belong to the checkpoint: clone before changing them. Thread safe.
/// </summary>
public sealed class Checkpoint : IDisposable
{
    private readonly ICheckpointSource _source;

    private Checkpoint(string path, ICheckpointSource source)
    {
        Path = path;
        _source = source;
    }

    /// <summary>The path it was opened from; for a name of the hub the folder in the cache.</summary>
    public string Path { get; }

    /// <summary>As in config.json; for a GGUF file derived from its metadata.</summary>
    public JsonObject Config => _source.Config;

    /// <summary>
    /// As in generation_config.json, null without that file; for a GGUF file the ids of its special tokens.
    /// </summary>
    public JsonObject? GenerationConfig => _source.GenerationConfig;

    /// <summary>As in tokenizer_config.json, null without that file; for a GGUF file derived from its metadata.</summary>
    public JsonObject? TokenizerConfig => _source.TokenizerConfig;

    /// <summary>
    /// The bytes of tokenizer.json, made of the tokenizer's other files where it is not there (tokenizer.model, tekken.json, ...)
    /// and of the vocabulary of a GGUF file; null without any.
    /// </summary>
    public byte[]? TokenizerJson => _source.TokenizerJson;

    /// <summary>
    /// The chat templates by name (most models have one, named default): those in files of their own (chat_template.jinja,
    /// additional_chat_templates) if there are any, else those in the tokenizer's configuration, else those of a processor.
    /// </summary>
    public IReadOnlyDictionary<string, string> ChatTemplates => _source.ChatTemplates;

    /// <summary>The default chat template, or null.</summary>
    public string? ChatTemplate => ChatTemplates.GetValueOrDefault(Text.Templates.ChatTemplates.Default);

    /// <summary>Dtype and shape of every tensor, by name.</summary>
    public IReadOnlyDictionary<string, TensorEntry> Tensors => _source.Tensors;

    internal ICheckpointSource Source => _source;

    /// <summary>
    /// Opens a folder, a .gguf file, or a folder that holds exactly one .gguf file and no safetensors; a name of the hub
    /// (org/name, org/name@revision) is looked for in the Hugging Face cache. Nothing is downloaded.
    /// </summary>
    /// <exception cref="SimperException">There is no checkpoint at the path, or it is damaged, unsafe or of an unsupported kind;
    /// the message says which.</exception>
    public static Checkpoint Open(string path)
    {
        string found = HubCache.Find(HubKind.Model, path) ?? throw Missing(path);
        return new Checkpoint(found, File.Exists(found) ? FromFile(found) : FromFolder(found));
    }

    /// <summary>
    /// A new CPU tensor that the caller owns: as stored for safetensors and plain GGUF types (bf16, fp16, fp32, ...); quantised
    /// GGUF types are dequantised to float32, and the row permutation of GGUF's query and key weights is undone.
    /// </summary>
    /// <exception cref="SimperException">There is no such tensor, or the file changed since it was opened.</exception>
    public torch.Tensor Read(string name) =>
        Tensors.ContainsKey(name)
            ? _source.Read(name)
            : throw new SimperException($"{Path} holds no tensor named {FileFault.Quote(name)}.");

    /// <summary>
    /// Reads a tensor, as <see cref="Read"/> gives it, into memory that is there, converted to its dtype.
    /// </summary>
    /// <returns>How many of its values are NaN or infinite.</returns>
    internal long ReadInto(string name, torch.Tensor into) => _source.ReadInto(name, into);

    /// <summary>
    /// A tensor over the mapped file, without a copy, which the caller owns; null where the container has none such. A file
    /// that is truncated while it is mapped ends the process: not for servers.
    /// </summary>
    internal torch.Tensor? View(string name) => _source.View(name);

    /// <summary>
    /// A matrix as it lies in the file, mapped, without a copy; null where the container has no such rows. The caller owns it.
    /// </summary>
    internal PackedRows? Map(string name) => _source.Map(name);

    /// <summary>Closes the files. Tensors that were read stay valid.</summary>
    public void Dispose() => _source.Dispose();

    /// <summary>Advice for a path that does not exist.</summary>
    internal static SimperException Missing(string path)
    {
        // One word is more often a folder that is not there than one of the few old models without an organisation.
        string word =
            HubReference.Parse(HubKind.Model, path) is { } name && !path.Contains('.', StringComparison.Ordinal)
                ? $", or fetch a model of that name from the Hugging Face hub: {name.Command}"
                : "";
        return new SimperException(
            (
                HubCache.Missing(HubKind.Model, path)
                ?? $"{path} does not exist; give a model folder or a .gguf "
                    + $"file{(path.Contains('/', StringComparison.Ordinal) ? "" : word)}"
            ) + "."
        );
    }

    private static ICheckpointSource FromFile(string path) =>
        System.IO.Path.GetExtension(path).ToLowerInvariant() switch
        {
            ".gguf" => GgufCheckpoint.Open(path),
            ".safetensors" => throw new SimperException(
                $"{path} is one file of a model folder; give the folder, which must hold config.json as well."
            ),
            _ when PickledWeights.Is(path) => throw PickledWeights.Refusal(path),
            _ => throw new SimperException($"{path} is neither a model folder nor a .gguf file."),
        };

    private static ICheckpointSource FromFolder(string folder)
    {
        string[] files = [.. Directory.GetFiles(folder).Order(StringComparer.Ordinal)];
        string[] ggufs = Array.FindAll(files, f => f.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase));
        bool hasSafetensors = Array.Exists(files, f => f.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase));
        if (hasSafetensors)
            return QuantisedFolder.Open(folder);
        if (ggufs.Length > 1)
            throw new SimperException(
                $"{folder} holds {ggufs.Length} .gguf files; give the one to open: "
                    + $"{string.Join(", ", ggufs.Select(System.IO.Path.GetFileName).Take(5))}."
            );
        if (ggufs.Length == 1)
            return GgufCheckpoint.Open(ggufs[0]);
        if (Array.Find(files, PickledWeights.Is) is { } pickled)
            throw PickledWeights.Refusal(pickled);
        throw new SimperException(
            $"{folder} holds no weights: neither model.safetensors nor a .gguf file; "
                + $"{HubCache.Remedy(folder, "put them there, or give another folder")}."
        );
    }
}
