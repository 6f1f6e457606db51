using Simper.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Kernels.Cpu;

/// <summary>
/// Weights in the panels of <see cref="PanelProduct"/>, each made when first needed. Models that share weights share them, too;
/// they are freed when the last one has left. Owns them. Thread safe.
/// </summary>
internal sealed unsafe class WeightPanels
{
    private readonly Dictionary<(nint Weight, int Second), (Tensor Tensor, Tensor Weight, nint Address)> _made = [];
    private readonly Lock _gate = new();
    private int _users;

    /// <summary>One more uses them.</summary>
    public void Enter()
    {
        lock (_gate)
            _users++;
    }

    /// <summary>One no longer uses them.</summary>
    public void Leave()
    {
        lock (_gate)
        {
            if (--_users > 0)
                return;
            foreach ((Tensor tensor, Tensor weight, _) in _made.Values)
            {
                tensor.Dispose();
                weight.Dispose();
            }
            _made.Clear();
        }
    }

    /// <summary>A weight [M, K] in panels.</summary>
    public uint* Of(Tensor weight, int columns, int second)
    {
        nint address = (nint)TensorMemory.Pointer(weight);
        lock (_gate)
        {
            if (_made.TryGetValue((address, second), out (Tensor Tensor, Tensor Weight, nint Address) known))
                return (uint*)known.Address;
            Tensor made = PanelProduct.Pack((BFloat16*)address, (int)weight.size(1), columns, second).DetachFromDisposeScope();
            nint at = (nint)TensorMemory.Pointer(made);
            // The weight is kept, so that no other one comes to lie at its address.
            _made.Add((address, second), (made, weight.alias().DetachFromDisposeScope(), at));
            return (uint*)at;
        }
    }
}
