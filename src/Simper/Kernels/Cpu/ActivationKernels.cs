using System.Runtime.Intrinsics;

namespace Simper.Kernels.Cpu;

// Legend: T tokens, I inner width.

/// <summary>act(x) and its gradient. One row per item.</summary>
internal static unsafe class ActivationKernels<TCompute, TWide, TActivation>
    where TCompute : unmanaged
    where TWide : unmanaged
    where TActivation : struct, IActivation
{
    /// <summary>act(x).</summary>
    public readonly struct Forward : IJob
    {
        public required TCompute* X { get; init; } // [T, I]
        public required TCompute* Result { get; init; } // [T, I]
        public required int Inner { get; init; }

        public void Run(int item)
        {
            TCompute* x = X + (long)item * Inner;
            TCompute* result = Result + (long)item * Inner;
            for (int i = 0; i < Inner; i += Vector512<TWide>.Count)
                Lanes<TCompute, TWide>.Store(
                    result + i,
                    TActivation.Value(Lanes<TCompute, TWide>.Load(x + i, Inner - i)),
                    Inner - i
                );
        }
    }

    /// <summary>dy act'(x).</summary>
    public readonly struct Backward : IJob
    {
        public required TCompute* Flowing { get; init; } // [T, I]
        public required TCompute* X { get; init; } // [T, I]
        public required TCompute* Result { get; init; } // [T, I]
        public required int Inner { get; init; }

        public void Run(int item)
        {
            TCompute* flowing = Flowing + (long)item * Inner;
            TCompute* x = X + (long)item * Inner;
            TCompute* result = Result + (long)item * Inner;
            for (int i = 0; i < Inner; i += Vector512<TWide>.Count)
            {
                (_, Vector512<TWide> slope) = TActivation.ValueAndSlope(Lanes<TCompute, TWide>.Load(x + i, Inner - i));
                Lanes<TCompute, TWide>.Store(result + i, Lanes<TCompute, TWide>.Load(flowing + i, Inner - i) * slope, Inner - i);
            }
        }
    }
}
