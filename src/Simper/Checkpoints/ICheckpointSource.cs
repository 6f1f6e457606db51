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

    /// <summary>Reads a tensor into memory that is there; the number of values that are NaN or infinite.</summary>
    long ReadInto(string name, torch.Tensor into)
    {
        using torch.Tensor read = Read(name);
        into.copy_(read);
        return NonFinite.Count(read);
    }

    /// <summary>Whether rows can be read without the others (<see cref="ReadRowsInto"/>).</summary>
    bool ReadsRows => false;

    /// <summary>
    /// Reads successive rows of a tensor into memory that is there; the number of values that are NaN or infinite.
    /// </summary>
    long ReadRowsInto(string name, long first, torch.Tensor into) => throw new NotSupportedException();

    /// <summary>A tensor over the mapped file, without a copy; null where the container has none such.</summary>
    torch.Tensor? View(string name) => null;

    /// <summary>
    /// Which file holds which tensor, by the files' plain names; null where that is no matter of the container.
    /// </summary>
    IReadOnlyDictionary<string, string>? Shards => null;

    PackedRows? Map(string name);

    /// <summary>Other files of the tokenizer, by name, copied unchanged when the model is saved.</summary>
    IReadOnlyDictionary<string, byte[]> TokenizerFiles();
}
