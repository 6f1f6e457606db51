using Simper.Checkpoints;
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
    private readonly IReadOnlyList<TensorWeight> _all; // also what is taken away from others

    internal Adapter(
        AdapterPlan plan,
        AdapterLayers layers,
        IReadOnlyList<AdapterTensor> tensors,
        Dictionary<string, TensorWeight> whole,
        IReadOnlyList<TensorWeight> all
    )
    {
        (Plan, Layers, Tensors, Whole, _all) = (plan, layers, tensors, whole, all);
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

    /// <summary>The same, to be saved.</summary>
    internal IEnumerable<SavedTensor> Stored(Func<TensorWeight, long, long, Tensor> of) =>
        Tensors.Select(t => new SavedTensor(
            t.Name,
            ScalarType.Float32,
            t.Shape,
            () => [t.Published(of(t.Weight, t.FirstRow, t.Rows))]
        ));

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

    /// <summary>Sets learning rates apart, as LoRA+ does (Hayou et al. 2024; PEFT's <c>create_loraplus_optimizer</c>).</summary>
    /// <param name="ratio">By how much the rate of every B, and of vectors, is higher.</param>
    /// <param name="ofEmbedding">The same of an embedding's adapter.</param>
    internal void SetRates(double ratio, double ofEmbedding)
    {
        foreach (AdapterTensor tensor in Tensors)
        {
            if (tensor.Weight.Parameter is { } parameter)
                parameter.RateFactor =
                    tensor.Name.Contains(".lora_embedding_", StringComparison.Ordinal) ? ofEmbedding
                    : tensor.Name.EndsWith(".lora_B.weight", StringComparison.Ordinal) || tensor.Shape.Length == 1 ? ratio
                    : 1;
        }
    }

    public void Dispose()
    {
        Layers.Dispose();
        foreach (TensorWeight weight in _all)
            weight.Dispose();
    }
}
