using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Models.Layers;

// Legend: T tokens, D inputs, N outputs, R the ranks of all parts together.

// Magnitudes with dropout. As in PEFT, with x' the input that a part's adapter sees and g = m / ‖W + s B A‖:
// y = W x + (g - 1) (W x') + g s B (A x') + b, so that an adapter that has learned nothing changes nothing.
internal sealed partial class LowRank
{
    /// <summary>y [T, N], wide, without bias, from W x [T, N].</summary>
    /// <param name="plain">W x, compute.</param>
    /// <param name="x">[T, D], compute.</param>
    public Tensor ScaledDropped(Tensor plain, Tensor x)
    {
        using var scope = NewDisposeScope();
        Tensor y = plain.to(Wide, copy: true);
        foreach (LowRankPart part in parts)
        {
            (_, _, Tensor w, Tensor added) = Dropped(part, x);
            Tensor gain = Gain(part, Norms(part));
            y.narrow(1, part.FirstRow, part.Rows).PlusInPlace((w * gain.Plus(-1)).Plus(added * gain));
        }
        return y.MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Accumulates all gradients; returns the part of the input's gradient [T, D], compute, that does not come through W x.
    /// </summary>
    /// <param name="dy">[T, N], compute.</param>
    /// <param name="x">[T, D], compute.</param>
    public Tensor BackwardScaledDropped(Tensor dy, Tensor x)
    {
        using var scope = NewDisposeScope();
        Tensor? sum = null;
        foreach (LowRankPart part in parts)
        {
            Tensor dPart = dy.narrow(1, part.FirstRow, part.Rows).contiguous();
            (Tensor seen, Tensor b, Tensor w, Tensor added) = Dropped(part, x);
            Tensor norms = Norms(part);
            Tensor gain = Gain(part, norms);
            AddMagnitudeGradient(part, (dPart.to(Wide) * w.Plus(added)).sum([0L]), norms);
            Tensor dAdded = kernels.Round(dPart * gain);
            Tensor dReduced = kernels.LinearBackward(dAdded, b);
            if (part.B.Parameter is { } up)
            {
                Tensor dB = kernels.Empty(Wide, part.Rows, part.Rank);
                kernels.AddWeightGradient(dB, dAdded, kernels.Linear(seen, part.A.Compute, bias: null), adds: false);
                up.AddToGradient(dB.Times(part.Scale));
            }
            part.A.Parameter?.AddWeightGradient(dReduced, seen);
            Tensor dSeen = kernels.LinearBackward(dReduced, part.A.Compute);
            dSeen.PlusInPlace(
                kernels.LinearBackward(kernels.Round(dPart * gain.Plus(-1)), adapted.Matrix(part.FirstRow, part.Rows))
            );
            Tensor through = dropout!.Apply(dSeen, part.Key);
            sum = sum is null ? through : sum.Plus(through);
        }
        return sum!.MoveToOuterDisposeScope();
    }

    // x' and s B of a part, compute; W x' and s B A x', wide.
    private (Tensor Seen, Tensor Up, Tensor W, Tensor Added) Dropped(LowRankPart part, Tensor x)
    {
        Tensor seen = dropout!.Apply(x, part.Key);
        Tensor w = kernels.Linear(seen, adapted.Matrix(part.FirstRow, part.Rows), bias: null).to(Wide);
        Tensor b = kernels.Round(part.B.Values().to(Wide).Times(part.Scale));
        Tensor added = kernels.AddLinear(null, kernels.Linear(seen, part.A.Compute, bias: null), b, bias: null);
        return (seen, b, w, added);
    }
}
