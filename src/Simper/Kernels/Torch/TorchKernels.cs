using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Kernels.Torch;

/// <summary>
/// The operations in libtorch's operators only, for any device: no pointers, and no host round trip except for
/// <see cref="SquareSum"/>, whose result is needed on the host. Values are rounded where the CPU's kernels round them. Tested on
/// the CPU only.
/// </summary>
/// <remarks>Caches the tables of the last layout that attention saw; <see cref="Dispose"/> frees them.</remarks>
internal sealed class TorchKernels(Precision precision, Device device) : KernelSet(precision, device)
{
    private readonly TorchAttention _attention = new(precision, device);

    /// <summary>Most scores in attention at a time.</summary>
    internal long ScoreNumbers
    {
        init => _attention.ScoreNumbers = value;
    }

    public override KernelSet Another() => new TorchKernels(Precision, Device);

    internal override Tensor EmptyTensor(ScalarType type, ReadOnlySpan<long> shape) =>
        empty(shape.ToArray(), dtype: type, device: Device);

    public override (Tensor Output, Tensor InverseRms) Norm(Tensor x, Tensor weight, double epsilon) =>
        TorchNorm.Forward(x, weight, epsilon, Precision);

    public override Tensor NormAgain(Tensor x, Tensor weight, Tensor inverseRms) =>
        TorchNorm.Again(x, weight, inverseRms, Precision);

    public override Tensor NormBackward(
        Tensor dy,
        Tensor x,
        Tensor inverseRms,
        Tensor weight,
        Tensor? weightGradient,
        Tensor? residual
    ) => TorchNorm.Backward(dy, x, inverseRms, weight, weightGradient, residual);

    public override (Tensor Output, Tensor InverseDeviation) LayerNorm(Tensor x, Tensor weight, Tensor? bias, double epsilon) =>
        TorchLayerNorm.Forward(x, weight, bias, epsilon, Precision);

    public override Tensor LayerNormAgain(Tensor x, Tensor weight, Tensor? bias, Tensor inverseDeviation) =>
        TorchLayerNorm.Again(x, weight, bias, inverseDeviation, Precision);

    public override Tensor LayerNormBackward(
        Tensor dy,
        Tensor x,
        Tensor inverseDeviation,
        Tensor weight,
        Tensor? weightGradient,
        Tensor? residual
    ) => TorchLayerNorm.Backward(dy, x, inverseDeviation, weight, weightGradient, residual);

    public override Tensor Linear(Tensor x, WeightMatrix weight, Tensor? bias) =>
        weight.Packed is { } packed
            ? TorchPacked.Forward(x, packed, bias, Precision)
            : TorchLinear.Forward(x, weight.Values, bias);

    public override Tensor AddLinear(Tensor? residual, Tensor x, WeightMatrix weight, Tensor? bias)
    {
        using Tensor product = Linear(x, weight, bias);
        return residual is null ? product.to(Precision.Wide, copy: true) : residual.Plus(product);
    }

    public override Tensor WideProduct(Tensor x, WeightMatrix weight) =>
        weight.Packed is { } packed ? TorchPacked.Wide(x, packed, Precision) : TorchLinear.Wide(x, weight.Values, Precision);

    public override Tensor Rows(WeightMatrix weight, Tensor ids) =>
        weight.Packed is { } packed
            ? TorchPacked.Rows(packed, ids, Precision)
            : weight.Values.index_select(0, ids).to(Precision.Wide);

    public override Tensor Unpack(PackedMatrix packed, long first, long count) =>
        TorchPacked.Unpack(packed, first, count, Precision, Device);

    public override (Tensor GateUp, Tensor Gated) GatedLinear(Tensor x, WeightMatrix weight, Tensor? bias, Activation activation)
    {
        Tensor gateUp = Linear(x, weight, bias);
        return (gateUp, Gate(gateUp, activation));
    }

    public override Tensor LinearBackward(Tensor dy, WeightMatrix weight) =>
        weight.Packed is { } packed ? TorchPacked.Backward(dy, packed, Precision) : dy.mm(weight.Values);

