using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Bench.Step;

/// <summary>
/// The best products of 2048 x 2048 x 2048, in billions of operations a second; of smaller ones on a processor on which these
/// would take longer than some seconds.
/// </summary>
internal sealed record Gemm(double Float32, double BFloat16)
{
    private const double Seconds = 2; // of each type

    public static Gemm Measure()
    {
        double[] speeds = ProductSpeed.Measure(
            [.. new[] { 256, 512, 1024, 2048 }.Select(n => (n, n, n))],
            Seconds,
            ScalarType.Float32,
            ScalarType.BFloat16
        );
        return new Gemm(speeds[0], speeds[1]);
    }
}
