using System.Runtime.Intrinsics;

namespace Simper.Kernels.Cpu;

/// <summary>x becomes cap · tanh(x / cap), in place. One row per item.</summary>
internal readonly unsafe struct SoftCapKernel<TCompute, TWide> : IJob
    where TCompute : unmanaged
    where TWide : unmanaged
{
    public required TCompute* Rows { get; init; } // [.., Width]
    public required int Width { get; init; }
    public required double Cap { get; init; }

    public void Run(int item) => Row(Rows + (long)item * Width, Width, Cap);

    public static void Row(TCompute* row, int width, double cap)
    {
        Vector512<TWide> factor = Lanes.Create<TWide>(cap);
        Vector512<TWide> inverse = Lanes.Create<TWide>(1 / cap);
        for (int i = 0; i < width; i += Vector512<TWide>.Count)
        {
            Vector512<TWide> x = Lanes<TCompute, TWide>.Load(row + i, width - i);
            Lanes<TCompute, TWide>.Store(row + i, factor * Logistic.Tanh(x * inverse), width - i);
        }
    }
}
