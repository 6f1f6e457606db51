using Simper.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Kernels.Cpu;

/// <summary>The operations for any processor and any pair of dtypes; products by libtorch's operators.</summary>
internal unsafe partial class CpuKernels<TCompute, TWide>(Precision precision) : KernelSet(precision, CPU)
    where TCompute : unmanaged
    where TWide : unmanaged
{
    public override KernelSet Another() => new CpuKernels<TCompute, TWide>(Precision);

    private static readonly ScalarType ComputeType = TypeOf<TCompute>();
    private static readonly ScalarType WideType = TypeOf<TWide>();

    internal override Tensor EmptyTensor(ScalarType type, ReadOnlySpan<long> shape) => Arena.Empty(type, shape);

    public override (Tensor LogSumExp, Tensor LogProb) LogProbs(Tensor logits, Tensor targets)
    {
        Tensor logSumExps = Empty(WideType, logits.size(0));
        Tensor logProbs = Empty(WideType, logits.size(0));
        Workers.Run(
            new SoftmaxKernel<TCompute, TWide>.LogProbs
            {
                Logits = Compute(logits),
                Targets = (long*)TensorMemory.Pointer(targets),
                LogSumExps = Wide(logSumExps),
                Result = Wide(logProbs),
                Words = (int)logits.size(1),
            },
            (int)logits.size(0)
        );
        return (logSumExps, logProbs);
    }

    public override void LogProbsBackward(Tensor logits, Tensor targets, Tensor logSumExps, Tensor flowing, double cap = 0) =>
        Workers.Run(
            new SoftmaxKernel<TCompute, TWide>.Gradient
            {
                Logits = Compute(logits),
                Targets = (long*)TensorMemory.Pointer(targets),
                LogSumExps = Wide(logSumExps),
                Flowing = Wide(flowing),
                Words = (int)logits.size(1),
                Cap = cap,
            },
            (int)logits.size(0)
        );

    public override void SoftCap(Tensor logits, double cap)
    {
        if (logits.dtype == ComputeType)
            SoftCap<TCompute>(logits, Compute(logits), cap);
        else
            SoftCap<TWide>(logits, Wide(logits), cap);
    }

    private static void SoftCap<T>(Tensor logits, T* numbers, double cap)
        where T : unmanaged =>
        Workers.Run(
            new SoftCapKernel<T, TWide>
            {
                Rows = numbers,
                Width = (int)logits.shape[^1],
                Cap = cap,
            },
            (int)(logits.numel() / logits.shape[^1])
        );

    public override double SquareSum(Tensor gradient) => OptimizerPass.SquareSum(gradient);

    public override void AdamW(Tensor weights, Tensor? lowBits, Tensor gradient, Tensor first, Tensor second, AdamWStep step) =>
        OptimizerPass.AdamW(weights, lowBits, gradient, first, second, step);

    public override void Split(Tensor values, Tensor high, Tensor missing) => SplitWeights.Write(values, high, missing);

    public override Tensor Join(Tensor high, Tensor missing) => SplitWeights.Read(high, missing);

    protected static TCompute* Compute(Tensor tensor) => (TCompute*)Pointer(tensor, ComputeType);

    protected static TWide* Wide(Tensor tensor) => (TWide*)Pointer(tensor, WideType);

    private static void* Pointer(Tensor tensor, ScalarType type) =>
        tensor.dtype == type
            ? TensorMemory.Pointer(tensor)
            : throw new ArgumentException($"A tensor of {type} is needed here, not of {tensor.dtype}.", nameof(tensor));

    private static ScalarType TypeOf<T>() =>
        typeof(T) == typeof(BFloat16) ? ScalarType.BFloat16
        : typeof(T) == typeof(float) ? ScalarType.Float32
        : ScalarType.Float64;
}
