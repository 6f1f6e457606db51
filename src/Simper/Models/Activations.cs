using static TorchSharp.torch;

namespace Simper.Models;

/// <summary>
/// What a block's backward pass needs of its forward pass. Norm outputs and the gated unit are made again: they are cheap, and
/// would be a third of the memory. Owns its tensors.
/// </summary>
internal sealed class Activations : IDisposable
{
    private Tensor[] _all = [];

    public Tensor InverseRms1 => _all[0];

    /// <summary>After rotation.</summary>
    public Tensor QueryKeyValue => _all[1];

    public Tensor Attended => _all[2];

    public Tensor LogSumExp => _all[3];

    /// <summary>The residual stream between attention and MLP.</summary>
    public Tensor Middle => _all[4];

    public Tensor InverseRms2 => _all[5];

    public Tensor GateUp => _all[6];

    public void Keep(params Tensor[] tensors)
    {
        foreach (Tensor tensor in tensors)
            tensor.DetachFromDisposeScope();
        _all = tensors;
    }

    public void Dispose()
    {
        foreach (Tensor tensor in _all)
            tensor.Dispose();
        _all = [];
    }
}
