using Simper.Kernels;
using static TorchSharp.torch;

namespace Simper.Models.Layers;

// Legend: T tokens, D inputs.

/// <summary>
/// Dropout of what adapters read (<c>lora_dropout</c>): a value is zero with probability p, else divided by 1 - p. Which ones
/// depends on the step, the token with all that precedes it, the adapted matrix and the column alone: so results are the same
/// however answers are packed, and a pass that is computed again drops the same. One object for all layers of a model.
/// </summary>
/// <param name="probability">p.</param>
/// <param name="kernels">The operations.</param>
internal sealed class AdapterDropout(double probability, KernelSet kernels)
{
    private Tensor? _keys; // [T], int64
    private Tensor? _rows; // the tokens of the last block

    /// <summary>The step's own number; null outside of training steps, where nothing is dropped.</summary>
    public ulong? Step { get; set; }

    /// <summary>Whether values are dropped in the open pass.</summary>
    public bool IsActive => _keys is not null;

    /// <summary>Begins a pass; <see cref="End"/> ends it. Nothing where there is no step.</summary>
    /// <param name="ids">[T], int64.</param>
    /// <param name="layout">Their segments.</param>
    /// <param name="rows">The tokens that the last block computes; null for all.</param>
    public void Begin(Tensor ids, TokenLayout layout, Tensor? rows)
    {
        if (Step is not { } step)
            return;
        End(); // of a pass that failed
        using Tensor own = ids.cpu();
        _keys = kernels.Indices(layout.Keys(own.data<long>().ToArray(), step)).DetachFromDisposeScope();
        _rows = rows;
    }

    /// <summary>Ends a pass.</summary>
    public void End()
    {
        _keys?.Dispose();
        (_keys, _rows) = (null, null);
    }

    /// <summary>x [T, D], with some of its values dropped; or a gradient, with the same.</summary>
    public Tensor Apply(Tensor x, long key)
    {
        Tensor keys = _keys!;
        if (x.size(0) != keys.size(0))
            keys = keys.index_select(0, _rows!);
        return kernels.Drop(x, keys, key, probability);
    }
}
