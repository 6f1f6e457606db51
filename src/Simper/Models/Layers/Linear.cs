using Simper.Kernels;
using Simper.Models.Weights;
using static TorchSharp.torch;

namespace Simper.Models.Layers;

/// <summary>y = x Wᵀ + b. Owns its weights.</summary>
internal sealed class Linear(Weight weight, FloatWeight? bias, KernelSet kernels)
{
    /// <summary>[outputs, inputs]</summary>
    public Weight Weight => weight;

    public int Outputs => (int)weight.Rows;

    public int Inputs => (int)weight.Columns;

    public IEnumerable<Weight> Weights => bias is null ? [weight] : [weight, bias];

    /// <summary>y [T, outputs], compute, from x [T, inputs], compute.</summary>
    public Tensor Forward(Tensor x) => kernels.Linear(x, weight.Matrix, bias?.Compute);

    /// <summary>residual + y [T, outputs], wide.</summary>
    public Tensor AddTo(Tensor? residual, Tensor x) => kernels.AddLinear(residual, x, weight.Matrix, bias?.Compute);

    /// <summary>y, whose columns are gate and up side by side, and act(gate) · up; compute.</summary>
    public (Tensor GateUp, Tensor Gated) ForwardGated(Tensor x, Activation activation) =>
        kernels.GatedLinear(x, weight.Matrix, bias?.Compute, activation);

    /// <summary>Accumulates the weight gradients; returns that of x [T, inputs], compute.</summary>
    /// <param name="dy">[T, outputs], compute.</param>
    /// <param name="x">[T, inputs], compute.</param>
    public Tensor Backward(Tensor dy, Tensor x)
    {
        AddGradients(dy, x);
        return kernels.LinearBackward(dy, weight.Matrix);
    }

    /// <summary>
    /// Accumulates the weight gradients where x = act(gate) · up; returns the gradient of gate and up side by side.
    /// </summary>
    public Tensor BackwardGated(Tensor dy, Tensor gateUp, Activation activation)
    {
        (Tensor dGateUp, Tensor gated) = kernels.GatedLinearBackward(dy, weight.Matrix, gateUp, activation);
        AddGradients(dy, gated);
        return dGateUp;
    }

    private void AddGradients(Tensor dy, Tensor x)
    {
        weight.Parameter?.AddWeightGradient(dy, x);
        if (bias?.Parameter is { } trained)
            trained.AddToGradient(dy.sum([0L], type: kernels.Precision.Wide));
    }
}
