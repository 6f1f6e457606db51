using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Kernels.Cpu;

/// <summary>Products of gate and up side by side, with the gate as their epilogue.</summary>
internal sealed unsafe partial class TiledKernels
{
    public override (Tensor GateUp, Tensor Gated) GatedLinear(
        Tensor x,
        WeightMatrix weight,
        Tensor? bias,
        Activation activation
    ) => Suits(x) ? Gated(x, weight, bias, activation, added: null) : base.GatedLinear(x, weight, bias, activation);

    public override (Tensor GateUp, Tensor Gated) GatedLinearPlus(
        Tensor x,
        WeightMatrix weight,
        Tensor? bias,
        Activation activation,
        Tensor reduced,
        Tensor up
    ) =>
        Suits(x) && Suits(reduced)
            ? Gated(x, weight, bias, activation, Added(reduced, up, isTransposed: true))
            : base.GatedLinearPlus(x, weight, bias, activation, reduced, up);

    private (Tensor GateUp, Tensor Gated) Gated(
        Tensor x,
        WeightMatrix weight,
        Tensor? bias,
        Activation activation,
        AddedProduct? added
    ) =>
        activation switch
        {
            Activation.Silu => GatedLinear<Silu>(x, weight, bias, added),
            Activation.GeluTanh => GatedLinear<GeluTanh>(x, weight, bias, added),
            Activation.Gelu => GatedLinear<Gelu>(x, weight, bias, added),
            _ => throw Unknown(activation),
        };

    private (Tensor GateUp, Tensor Gated) GatedLinear<TActivation>(
        Tensor x,
        WeightMatrix weight,
        Tensor? bias,
        AddedProduct? added
    )
        where TActivation : struct, IActivation
    {
        int inner = (int)weight.Rows / 2;
        Tensor gateUp = Empty(ScalarType.BFloat16, x.size(0), weight.Rows);
        Tensor gated = Empty(ScalarType.BFloat16, x.size(0), inner);
        Forward(
            x,
            weight,
            inner,
            new Epilogues.Gate<TActivation>
            {
                GateUp = Compute(gateUp),
                Gated = Compute(gated),
                Inner = inner,
                Bias = OrNull(bias),
            },
            second: inner,
            added: added
        );
        return (gateUp, gated);
    }

    public override (Tensor GateUp, Tensor Gated) GatedLinearBackward(
        Tensor dy,
        WeightMatrix weight,
        Tensor gateUp,
        Activation activation
    ) =>
        Suits(dy)
            ? GatedBackward(dy, weight, gateUp, activation, added: null)
            : base.GatedLinearBackward(dy, weight, gateUp, activation);

    public override (Tensor GateUp, Tensor Gated) GatedLinearPlusBackward(
        Tensor dy,
        WeightMatrix weight,
        Tensor gateUp,
        Activation activation,
        Tensor reduced,
        Tensor down
    ) =>
        Suits(dy) && Suits(reduced)
            ? GatedBackward(dy, weight, gateUp, activation, Added(reduced, down, isTransposed: false))
            : base.GatedLinearPlusBackward(dy, weight, gateUp, activation, reduced, down);

    private (Tensor GateUp, Tensor Gated) GatedBackward(
        Tensor dy,
        WeightMatrix weight,
        Tensor gateUp,
        Activation activation,
        AddedProduct? added
    ) =>
        activation switch
        {
            Activation.Silu => GatedLinearBackward<Silu>(dy, weight, gateUp, added),
            Activation.GeluTanh => GatedLinearBackward<GeluTanh>(dy, weight, gateUp, added),
            Activation.Gelu => GatedLinearBackward<Gelu>(dy, weight, gateUp, added),
            _ => throw Unknown(activation),
        };

    private (Tensor GateUp, Tensor Gated) GatedLinearBackward<TActivation>(
        Tensor dy,
        WeightMatrix weight,
        Tensor gateUp,
        AddedProduct? added
    )
        where TActivation : struct, IActivation
    {
        int inner = (int)weight.Columns;
        Tensor result = Empty(ScalarType.BFloat16, dy.size(0), 2 * inner);
        Tensor gated = Empty(ScalarType.BFloat16, dy.size(0), inner);
        Backward(
            dy,
            weight,
            new Epilogues.GateBackward<TActivation>
            {
                GateUp = Compute(gateUp),
                Result = Compute(result),
                Gated = Compute(gated),
                Inner = inner,
            },
            added
        );
        return (result, gated);
    }
}
