using System.Diagnostics;
using static TorchSharp.torch;

namespace Simper.Tensors;

/// <summary>
/// Measures matrix products in float32 and bfloat16 on this machine: on a processor without bfloat16 instructions bfloat16 is far
/// slower, so the default precision follows the measurement. Takes about a tenth of a second.
/// </summary>
/// <param name="Float32">Billions of floating-point operations a second.</param>
/// <param name="BFloat16">The same.</param>
public sealed record PrecisionProbe(double Float32, double BFloat16)
{
    /// <summary>The faster one; float32 unless bfloat16 gains a quarter.</summary>
    public Precision Faster => BFloat16 > 1.25 * Float32 ? Precision.BFloat16 : Precision.Float32;

    /// <summary>Multiplies [rows, width] by [width, 4 width], the shape of a decoder's largest products.</summary>
    public static PrecisionProbe Measure(int width = 1024, int rows = 1024)
    {
        using var noGrad = no_grad();
        return new PrecisionProbe(Speed(ScalarType.Float32, width, rows), Speed(ScalarType.BFloat16, width, rows));
    }

    // The best of some products: each is of a few billion operations, so the clock is exact enough and noise only ever makes one slower.
    private const double LongEnough = 0.04;

    private static double Speed(ScalarType type, int width, int rows)
    {
        using var scope = NewDisposeScope();
        Tensor left = ones([rows, width], dtype: type), right = ones([width, 4L * width], dtype: type);
        left.mm(right).Dispose(); // the first call sets up its kernels
        double best = 0, operations = 2.0 * rows * width * 4 * width;
        long started = Stopwatch.GetTimestamp();
        for (int i = 0; i < 3 || (i < 20 && Stopwatch.GetElapsedTime(started).TotalSeconds < LongEnough); i++)
        {
            long at = Stopwatch.GetTimestamp();
            left.mm(right).Dispose();
            best = Math.Max(best, operations / Stopwatch.GetElapsedTime(at).TotalSeconds / 1e9);
        }
        return best;
    }
}
