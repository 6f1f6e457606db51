using System.Text.Json.Nodes;

namespace Simper.Checkpoints;

/// <summary>The files of a saved model other than its weights.</summary>
public sealed record CheckpointFiles
{
    /// <summary>config.json. Its <c>torch_dtype</c> or <c>dtype</c> is set to the written dtype when one is given.</summary>
    public required JsonObject Config { get; init; }

    /// <summary>generation_config.json; not written when null.</summary>
    public JsonObject? GenerationConfig { get; init; }

    /// <summary>The tokenizer's and other files, by plain file name, written byte for byte.</summary>
    public IReadOnlyDictionary<string, byte[]> Others { get; init; } = new Dictionary<string, byte[]>();

    /// <summary>
    /// Which file each tensor goes into, by plain names as <c>model-00001-of-00002.safetensors</c>: as the model was read.
    /// Null, or where a tensor is not in it: by size.
    /// </summary>
    public IReadOnlyDictionary<string, string>? Shards { get; init; }

    /// <summary>
    /// The files of an open checkpoint: unchanged for a folder, derived from the keys for a GGUF file.
    /// </summary>
    public static CheckpointFiles From(Checkpoint checkpoint) =>
        new()
        {
            Config = (JsonObject)checkpoint.Config.DeepClone(),
            GenerationConfig = (JsonObject?)checkpoint.GenerationConfig?.DeepClone(),
            Others = checkpoint.Source.TokenizerFiles(),
            Shards = checkpoint.Source.Shards,
        };
}
