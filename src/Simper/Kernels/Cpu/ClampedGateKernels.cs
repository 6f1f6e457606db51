using System.Runtime.Intrinsics;

namespace Simper.Kernels.Cpu;

// Legend: T tokens, I inner width.

/// <summary>The clamped gate and its gradient (<see cref="KernelSet.ClampedGate"/>). One row per item.</summary>
internal static unsafe class ClampedGateKernels<TCompute, TWide>
    where TCompute : unmanaged
    where TWide : unmanaged
{
    /// <summary>g σ(α g) (u + 1).</summary>
    public readonly struct Forward : IJob
    {
        public required TCompute* GateUp { get; init; } // [T, 2 I]
        public required TCompute* Result { get; init; } // [T, I]
        public required int Inner { get; init; }
        public required GateClamp Clamp { get; init; }

        public void Run(int item)
        {
            TCompute* gates = GateUp + 2L * item * Inner;
            TCompute* result = Result + (long)item * Inner;
            Vector512<TWide> most = Lanes.Create<TWide>(Clamp.Limit);
            Vector512<TWide> slope = Lanes.Create<TWide>(Clamp.Slope);
            for (int i = 0; i < Inner; i += Vector512<TWide>.Count)
            {
                Vector512<TWide> g = Vector512.Min(Lanes<TCompute, TWide>.Load(gates + i, Inner - i), most);
                Vector512<TWide> u = Vector512.Min(Lanes<TCompute, TWide>.Load(gates + Inner + i, Inner - i), most);
                u = Vector512.Max(u, -most);
                Lanes<TCompute, TWide>.Store(result + i, g * Logistic.Sigmoid(slope * g) * (u + Vector512<TWide>.One), Inner - i);
            }
        }
    }

    /// <summary>The gradient of gate and up: none beyond a limit.</summary>
    public readonly struct Backward : IJob
    {
        public required TCompute* Flowing { get; init; } // [T, I]
        public required TCompute* GateUp { get; init; } // [T, 2 I]
        public required TCompute* Result { get; init; } // [T, 2 I]
        public required int Inner { get; init; }
        public required GateClamp Clamp { get; init; }

        public void Run(int item)
        {
            TCompute* flowing = Flowing + (long)item * Inner;
            TCompute* gates = GateUp + 2L * item * Inner;
            TCompute* dGates = Result + 2L * item * Inner;
            Vector512<TWide> one = Vector512<TWide>.One;
            Vector512<TWide> most = Lanes.Create<TWide>(Clamp.Limit);
            Vector512<TWide> slope = Lanes.Create<TWide>(Clamp.Slope);
            for (int i = 0; i < Inner; i += Vector512<TWide>.Count)
            {
                int left = Inner - i;
                Vector512<TWide> d = Lanes<TCompute, TWide>.Load(flowing + i, left);
                Vector512<TWide> gate = Lanes<TCompute, TWide>.Load(gates + i, left);
                Vector512<TWide> up = Lanes<TCompute, TWide>.Load(gates + Inner + i, left);
                Vector512<TWide> g = Vector512.Min(gate, most);
                Vector512<TWide> u = Vector512.Max(Vector512.Min(up, most), -most);
                Vector512<TWide> sigmoid = Logistic.Sigmoid(slope * g);
                Vector512<TWide> activated = g * sigmoid;
                Vector512<TWide> derivative = Lanes.MultiplyAdd(slope * activated, one - sigmoid, sigmoid);
                Lanes<TCompute, TWide>.Store(
                    dGates + i,
                    d * (u + one) * derivative & Vector512.LessThanOrEqual(gate, most),
                    left
                );
                Lanes<TCompute, TWide>.Store(
                    dGates + Inner + i,
                    d * activated & Vector512.LessThanOrEqual(Vector512.Abs(up), most),
                    left
                );
            }
        }
    }
}