    public override (Tensor GateUp, Tensor Gated) GatedLinearBackward(
        Tensor dy,
        WeightMatrix weight,
        Tensor gateUp,
        Activation activation
    )
    {
        using Tensor dGated = LinearBackward(dy, weight);
        return (GateBackward(dGated, gateUp, activation), Gate(gateUp, activation));
    }

    public override void AddWeightGradient(Tensor sum, Tensor dy, Tensor x, bool adds) =>
        TorchLinear.AddWeightGradient(sum, dy, x, adds);

    public override Tensor Add(Tensor a, Tensor b) => a.Plus(b);

    public override Tensor Round(Tensor x) => x.dtype == Precision.Compute ? x.alias() : x.to(Precision.Compute);

    public override Tensor Gate(Tensor gateUp, Activation activation) => TorchGate.Forward(gateUp, activation, Precision);

    public override Tensor GateBackward(Tensor gradient, Tensor gateUp, Activation activation) =>
        TorchGate.Backward(gradient, gateUp, activation, Precision);

    public override Tensor Activate(Tensor x, Activation activation) => TorchActivation.Forward(x, activation, Precision);

    public override Tensor ActivateBackward(Tensor gradient, Tensor x, Activation activation) =>
        TorchActivation.Backward(gradient, x, activation, Precision);

    public override Tensor ClampedGate(Tensor gateUp, GateClamp clamp) => TorchClampedGate.Forward(gateUp, clamp, Precision);

    public override Tensor ClampedGateBackward(Tensor gradient, Tensor gateUp, GateClamp clamp) =>
        TorchClampedGate.Backward(gradient, gateUp, clamp, Precision);

    public override void AddSinks(Tensor output, Tensor logSumExp, Tensor sinks) =>
        TorchSinks.Add(output, logSumExp, sinks, Precision);

    public override void Rotate(Tensor queryKeyValue, Tensor cos, Tensor sin, HeadShape shape)
    {
        using var scope = NewDisposeScope();
        Tensor heads = TorchHeads.Of(queryKeyValue, shape).narrow(1, 0, shape.Heads + shape.KeyValueHeads);
        TorchHeads.Turn(heads, cos, sin, shape.RotaryWidth, heads);
    }

    public override (Tensor Output, Tensor LogSumExp) Attend(Tensor queryKeyValue, TokenLayout layout, HeadShape shape) =>
        _attention.Attend(queryKeyValue, layout, shape);

    public override Tensor AttendCached(
        Tensor queryKeyValue,
        TokenLayout fresh,
        IReadOnlyList<CachedHeads> caches,
        int layer,
        HeadShape shape,
        Tensor? logSumExp = null
    ) => _attention.AttendCached(queryKeyValue, fresh, caches, layer, shape, logSumExp);

    public override Tensor AttendBackward(
        Tensor gradient,
        Tensor queryKeyValue,
        Tensor output,
        Tensor logSumExp,
        Positions at,
        HeadShape shape
    ) => _attention.Backward(gradient, queryKeyValue, output, logSumExp, at, shape);

    public override void SoftCap(Tensor logits, double cap) => TorchSoftmax.Cap(logits, cap, Precision);

    public override (Tensor LogSumExp, Tensor LogProb) LogProbs(Tensor logits, Tensor targets) =>
        TorchSoftmax.LogProbs(logits, targets, Precision);

    public override void LogProbsBackward(Tensor logits, Tensor targets, Tensor logSumExps, Tensor flowing, double cap = 0) =>
        TorchSoftmax.Backward(logits, targets, logSumExps, flowing, cap, Precision);

    public override double SquareSum(Tensor gradient) => TorchOptimizer.SquareSum(gradient);

    public override void AdamW(Tensor weights, Tensor? lowBits, Tensor gradient, Tensor first, Tensor second, AdamWStep step) =>
        TorchOptimizer.AdamW(weights, lowBits, gradient, first, second, step);

    public override void Split(Tensor values, Tensor high, Tensor missing) => TorchSplit.Write(values, high, missing);

    public override Tensor Join(Tensor high, Tensor missing) => TorchSplit.Read(high, missing);

    public override void Dispose() => _attention.Dispose();
}
