using System.Runtime.Intrinsics;

namespace Simper.Kernels.Cpu;

// Legend: T tokens, I inner width.

/// <summary>act(gate) · up of gate and up side by side, and its gradient. One row per item.</summary>
internal static unsafe class GateKernels<TCompute, TWide, TActivation>
    where TCompute : unmanaged
    where TWide : unmanaged
    where TActivation : struct, IActivation
{
    /// <summary>act(gate) · up.</summary>
    public readonly struct Forward : IJob
    {
        public required TCompute* GateUp { get; init; } // [T, 2 I]
        public required TCompute* Result { get; init; } // [T, I]
        public required int Inner { get; init; }

        public void Run(int item)
        {
            TCompute* gates = GateUp + 2L * item * Inner;
            TCompute* ups = gates + Inner;
            TCompute* result = Result + (long)item * Inner;
            for (int i = 0; i < Inner; i += Vector512<TWide>.Count)
            {
                Vector512<TWide> gate = Lanes<TCompute, TWide>.Load(gates + i, Inner - i);
                Vector512<TWide> up = Lanes<TCompute, TWide>.Load(ups + i, Inner - i);
                Lanes<TCompute, TWide>.Store(result + i, Gating<TActivation>.Gated(gate, up), Inner - i);
            }
        }
    }

    /// <summary>The gradient of gate and up.</summary>
    public readonly struct Backward : IJob
    {
        public required TCompute* Flowing { get; init; } // [T, I]
        public required TCompute* GateUp { get; init; } // [T, 2 I]
        public required TCompute* Result { get; init; } // [T, 2 I]
        public required int Inner { get; init; }

        public void Run(int item)
        {
            TCompute* flowing = Flowing + (long)item * Inner;
            TCompute* gates = GateUp + 2L * item * Inner;
            TCompute* ups = gates + Inner;
            TCompute* dGates = Result + 2L * item * Inner;
            TCompute* dUps = dGates + Inner;
            for (int i = 0; i < Inner; i += Vector512<TWide>.Count)
            {
                int left = Inner - i;
                Vector512<TWide> d = Lanes<TCompute, TWide>.Load(flowing + i, left);
                Vector512<TWide> gate = Lanes<TCompute, TWide>.Load(gates + i, left);
                Vector512<TWide> up = Lanes<TCompute, TWide>.Load(ups + i, left);
                (Vector512<TWide> dGate, Vector512<TWide> dUp, _) = Gating<TActivation>.GradientAndGated(d, gate, up);
                Lanes<TCompute, TWide>.Store(dGates + i, dGate, left);
                Lanes<TCompute, TWide>.Store(dUps + i, dUp, left);
            }
        }
    }
}
