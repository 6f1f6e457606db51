using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Kernels.Torch;

/// <summary>The operations in libtorch's operators alone, for any device.</summary>
internal sealed class TorchKernels(Precision precision, Device device) : KernelSet(precision, device)
{
    internal override Tensor EmptyTensor(ScalarType type, ReadOnlySpan<long> shape) =>
        empty(shape.ToArray(), dtype: type, device: Device);

    public override (Tensor Output, Tensor InverseRms) Norm(Tensor x, Tensor weight, double epsilon) =>
        throw new NotSupportedException();

    public override Tensor NormAgain(Tensor x, Tensor weight, Tensor inverseRms) => throw new NotSupportedException();

    public override Tensor NormBackward(
        Tensor dy,
        Tensor x,
        Tensor inverseRms,
        Tensor weight,
        Tensor? weightGradient,
        Tensor? residual
    ) => throw new NotSupportedException();

    public override Tensor Linear(Tensor x, Tensor weight, Tensor? bias) => throw new NotSupportedException();

    public override Tensor WideProduct(Tensor x, Tensor weight) => throw new NotSupportedException();

    public override Tensor AddLinear(Tensor? residual, Tensor x, Tensor weight, Tensor? bias) =>
        throw new NotSupportedException();

    public override (Tensor GateUp, Tensor Gated) GatedLinear(Tensor x, Tensor weight, Tensor? bias, Activation activation) =>
        throw new NotSupportedException();

    public override Tensor LinearBackward(Tensor dy, Tensor weight) => throw new NotSupportedException();

    public override (Tensor GateUp, Tensor Gated) GatedLinearBackward(
        Tensor dy,
        Tensor weight,
        Tensor gateUp,
        Activation activation
    ) => throw new NotSupportedException();

    public override void AddWeightGradient(Tensor sum, Tensor dy, Tensor x, bool adds) => throw new NotSupportedException();

    public override Tensor Add(Tensor a, Tensor b) => throw new NotSupportedException();

    public override Tensor Round(Tensor x) => throw new NotSupportedException();

    public override Tensor Gate(Tensor gateUp, Activation activation) => throw new NotSupportedException();

    public override Tensor GateBackward(Tensor gradient, Tensor gateUp, Activation activation) =>
        throw new NotSupportedException();

    public override void Rotate(Tensor queryKeyValue, Tensor cos, Tensor sin, HeadShape shape) =>
        throw new NotSupportedException();

    public override (Tensor Output, Tensor LogSumExp) Attend(Tensor queryKeyValue, TokenLayout layout, HeadShape shape) =>
        throw new NotSupportedException();

    public override Tensor AttendCached(
        Tensor queryKeyValue,
        TokenLayout fresh,
        IReadOnlyList<CachedHeads> caches,
        int layer,
        HeadShape shape
    ) => throw new NotSupportedException();

    public override Tensor AttendBackward(
        Tensor gradient,
        Tensor queryKeyValue,
        Tensor output,
        Tensor logSumExp,
        Positions at,
        HeadShape shape
    ) => throw new NotSupportedException();

    public override void SoftCap(Tensor logits, double cap) => throw new NotSupportedException();

    public override (Tensor LogSumExp, Tensor LogProb) LogProbs(Tensor logits, Tensor targets) =>
        throw new NotSupportedException();

    public override void LogProbsBackward(Tensor logits, Tensor targets, Tensor logSumExps, Tensor flowing, double cap = 0) =>
        throw new NotSupportedException();

    public override double SquareSum(Tensor gradient) => throw new NotSupportedException();

    public override void AdamW(
        Tensor weights,
        Tensor? missingBits,
        Tensor gradient,
        Tensor first,
        Tensor second,
        AdamWStep step
    ) => throw new NotSupportedException();

    public override void Split(Tensor values, Tensor high, Tensor missing) => throw new NotSupportedException();

    public override Tensor Join(Tensor high, Tensor missing) => throw new NotSupportedException();
}
