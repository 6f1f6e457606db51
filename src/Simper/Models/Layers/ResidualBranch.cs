using Simper.Kernels;
using Simper.Models.Weights;
using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Models.Layers;

/// <summary>
/// x + scale · after(branch(before(x))): a branch with optional norms before and after it.
/// </summary>
internal sealed class ResidualBranch(INorm? before, IBranch branch, INorm? after, double scale, int width, KernelSet kernels)
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
    /// <param name="x">What the branch reads.</param>
    /// <param name="pass">Positions, needed rows, caches.</param>
    /// <param name="kept">Where to save what the backward pass needs; null for none.</param>
    /// <param name="onto">What its result is added to [R, D], wide; the needed rows of x when not given.</param>
    public Tensor Forward(Tensor x, LayerPass pass, Activations? kept, Tensor? onto = null)
    {
        Tensor h;
        if (before is null)
        {
            h = kernels.Round(x);
        }
        else
        {
            (h, Tensor inverse) = before.Forward(x);
            kept?.Keep(inverse);
        }
        if (after is null && scale == 1)
            return branch.Forward(h, onto ?? pass.Wanted(x), pass, kept);
        Tensor y = branch.Forward(h, null, pass, kept);
        if (after is null)
        {
            y.TimesInPlace(scale);
            y.PlusInPlace(onto ?? pass.Wanted(x));
            return y;
        }
        (Tensor normed, Tensor inverseAfter) = after.Forward(y);
        kept?.Keep(y);
        kept?.Keep(inverseAfter);
        return kernels.Add(onto ?? pass.Wanted(x), scale == 1 ? normed : normed.Times(scale));
    }

    /// <summary>
    /// The gradient of the stream before [T, D], wide, from that after it [R, D], wide; accumulates the weight gradients.
    /// </summary>
    /// <param name="gradient">Of the stream after the branch.</param>
    /// <param name="x">The stream before it; null where it is on the stack, right below what the branch saved.</param>
    /// <param name="pass">As in <see cref="Forward"/>.</param>
    /// <param name="kept">As <see cref="Forward"/> left it.</param>
    /// <param name="around">What comes to x otherwise than through the branch [T, D], wide; the gradient itself when not
    /// given.</param>
    public Tensor Backward(Tensor gradient, Tensor? x, LayerPass pass, Activations kept, Tensor? around = null)
    {
        using var scope = NewDisposeScope();
        Tensor dy = kernels.Round(scale == 1 ? gradient : gradient.Times(scale));
        if (after is not null)
        {
            Tensor inverseAfter = kept.Take();
            Tensor y = kept.Take();
            dy = kernels.Round(after.Backward(dy, y, inverseAfter, residual: null));
        }
        Tensor? inverse = null;
        Tensor dH = branch.Backward(dy, Input, pass, kept);
        Tensor passed = around ?? pass.Spread(gradient);
        if (before is null)
            return kernels.Add(passed, dH).MoveToOuterDisposeScope();
        TakeOwn();
        return before.Backward(dH, x!, inverse!, residual: passed).MoveToOuterDisposeScope();

        Tensor Input()
        {
            TakeOwn();
            return before is null ? kernels.Round(x!) : before.Again(x!, inverse!);
        }

        void TakeOwn()
        {
            if (before is not null)
                inverse ??= kept.Take();
            x ??= kept.Take();
        }
    }
}
