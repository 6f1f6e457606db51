using Simper.Models.Layers;
using Simper.Models.Weights;
using static TorchSharp.torch;

namespace Simper.Models;

// The weights with an adapter merged into them, slot by slot.
public sealed partial class LanguageModel
{
    /// <summary>The shape of the model that <see cref="Published()"/> gives the weights of.</summary>
    internal DecoderShape MergedShape => MergingUnties ? Shape with { TiedHead = false } : Shape;

    /// <summary>The number of its weights.</summary>
    internal long MergedCount => NamesOf(this).Slots(MergedShape).Sum(s => s.Count);

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
}
