using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Training;

/// <summary>
/// Puts copies in the place of tensors that are about to change. Not thread safe.
/// </summary>
/// <param name="weights">The tensors of each weight, replaced in place.</param>
/// <param name="tensors">Other tensors, replaced in place.</param>
/// <param name="takePages">Memory for copies, if there is any that is kept for them.</param>
internal sealed class StateCopies(
    IReadOnlyCollection<Tensor[]> weights,
    (string Name, Tensor Tensor)[] tensors,
    Func<LargePages?> takePages
) : IDisposable
{
    private readonly List<Tensor> _owned = [];
    private LargePages? _pages;

    /// <summary>Whether copies were made, or none are needed any more.</summary>
    public bool AreMade { get; private set; }

    /// <summary>Copies what is still needed; only the first time.</summary>
    /// <param name="weights">Whether the weights are.</param>
    /// <param name="needs">Whether another tensor is, by its place.</param>
    public void Make(bool weights, Func<int, bool> needs)
    {
        if (AreMade)
            return;
        AreMade = true;
        using var noGrad = no_grad();
        _pages = takePages();
        if (weights)
            CopyWeights();
        for (int i = 0; i < tensors.Length; i++)
        {
            if (needs(i))
                tensors[i].Tensor = Copy(tensors[i].Tensor);
        }
    }

    public void Dispose()
    {
        AreMade = true;
        foreach (Tensor tensor in _owned)
            tensor.Dispose();
        _owned.Clear();
        _pages?.Return();
        _pages = null;
    }

    private void CopyWeights()
    {
        foreach (Tensor[] weight in weights)
        {
            for (int i = 0; i < weight.Length; i++)
                weight[i] = Copy(weight[i]);
        }
    }

    private Tensor Copy(Tensor tensor)
    {
        Tensor copy = _pages?.Copy(tensor) ?? tensor.clone().DetachFromDisposeScope();
        _owned.Add(copy);
        return copy;
    }
}
