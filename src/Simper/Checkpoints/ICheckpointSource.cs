using System.Text.Json.Nodes;
using TorchSharp;

namespace Simper.Checkpoints;

/// <summary>A container of a checkpoint: a Hugging Face folder or a GGUF file. Members as in <see cref="Checkpoint"/>.</summary>
internal interface ICheckpointSource : IDisposable
{
    JsonObject Config { get; }

    JsonObject? GenerationConfig { get; }

    JsonObject? TokenizerConfig { get; }

    byte[]? TokenizerJson { get; }

    IReadOnlyDictionary<string, string> ChatTemplates { get; }

    IReadOnlyDictionary<string, TensorEntry> Tensors { get; }

    torch.Tensor Read(string name);

    PackedRows? Map(string name);

    /// <summary>Other files of the tokenizer, by name, copied unchanged when the model is saved.</summary>
    IReadOnlyDictionary<string, byte[]> TokenizerFiles();
}
