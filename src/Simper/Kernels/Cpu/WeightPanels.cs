using Simper.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Kernels.Cpu;

/// <summary>Weights in the panels of <see cref="PanelProduct"/>, each made when first needed, by its address. Owns them.</summary>
internal sealed unsafe class WeightPanels
{
    private readonly Dictionary<(nint Weight, int Second), (Tensor Tensor, nint Address)> _made = [];

    /// <summary>A weight [M, K] in panels.</summary>
    public uint* Of(Tensor weight, int columns, int second)
    {
        nint address = (nint)TensorMemory.Pointer(weight);
        if (_made.TryGetValue((address, second), out (Tensor Tensor, nint Address) known))
            return (uint*)known.Address;
        Tensor made = PanelProduct.Pack((BFloat16*)address, (int)weight.size(1), columns, second).DetachFromDisposeScope();
        nint at = (nint)TensorMemory.Pointer(made);
        _made.Add((address, second), (made, at));
        return (uint*)at;
    }

    public void Clear()
    {
        foreach ((Tensor tensor, _) in _made.Values)
            tensor.Dispose();
        _made.Clear();
    }
}
