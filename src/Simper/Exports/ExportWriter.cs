using System.Text;
using Simper.Checkpoints;
using Simper.Models;
using Simper.Models.Gguf;
using TorchSharp;

namespace Simper.Exports;

/// <summary>What was written.</summary>
/// <param name="Name">Of the file in the folder, or nothing for the folder itself.</param>
/// <param name="Bytes">Of the weights.</param>
/// <param name="Types">Types of tensors, and how many there are of each.</param>
/// <param name="Notes">What was written otherwise than it was, and why.</param>
internal sealed record WrittenExport(string Name, long Bytes, IReadOnlyDictionary<string, int> Types, IReadOnlyList<string> Notes)
{
    /// <summary>Whether an adapter was merged into the weights.</summary>
    public bool IsMerged { get; init; }
}

/// <summary>Writes a model, or its adapter alone, in a format.</summary>
internal sealed class ExportWriter
{
    private const string MergedNote = "the adapter is merged into the weights";

    private readonly LanguageModel _model;
    private readonly ExportFormat _format;
    private readonly string _name;
    private readonly CancellationToken _cancel;
    private readonly GgufExport? _export;
    private readonly AdapterGguf? _adapter;

    /// <param name="model">The model; it must outlive this object.</param>
    /// <param name="format">What as.</param>
    /// <param name="adapterOnly">Whether the adapter alone.</param>
    /// <param name="name">What files are named after.</param>
    /// <param name="cancel">Stops between two tensors.</param>
    /// <exception cref="SimperException">The format cannot hold it.</exception>
    public ExportWriter(LanguageModel model, ExportFormat format, bool adapterOnly, string name, CancellationToken cancel)
    {
        (_model, _format, _name, _cancel) = (model, format, name, cancel);
        if (format.File is not { } file)
            return;
        if (adapterOnly)
            _adapter = new AdapterGguf(model, file, name);
        else
            _export = new GgufExport(model, file, name);
    }

    /// <summary>How many tokens what is written reads.</summary>
    public int Context => _adapter?.Context ?? _export?.Context ?? _model.Shape.MaxPositions;

    private bool IsMerged => _adapter is null && _model.Adapter is not null;

    private string[] Merged => IsMerged ? [MergedNote] : [];

    /// <summary>Writes it.</summary>
    public WrittenExport Write(StagedFolder staged) =>
        _adapter is not null ? WriteAdapter(_adapter, staged)
        : _export is not null ? WriteGguf(_export, staged)
        : WriteFolder(staged);

    private WrittenExport WriteFolder(StagedFolder staged)
    {
        torch.ScalarType type = _format.Dtype!.Value;
        SavedTensor[] tensors = [.. _model.Merged(type, _cancel)];
        CheckpointWriter.Write(staged, _model.MergedFiles().ForSaving(), tensors, type);
        return new WrittenExport(
            "",
            _model.MergedCount * type.ElementSize(),
            new Dictionary<string, int> { [_format.Type] = tensors.Length },
            Merged
        )
        {
            IsMerged = IsMerged,
        };
    }

    private WrittenExport WriteGguf(GgufExport export, StagedFolder staged)
    {
        string name = $"{_name}-{_format.Type}.gguf";
        staged.RequireSpace(export.Bytes);
        export.Write(staged.PathOf(name), cancel: _cancel);
        (string text, string? note) = OllamaModelfile.Of(_model.Files, name);
        staged.Write(ModelExport.ModelfileName, Encoding.UTF8.GetBytes(text));
        string[] notes = [.. Merged, .. export.Notes];
        return new WrittenExport(name, export.Bytes, export.Types, note is null ? notes : [.. notes, note])
        {
            IsMerged = IsMerged,
        };
    }

    private WrittenExport WriteAdapter(AdapterGguf adapter, StagedFolder staged)
    {
        string name = $"{_name}-{_format.Type}-LoRA.gguf";
        staged.RequireSpace(adapter.Bytes);
        adapter.Write(staged.PathOf(name), _cancel);
        return new WrittenExport(name, adapter.Bytes, adapter.Types, adapter.Notes);
    }
}
