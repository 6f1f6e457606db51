using System.Runtime.Intrinsics;

namespace Simper.Kernels.Cpu;

/// <summary>
/// Attention's outputs and log-sum-exp with one score more, whose value is zero (<see cref="KernelSet.AddSinks"/>), in place. One
/// row per item; a head's numbers are the same wherever it lies.
/// </summary>
internal readonly unsafe struct SinkKernel<TCompute, TWide> : IJob
    where TCompute : unmanaged
    where TWide : unmanaged
{
    public required TCompute* Output { get; init; } // [T, H, E]
    public required TWide* LogSumExp { get; init; } // [T, H]
    public required TWide* Sinks { get; init; } // [H]
    public required int Heads { get; init; }
    public required int HeadWidth { get; init; }

    public void Run(int item)
    {
        for (int head = 0; head < Heads; head++)
        {
            TWide* sum = LogSumExp + (long)item * Heads + head;
            double above = Lanes.Double(*sum) - Lanes.Double(Sinks[head]);
            Vector512<TWide> share = Lanes.Create<TWide>(1 / (1 + Math.Exp(-above)));
            // log(1 + e^-above), of any size.
            double more = Math.Max(-above, 0) + Math.Log(1 + Math.Exp(-Math.Abs(above)));
            *sum = Lanes.Number<TWide>(Lanes.Double(*sum) + more);
            TCompute* row = Output + ((long)item * Heads + head) * HeadWidth;
            for (int i = 0; i < HeadWidth; i += Vector512<TWide>.Count)
                Lanes<TCompute, TWide>.Store(row + i, Lanes<TCompute, TWide>.Load(row + i, HeadWidth - i) * share, HeadWidth - i);
        }
    }
}
