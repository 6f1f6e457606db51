using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Kernels.Cpu;

// RMS norm and layer norm: their passes over rows are the same, what they do with a row is not.
internal unsafe partial class CpuKernels<TCompute, TWide>
{
    public override (Tensor Output, Tensor InverseRms) Norm(Tensor x, Tensor weight, double epsilon) =>
        Normalise<RmsRowNorm<TCompute, TWide>>(x, weight, null, epsilon);

    public override Tensor NormAgain(Tensor x, Tensor weight, Tensor inverseRms) =>
        Normalise<RmsRowNorm<TCompute, TWide>>(x, weight, null, inverseRms, epsilon: 0, knowsScale: true);

    public override Tensor NormBackward(
        Tensor dy,
        Tensor x,
        Tensor inverseRms,
        Tensor weight,
        Tensor? weightGradient,
        Tensor? residual
    ) => NormaliseBackward<RmsRowNorm<TCompute, TWide>>(dy, x, inverseRms, weight, weightGradient, residual);

    public override (Tensor Output, Tensor InverseDeviation) LayerNorm(Tensor x, Tensor weight, Tensor? bias, double epsilon) =>
        Normalise<LayerRowNorm<TCompute, TWide>>(x, weight, bias, epsilon);

    public override Tensor LayerNormAgain(Tensor x, Tensor weight, Tensor? bias, Tensor inverseDeviation) =>
        Normalise<LayerRowNorm<TCompute, TWide>>(x, weight, bias, inverseDeviation, epsilon: 0, knowsScale: true);

    public override Tensor LayerNormBackward(
        Tensor dy,
        Tensor x,
        Tensor inverseDeviation,
        Tensor weight,
        Tensor? weightGradient,
        Tensor? residual
    ) => NormaliseBackward<LayerRowNorm<TCompute, TWide>>(dy, x, inverseDeviation, weight, weightGradient, residual);

    private (Tensor Output, Tensor Scale) Normalise<TNorm>(Tensor x, Tensor weight, Tensor? bias, double epsilon)
        where TNorm : struct, IRowNorm<TCompute, TWide>
    {
        Tensor scale = Empty(WideType, x.size(0));
        return (Normalise<TNorm>(x, weight, bias, scale, epsilon, knowsScale: false), scale);
    }

    private Tensor Normalise<TNorm>(Tensor x, Tensor weight, Tensor? bias, Tensor scale, double epsilon, bool knowsScale)
        where TNorm : struct, IRowNorm<TCompute, TWide>
    {
        Tensor output = Empty(ComputeType, x.size(0), x.size(1));
        var of = new NormForward<TCompute, TWide>
        {
            X = Wide(x),
            Weight = Wide(weight),
            Bias = bias is null ? null : Wide(bias),
            Scale = Wide(scale),
            Output = Compute(output),
            Rows = x.size(0),
            Width = (int)x.size(1),
            Epsilon = epsilon,
            KnowsScale = knowsScale,
        };
        Workers.Run(new NormJobs<TCompute, TWide, TNorm>.Forward(of), NormJobs<TCompute, TWide, TNorm>.Blocks(of.Rows));
        return output;
    }

    private Tensor NormaliseBackward<TNorm>(
        Tensor dy,
        Tensor x,
        Tensor scale,
        Tensor weight,
        Tensor? weightGradient,
        Tensor? residual
    )
        where TNorm : struct, IRowNorm<TCompute, TWide>
    {
        Tensor result = Empty(WideType, x.size(0), x.size(1));
        int blocks = NormJobs<TCompute, TWide, TNorm>.Blocks(x.size(0));
        using Tensor parts = Empty(WideType, blocks, x.size(1));
        var of = new NormBackward<TCompute, TWide>
        {
            Flowing = Compute(dy),
            X = Wide(x),
            Weight = Wide(weight),
            Scale = Wide(scale),
            Residual = residual is null ? null : Wide(residual),
            Result = Wide(result),
            WeightParts = Wide(parts),
            Rows = x.size(0),
            Width = (int)x.size(1),
        };
        Workers.Run(new NormJobs<TCompute, TWide, TNorm>.Backward(of), blocks);
        if (weightGradient is not null)
        {
            using Tensor sum = parts.sum([0L]); // a bare 0 would be read as a ScalarType
            weightGradient.PlusInPlace(sum);
        }
        return result;
    }
}
