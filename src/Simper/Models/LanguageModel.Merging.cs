using Simper.Checkpoints;
using Simper.Models.Adapters;
using Simper.Models.Layers;
using Simper.Models.Weights;
using static TorchSharp.torch;

namespace Simper.Models;

// The weights with an adapter merged into them, slot by slot.
public sealed partial class LanguageModel
{
    // Whether the merged embedding and head differ although they are one matrix with the adapter beside it.
    private bool MergingUnties =>
        Shape.TiedHead
        && Adapter is { } adapter
        && adapter.Plan.Targets.Any(t => t.Module.Kind is ModuleKind.Embedding or ModuleKind.Head);

    /// <summary>The shape of the model that <see cref="Published()"/> gives the weights of.</summary>
    internal DecoderShape MergedShape => MergingUnties ? Shape with { TiedHead = false } : Shape;

    /// <summary>The number of its weights.</summary>
    internal long MergedCount => NamesOf(this).Slots(MergedShape).Sum(s => s.Count);

    /// <summary>The files of that model.</summary>
    internal ModelFiles MergedFiles()
    {
        bool wasTied = (_base ?? this).Shape.TiedHead;
        return wasTied && (MergingUnties || !Shape.TiedHead) ? Files.Untied() : Files;
    }

    /// <summary>
    /// Saves the model with its adapter merged into the weights, as a Hugging Face folder of its own. Where embedding and head
    /// were tied and the adapter changes one of them, they are no longer.
    /// </summary>
    /// <param name="folder">The folder to create; an existing one is replaced by the complete new one.</param>
    /// <param name="type">Dtype of the stored weights; the compute dtype when not given.</param>
    public void SaveMerged(string folder, ScalarType? type = null)
    {
        ScalarType stored = type ?? Precision.Compute;
        CheckpointWriter.SaveParts(folder, MergedFiles().ForSaving(), Merged(stored), stored);
    }

    /// <summary>The weights of <see cref="Published()"/> to be saved, each computed when it is written.</summary>
    /// <param name="type">The dtype that they are saved in.</param>
    /// <param name="cancel">Stops between two of them.</param>
    internal IEnumerable<SavedTensor> Merged(ScalarType type, CancellationToken cancel = default)
    {
        foreach ((WeightPart part, Func<Tensor> tensor) in MergedParts())
            yield return new SavedTensor(part.Name, type, part.Shape, () => Values(tensor));

        IEnumerable<Tensor> Values(Func<Tensor> tensor)
        {
            cancel.ThrowIfCancellationRequested();
            yield return tensor();
        }
    }

    private IEnumerable<(WeightPart Part, Func<Tensor> Tensor)> MergedParts()
    {
        IEnumerable<(WeightPart, Func<Tensor>)> parts = PublishedParts(MergedValues);
        if (!MergingUnties)
            return parts;
        var head = new WeightPart(Adapter!.Plan.Names.Head + ".weight", [Shape.Vocabulary, Shape.Width]);
        return parts.Append((head, () => OnCpu(MergedRows("head", 0, head.Rows))));
    }

    /// <summary>Rows of a slot's weight, of a vector values, with everything that the adapter does to them.</summary>
    /// <param name="name">The slot; the head of a tied model is the embedding without the embedding's adapter.</param>
    /// <param name="first">The first row.</param>
    /// <param name="rows">How many; of experts' matrices rows of several may be asked for.</param>
    internal Tensor MergedRows(string name, long first, long rows)
    {
        (WeightSlot? slot, Weight weight) = _slots.FirstOrDefault(s => s.Slot.Name == name);
        if (slot is null)
            return Adapter?.Layers.Of(name) is { } ofHead
                ? ofHead.Merged(first, rows)
                : _slots.First(s => s.Slot.Name == "embedding").Weight.Values(first, rows);
        if (Adapter?.Layers.OfExperts(name) is not { Count: > 0 })
            return MergedValues(slot, weight, first, rows);
        using var scope = NewDisposeScope();
        long each = weight.Rows / Shape.Experts!.Count;
        var parts = new List<Tensor>();
        for (long row = first; row < first + rows; row += parts[^1].size(0))
            parts.Add(MergedValues(slot, weight, row, Math.Min(first + rows, (row / each + 1) * each) - row));
        ScalarType wide = Precision.Wide;
        return cat([.. parts.Select(p => p.to(wide))], 0).MoveToOuterDisposeScope();
    }

    // Rows of a slot's weight with everything that the adapter does to them.
    private Tensor MergedValues(WeightSlot slot, Weight weight, long first, long rows)
    {
        AdapterLayers? layers = Adapter?.Layers;
        if (layers?.Of(slot.Name) is { } adapters)
            return adapters.Merged(first, rows);
        if (slot.Name == "embedding" && layers?.Embedding is { } embedding)
        {
            using Tensor table = weight.Values(first, rows);
            return embedding.Merged(table, first, rows);
        }
        if (layers is null || layers.OfExperts(slot.Name) is not { Count: > 0 } experts)
            return weight.Values(first, rows);
        long each = weight.Rows / Shape.Experts!.Count;
        return experts.TryGetValue((int)(first / each), out LowRank? own)
            ? own.Merged(first % each, rows)
            : weight.Values(first, rows);
    }
}
