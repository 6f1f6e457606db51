using System.Text.Json.Nodes;

namespace Simper.Checkpoints;

/// <summary>What a saved model's folder holds beside its weights.</summary>
public sealed record CheckpointFiles
{
    /// <summary>config.json. Its <c>torch_dtype</c> or <c>dtype</c> is set to what is written when a type is asked for.</summary>
    public required JsonObject Config { get; init; }

    /// <summary>generation_config.json; none when null.</summary>
    public JsonObject? GenerationConfig { get; init; }

    /// <summary>The tokenizer's and other files, by plain file name, written byte for byte.</summary>
    public IReadOnlyDictionary<string, byte[]> Others { get; init; } = new Dictionary<string, byte[]>();

    /// <summary>
    /// The files of an open checkpoint: those of a folder unchanged, those of a GGUF file as made from its keys.
    /// </summary>
    public static CheckpointFiles From(Checkpoint checkpoint) =>
        new()
        {
            Config = (JsonObject)checkpoint.Config.DeepClone(),
            GenerationConfig = (JsonObject?)checkpoint.GenerationConfig?.DeepClone(),
            Others = checkpoint.Source.TokenizerFiles(),
        };
}
