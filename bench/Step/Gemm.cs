using System.Diagnostics;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Bench.Step;

/// <summary>The best of twelve products of 2048 x 2048 x 2048, in billions of operations a second.</summary>
internal sealed record Gemm(double Float32, double BFloat16)
{
    public static Gemm Measure() => new(Of(ScalarType.Float32), Of(ScalarType.BFloat16));

    private static double Of(ScalarType type)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        Tensor a = randn(2048, 2048).to(type), b = randn(2048, 2048).to(type);
        double best = double.MaxValue;
        for (int i = 0; i < 12; i++)
        {
            long started = Stopwatch.GetTimestamp();
            a.mm(b).Dispose();
            best = Math.Min(best, Stopwatch.GetElapsedTime(started).TotalSeconds);
        }
        return 2 * Math.Pow(2048, 3) / best / 1e9;
    }
}
