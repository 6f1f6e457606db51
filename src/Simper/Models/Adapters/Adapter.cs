using Simper.Models.Layers;
using Simper.Models.Weights;
using static TorchSharp.torch;

namespace Simper.Models.Adapters;

/// <summary>
/// An adapter in memory: the low-rank matrices of some modules, and the weights that train whole in place of the model's own.
/// Owns them. It belongs to the <see cref="LanguageModel"/> that it is part of. Not thread safe.
/// </summary>
public sealed class Adapter : IDisposable
{
    internal Adapter(
        AdapterPlan plan,
        AdapterLayers layers,
        IReadOnlyList<AdapterTensor> tensors,
        Dictionary<string, TensorWeight> whole
    )
    {
        (Plan, Layers, Tensors, Whole) = (plan, layers, tensors, whole);
        Weights = [.. tensors.Select(t => t.Weight).Distinct()];
    }

    /// <summary>Its config.</summary>
    public AdapterConfig Config => Plan.Config;

    /// <summary>Number of its weights; of biases that train with their module the whole of the model's vector.</summary>
    public long ParameterCount => Weights.Sum(w => w.Count);

    internal AdapterPlan Plan { get; }

    internal AdapterLayers Layers { get; }

    /// <summary>Everything that it is, as PEFT stores it.</summary>
    internal IReadOnlyList<AdapterTensor> Tensors { get; }

    /// <summary>The weights that stand in place of the model's, by slot.</summary>
    internal IReadOnlyDictionary<string, TensorWeight> Whole { get; }

    /// <summary>Each weight once.</summary>
    internal IReadOnlyList<TensorWeight> Weights { get; }

    /// <summary>Its tensors by name, on the CPU; each call returns a new one, which the caller disposes.</summary>
    /// <param name="of">Rows of a weight.</param>
    internal IEnumerable<(string Name, Func<Tensor> Tensor)> Published(Func<TensorWeight, long, long, Tensor> of) =>
        Tensors.Select<AdapterTensor, (string, Func<Tensor>)>(t => (t.Name, () => t.Published(of(t.Weight, t.FirstRow, t.Rows))));

    /// <summary>Replaces all values.</summary>
    /// <param name="read">A tensor by its name in the file, which is disposed here.</param>
    internal void Replace(Func<string, Tensor> read)
    {
        foreach (IGrouping<TensorWeight, AdapterTensor> parts in Tensors.GroupBy(t => t.Weight))
        {
            using var scope = NewDisposeScope();
            Tensor values = parts.Key.Values().clone();
            foreach (AdapterTensor tensor in parts)
            {
                using Tensor published = read(tensor.Name);
                values.narrow(0, tensor.FirstRow, tensor.Rows).copy_(tensor.OfPublished(published));
            }
            parts.Key.Set(values);
        }
    }

    public void Dispose()
    {
        Layers.Dispose();
        foreach (TensorWeight weight in Weights)
            weight.Dispose();
    }
}
