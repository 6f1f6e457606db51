using Simper.Kernels;
using Simper.Models.Weights;
using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Models.Layers;

// Legend: T tokens, D inputs, N outputs, R the ranks of all parts together.

/// <summary>
/// The adapters of a linear layer y = x Wᵀ + b: y += x Aᵀ Bᵀ with the A of all parts stacked [R, D] and their s B side by
/// side, each in its own rows [N, R]; so two narrow products serve all parts. With magnitudes (DoRA) y is m / ‖W + s B A‖
/// times x (W + s B A)ᵀ, row by row of W, plus b; the norm is a constant to the gradient, as in PEFT. Does not own the parts'
/// weights.
/// </summary>
/// <param name="parts">At least one; all have a magnitude, or none. Those of the same rows add up.</param>
/// <param name="adapted">W [N, D], frozen.</param>
/// <param name="dropout">Of the adapters' inputs, or null.</param>
/// <param name="kernels">The operations.</param>
internal sealed partial class LowRank(
    IReadOnlyList<LowRankPart> parts,
    AdaptedRows adapted,
    AdapterDropout? dropout,
    KernelSet kernels
) : IDisposable
{
    private readonly bool _trains = parts.Any(p => p.Weights.Any(w => w.IsTrainable));
    private (Tensor A, Tensor B)? _stacked;
    private Tensor? _rowNorms; // ‖W‖² [N], wide

    public IEnumerable<Weight> Weights => parts.SelectMany(p => p.Weights);

    /// <summary>Whether rows are scaled to magnitudes.</summary>
    public bool HasMagnitudes { get; } = parts[0].Magnitude is not null;

    /// <summary>Whether inputs are dropped in this pass.</summary>
    public bool Drops => dropout is { IsActive: true };

    /// <summary>R.</summary>
    public long Ranks { get; } = parts.Sum(p => p.Rank);

    private ScalarType Wide => kernels.Precision.Wide;

    /// <summary>y [T, N], compute, gains what the adapters add, in place.</summary>
    public void AddTo(Tensor y, Tensor x)
    {
        using var scope = NewDisposeScope();
        (Tensor a, Tensor b) = Stacked();
        y.PlusInPlace(kernels.Linear(Reduce(x, a), b, bias: null));
    }

    /// <summary>y [T, N], wide, and what the adapters add.</summary>
    public Tensor AddedTo(Tensor y, Tensor x)
    {
        using var scope = NewDisposeScope();
        (Tensor a, Tensor b) = Stacked();
        return kernels.AddLinear(y, Reduce(x, a), b, bias: null).MoveToOuterDisposeScope();
    }

    /// <summary>x Aᵀ [T, R], and s B [N, R], whose product is what the adapters add; compute.</summary>
    public (Tensor Reduced, Tensor Up) Term(Tensor x)
    {
        using var scope = NewDisposeScope();
        (Tensor a, Tensor b) = Stacked();
        return (Reduce(x, a).MoveToOuterDisposeScope(), b.alias().MoveToOuterDisposeScope());
    }

    /// <summary>dy s B [T, R], and A [R, D], whose product is the gradient of x through the adapters where none drop; compute.
    /// </summary>
    public (Tensor Reduced, Tensor Down) BackwardTerm(Tensor dy)
    {
        using var scope = NewDisposeScope();
        (Tensor a, Tensor b) = Stacked();
        return (kernels.LinearBackward(dy, b).MoveToOuterDisposeScope(), a.alias().MoveToOuterDisposeScope());
    }

    /// <summary>The part of the input's gradient [T, D], compute, that comes through the adapters.</summary>
    /// <param name="dy">Of the outputs, before magnitudes [T, N], compute.</param>
    public Tensor Backward(Tensor dy)
    {
        using var scope = NewDisposeScope();
        (Tensor a, Tensor b) = Stacked();
        Tensor dReduced = kernels.LinearBackward(dy, b); // [T, R]
        return (Drops ? ThroughDropout(dReduced) : kernels.LinearBackward(dReduced, a)).MoveToOuterDisposeScope();
    }

    /// <summary>Accumulates the gradients of A and B.</summary>
    /// <param name="dy">Of the outputs, before magnitudes [T, N], compute.</param>
    /// <param name="x">[T, D], compute.</param>
    /// <param name="reduced">dy s B, where it is known.</param>
    public void AddGradients(Tensor dy, Tensor x, Tensor? reduced = null)
    {
        if (!_trains)
            return;
        using var scope = NewDisposeScope();
        (Tensor a, Tensor b) = Stacked();
        Tensor dReduced = reduced ?? kernels.LinearBackward(dy, b);
        Tensor dB = kernels.Empty(Wide, b.shape);
        kernels.AddWeightGradient(dB, dy, Reduce(x, a), adds: false);
        Tensor? dA = Drops ? null : kernels.Empty(Wide, a.shape);
        if (dA is not null)
            kernels.AddWeightGradient(dA, dReduced, x, adds: false);
        foreach ((LowRankPart part, long first) in InOrder())
        {
            Tensor own = dB.narrow(0, part.FirstRow, part.Rows).narrow(1, first, part.Rank);
            part.B.Parameter?.AddToGradient(own.Times(part.Scale));
            if (dA is not null)
                part.A.Parameter?.AddToGradient(dA.narrow(0, first, part.Rank));
            else
                part.A.Parameter?.AddWeightGradient(
                    dReduced.narrow(1, first, part.Rank).contiguous(),
                    dropout!.Apply(x, part.Key)
                );
        }
    }

    /// <summary>m / ‖W + s B A‖ of every row [N], wide; 1 where a row has no magnitude. Only where there are some.</summary>
    public Tensor Gains()
    {
        using var scope = NewDisposeScope();
        return Gains([.. parts.Select(Norms)]).MoveToOuterDisposeScope();
    }

    /// <summary>Accumulates the gradients of the magnitudes; returns <see cref="Gains()"/>, which need the same norms.</summary>
    /// <param name="along">Σ dy · y over tokens, with y before magnitudes [N], wide.</param>
    public Tensor BackwardMagnitudes(Tensor along)
    {
        using var scope = NewDisposeScope();
        Tensor[] norms = [.. parts.Select(Norms)];
        foreach ((LowRankPart part, Tensor own) in parts.Zip(norms))
            AddMagnitudeGradient(part, along.narrow(0, part.FirstRow, part.Rows), own);
        return Gains(norms).MoveToOuterDisposeScope();
    }

    private Tensor Gains(Tensor[] norms)
    {
        Tensor gains = ones(adapted.Rows, dtype: Wide, device: kernels.Device);
        foreach ((LowRankPart part, Tensor own) in parts.Zip(norms))
            gains.narrow(0, part.FirstRow, part.Rows).copy_(Gain(part, own));
        return gains;
    }

    private Tensor Gain(LowRankPart part, Tensor norms) => part.Magnitude!.Values().view(-1).to(Wide) / norms;

    private static void AddMagnitudeGradient(LowRankPart part, Tensor along, Tensor norms) =>
        part.Magnitude!.Parameter?.AddToGradient((along / norms).unsqueeze(1));

    /// <summary>Rows of W with everything that the adapters do to them, wide; the caller disposes them.</summary>
    public Tensor Merged(long first, long rows)
    {
        using var scope = NewDisposeScope();
        Tensor sum = adapted.Values(first, rows).to(Wide, copy: true);
        foreach (LowRankPart part in parts)
        {
            long from = Math.Max(first, part.FirstRow);
            long count = Math.Min(first + rows, part.FirstRow + part.Rows) - from;
            if (count <= 0)
                continue;
            Tensor b = part.B.Values(from - part.FirstRow, count).to(Wide);
            sum.narrow(0, from - first, count).PlusInPlace(b.mm(part.A.Values().to(Wide)).Times(part.Scale));
        }
        if (HasMagnitudes)
            sum = sum * Gains().narrow(0, first, rows).unsqueeze(1);
        return sum.MoveToOuterDisposeScope();
    }

    // ‖W + s B A‖ of a part's rows, wide: √(‖w‖² + 2 s b·(A w) + s² b (A Aᵀ) bᵀ), in which W is in a product.
    private Tensor Norms(LowRankPart part)
    {
        Tensor b = part.B.Values().to(Wide).Times(part.Scale);
        Tensor aw = kernels.WideProduct(part.A.Compute, adapted.Matrix(part.FirstRow, part.Rows)).t(); // [rows, r]
        Tensor a = part.A.Compute.to(Wide);
        Tensor squares = (b * aw.Times(2).Plus(b.mm(a.mm(a.t())))).sum(1);
        return squares.Plus(RowNorms().narrow(0, part.FirstRow, part.Rows)).sqrt();
    }

    private Tensor RowNorms() => _rowNorms ??= adapted.SquaredNorms(Wide).DetachFromDisposeScope();

    // x Aᵀ [T, R], compute; each part's input with its own dropout.
    private Tensor Reduce(Tensor x, Tensor a) =>
        Drops
            ? cat([.. parts.Select(p => kernels.Linear(dropout!.Apply(x, p.Key), p.A.Compute, bias: null))], 1)
            : kernels.Linear(x, a, bias: null);

    private Tensor ThroughDropout(Tensor dReduced)
    {
        Tensor? sum = null;
        foreach ((LowRankPart part, long first) in InOrder())
        {
            Tensor own = dReduced.narrow(1, first, part.Rank).contiguous();
            Tensor through = dropout!.Apply(kernels.LinearBackward(own, part.A.Compute), part.Key);
            sum = sum is null ? through : sum.Plus(through);
        }
        return sum!;
    }

    // Each part and its first row of the stacked A, its first column of the stacked B.
    private IEnumerable<(LowRankPart Part, long First)> InOrder()
    {
        long first = 0;
        foreach (LowRankPart part in parts)
        {
            yield return (part, first);
            first += part.Rank;
        }
    }

    // A of all parts [R, D] and s B of each in its rows [N, R], compute. s B is rounded once, from the masters.
    private (Tensor A, Tensor B) Stacked()
    {
        if (_stacked is { } known)
            return known;
        Tensor a = parts.Count == 1 ? parts[0].A.Compute : cat([.. parts.Select(p => p.A.Compute)], 0);
        Tensor b = zeros([adapted.Rows, Ranks], dtype: Wide, device: kernels.Device);
        foreach ((LowRankPart part, long first) in InOrder())
            b.narrow(0, part.FirstRow, part.Rows).narrow(1, first, part.Rank).copy_(part.B.Values().Times(part.Scale));
        b = b.to(kernels.Precision.Compute);
        if (!_trains)
            _stacked = (a.alias().DetachFromDisposeScope(), b.DetachFromDisposeScope());
        return _stacked ?? (a, b);
    }

    public void Dispose()
    {
        _stacked?.A.Dispose();
        _stacked?.B.Dispose();
        _rowNorms?.Dispose();
    }
}
