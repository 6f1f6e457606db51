using Simper.Kernels;
using Simper.Models.Weights;
using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Models.Layers;

/// <summary>y = x Wᵀ + b, and what adapters add to it. Owns its weights.</summary>
internal sealed class Linear(Weight weight, FloatWeight? bias, LowRank? adapters, KernelSet kernels)
{
    /// <summary>[outputs, inputs]</summary>
    public Weight Weight => weight;

    public int Outputs => (int)weight.Rows;

    public int Inputs => (int)weight.Columns;

    public IEnumerable<Weight> Weights => [weight, .. bias is null ? (Weight[])[] : [bias], .. adapters?.Weights ?? []];

    /// <summary>y [T, outputs], compute, from x [T, inputs], compute.</summary>
    public Tensor Forward(Tensor x)
    {
        if (adapters is null)
            return kernels.Linear(x, weight.Matrix, bias?.Compute);
        if (adapters.HasMagnitudes)
            return Scaled(x);
        (Tensor reduced, Tensor up) = adapters.Term(x);
        return kernels.LinearPlus(x, weight.Matrix, bias?.Compute, reduced, up);
    }

    /// <summary>residual + y [T, outputs], wide.</summary>
    public Tensor AddTo(Tensor? residual, Tensor x)
    {
        if (adapters is null)
            return kernels.AddLinear(residual, x, weight.Matrix, bias?.Compute);
        if (adapters.HasMagnitudes)
        {
            Tensor y = Scaled(x);
            return residual is null ? y.to(kernels.Precision.Wide) : kernels.Add(residual, y);
        }
        (Tensor reduced, Tensor up) = adapters.Term(x);
        return kernels.AddLinearPlus(residual, x, weight.Matrix, bias?.Compute, reduced, up);
    }

    /// <summary>y, whose columns are gate and up side by side, and act(gate) · up; compute.</summary>
    public (Tensor GateUp, Tensor Gated) ForwardGated(Tensor x, Activation activation)
    {
        if (adapters is null)
            return kernels.GatedLinear(x, weight.Matrix, bias?.Compute, activation);
        if (adapters.HasMagnitudes)
        {
            Tensor gateUp = Scaled(x);
            return (gateUp, kernels.Gate(gateUp, activation));
        }
        (Tensor reduced, Tensor up) = adapters.Term(x);
        return kernels.GatedLinearPlus(x, weight.Matrix, bias?.Compute, activation, reduced, up);
    }

    /// <summary>Accumulates the weight gradients; returns that of x [T, inputs], compute.</summary>
    /// <param name="dy">[T, outputs], compute.</param>
    /// <param name="input">x [T, inputs], compute; not asked for where nothing needs it.</param>
    public Tensor Backward(Tensor dy, Func<Tensor> input)
    {
        if (weight.IsTrainable || adapters is not null)
            return Backward(dy, input());
        AddBiasGradient(dy);
        return kernels.LinearBackward(dy, weight.Matrix);
    }

    /// <summary>
    /// Accumulates the weight gradients where x = act(gate) · up; returns the gradient of gate and up side by side.
    /// </summary>
    public Tensor BackwardGated(Tensor dy, Tensor gateUp, Activation activation)
    {
        if (adapters is { HasMagnitudes: true } or { Drops: true })
            return kernels.GateBackward(Backward(dy, kernels.Gate(gateUp, activation)), gateUp, activation);
        if (adapters is not null)
        {
            AddBiasGradient(dy);
            (Tensor reduced, Tensor down) = adapters.BackwardTerm(dy);
            (Tensor dBoth, Tensor x) = kernels.GatedLinearPlusBackward(dy, weight.Matrix, gateUp, activation, reduced, down);
            adapters.AddGradients(dy, x, reduced);
            return dBoth;
        }
        (Tensor dGateUp, Tensor gated) = kernels.GatedLinearBackward(dy, weight.Matrix, gateUp, activation);
        weight.Parameter?.AddWeightGradient(dy, gated);
        AddBiasGradient(dy);
        return dGateUp;
    }

    private Tensor Backward(Tensor dy, Tensor x)
    {
        AddBiasGradient(dy);
        if (adapters is { HasMagnitudes: true })
            return BackwardScaled(dy, x);
        weight.Parameter?.AddWeightGradient(dy, x);
        if (adapters is null)
            return kernels.LinearBackward(dy, weight.Matrix);
        if (adapters.Drops)
        {
            adapters.AddGradients(dy, x);
            Tensor dx = kernels.LinearBackward(dy, weight.Matrix);
            dx.PlusInPlace(adapters.Backward(dy));
            return dx;
        }
        (Tensor reduced, Tensor down) = adapters.BackwardTerm(dy);
        adapters.AddGradients(dy, x, reduced);
        return kernels.LinearPlusBackward(dy, weight.Matrix, reduced, down);
    }

    private void AddBiasGradient(Tensor dy)
    {
        if (bias?.Parameter is { } trained)
            trained.AddToGradient(dy.sum([0L], type: kernels.Precision.Wide));
    }

    // Before magnitudes and bias: x (W + s B A)ᵀ.
    private Tensor Unscaled(Tensor x)
    {
        Tensor y = kernels.Linear(x, weight.Matrix, bias: null);
        adapters!.AddTo(y, x);
        return y;
    }

    // With gains: x (W + s B A)ᵀ · gains + b.
    private Tensor Scaled(Tensor x)
    {
        using var scope = NewDisposeScope();
        Tensor scaled = adapters!.Drops
            ? adapters.ScaledDropped(kernels.Linear(x, weight.Matrix, bias: null), x)
            : Unscaled(x) * adapters.Gains(); // a wide factor: wide
        if (bias is not null)
            scaled = scaled.Plus(bias.Wide);
        return kernels.Round(scaled).MoveToOuterDisposeScope();
    }

    private Tensor BackwardScaled(Tensor dy, Tensor x)
    {
        using var scope = NewDisposeScope();
        if (adapters!.Drops)
        {
            Tensor through = kernels.LinearBackward(dy, weight.Matrix);
            through.PlusInPlace(adapters.BackwardScaledDropped(dy, x));
            return through.MoveToOuterDisposeScope();
        }
        Tensor gains = adapters.BackwardMagnitudes((dy.to(kernels.Precision.Wide) * Unscaled(x)).sum([0L]));
        Tensor dUnscaled = kernels.Round(dy * gains);
        Tensor dx = kernels.LinearBackward(dUnscaled, weight.Matrix);
        adapters.AddGradients(dUnscaled, x);
        dx.PlusInPlace(adapters.Backward(dUnscaled));
        return dx.MoveToOuterDisposeScope();
    }
}
