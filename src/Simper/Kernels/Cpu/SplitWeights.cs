using Simper.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Kernels.Cpu;

/// <summary>Whole tensors of <see cref="SplitFloat"/>s.</summary>
internal static unsafe class SplitWeights
{
    /// <summary>Splits values [..] of any dtype into bfloat16 and low bits (int16) of the same shape.</summary>
    public static void Write(Tensor values, Tensor high, Tensor missing)
    {
        using Tensor floats = values.to(ScalarType.Float32).contiguous();
        Run(floats, high, missing, reads: false);
    }

    /// <summary>The floats, bit for bit.</summary>
    public static Tensor Read(Tensor high, Tensor missing)
    {
        Tensor floats = empty(high.shape, dtype: ScalarType.Float32);
        Run(floats, high, missing, reads: true);
        return floats;
    }

    private static void Run(Tensor floats, Tensor high, Tensor missing, bool reads) =>
        Workers.Run(
            new Job
            {
                Floats = (float*)TensorMemory.Pointer(floats),
                High = (BFloat16*)TensorMemory.Pointer(high),
                Missing = (short*)TensorMemory.Pointer(missing),
                Numbers = floats.numel(),
                Reads = reads,
            },
            ElementKernels<float, float>.Blocks(floats.numel())
        );

    private readonly struct Job : IJob
    {
        public required float* Floats { get; init; }
        public required BFloat16* High { get; init; }
        public required short* Missing { get; init; }
        public required long Numbers { get; init; }
        public required bool Reads { get; init; }

        public void Run(int item)
        {
            long start = (long)item * ElementKernels<float, float>.BlockNumbers;
            long end = Math.Min(Numbers, start + ElementKernels<float, float>.BlockNumbers);
            for (long i = start; i < end; i += 16)
            {
                int left = (int)Math.Min(16, end - i);
                if (Reads)
                    Lanes<float, float>.Store(Floats + i, SplitFloat.Load(High + i, Missing + i, left), left);
                else
                    SplitFloat.Store(High + i, Missing + i, Lanes<float, float>.Load(Floats + i, left), left);
            }
        }
    }
}
