using Simper.Kernels;
using Simper.Models.Weights;
using static TorchSharp.torch;

namespace Simper.Models.Layers;

/// <summary>
/// x + after(branch(before(x))): a branch with optional norms before and after it.
/// </summary>
internal sealed class ResidualBranch(RmsNorm? before, IBranch branch, RmsNorm? after, int width, KernelSet kernels)
{
    public IEnumerable<Weight> Weights => [.. before?.Weights ?? [], .. branch.Weights, .. after?.Weights ?? []];

    /// <summary>Activation memory per token.</summary>
    public TokenBytes Bytes
    {
        get
        {
            int wide = kernels.Precision.WideBytes;
            TokenBytes inner = branch.Bytes;
            long norms = (before is null ? 0 : wide) + (after is null ? 0 : wide + (long)wide * width);
            return inner with { Kept = inner.Kept + norms };
        }
    }

    /// <summary>The stream after the branch at the needed rows [R, D], wide, from the stream before it [T, D], wide.</summary>
    public Tensor Forward(Tensor x, LayerPass pass, Activations? kept)
    {
        Tensor h;
        if (before is null)
        {
            h = kernels.Round(x);
        }
        else
        {
            (h, Tensor inverseRms) = before.Forward(x);
            kept?.Keep(inverseRms);
        }
        if (after is null)
            return branch.Forward(h, x, pass, kept);
        Tensor y = branch.Forward(h, null, pass, kept);
        (Tensor normed, Tensor inverseRmsAfter) = after.Forward(y);
        kept?.Keep(y);
        kept?.Keep(inverseRmsAfter);
        return kernels.Add(pass.Wanted(x), normed);
    }

    /// <summary>
    /// The gradient of the stream before [T, D], wide, from that after it [R, D], wide; accumulates the weight gradients.
    /// </summary>
    /// <param name="gradient">Of the stream after the branch.</param>
    /// <param name="x">The stream before it; null where it is on the stack, right below what the branch saved.</param>
    /// <param name="pass">As in <see cref="Forward"/>.</param>
    /// <param name="kept">As <see cref="Forward"/> left it.</param>
    public Tensor Backward(Tensor gradient, Tensor? x, LayerPass pass, Activations kept)
    {
        using var scope = NewDisposeScope();
        Tensor dy = kernels.Round(gradient);
        if (after is not null)
        {
            Tensor inverseRmsAfter = kept.Take();
            Tensor y = kept.Take();
            dy = kernels.Round(after.Backward(dy, y, inverseRmsAfter, residual: null));
        }
        Tensor? inverseRms = null;
        Tensor dH = branch.Backward(dy, Input, pass, kept);
        Tensor passed = pass.Spread(gradient);
        if (before is null)
            return kernels.Add(passed, dH).MoveToOuterDisposeScope();
        TakeOwn();
        return before.Backward(dH, x!, inverseRms!, residual: passed).MoveToOuterDisposeScope();

        Tensor Input()
        {
            TakeOwn();
            return before is null ? kernels.Round(x!) : before.Again(x!, inverseRms!);
        }

        void TakeOwn()
        {
            if (before is not null)
                inverseRms ??= kept.Take();
            x ??= kept.Take();
        }
    }
}
