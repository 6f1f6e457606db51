using System.Collections.Concurrent;
using static TorchSharp.torch;

namespace Simper.Tensors;

/// <summary>
/// Measures matrix products in float32 and bfloat16 on this machine: on a processor without bfloat16 instructions bfloat16 is far
/// slower, so the default precision is measured. Takes about a tenth of a second, whatever the processor, and measures the CPU
/// time of one core: other busy programs do not change the choice.
/// </summary>
/// <param name="Float32">Billions of floating-point operations per second, on one core.</param>
/// <param name="BFloat16">The same.</param>
public sealed record PrecisionProbe(double Float32, double BFloat16)
{
    private const double Seconds = 0.045; // for each dtype

    private const int WidestMeasured = 2048; // wider products run at the same speed, and take longer

    private static readonly ConcurrentDictionary<(int, int), PrecisionProbe> Measured = new();

    /// <summary>The faster one; float32 unless bfloat16 is at least a quarter faster.</summary>
    public Precision Faster => BFloat16 > 1.25 * Float32 ? Precision.BFloat16 : Precision.Float32;

    /// <summary>
    /// Multiplies [rows, width] by [width, 4 width], the shape of a decoder's largest products, or by as many of its columns as
    /// time allows. Measured once per process, then cached.
    /// </summary>
    public static PrecisionProbe Measure(int width = 1024, int rows = 1024) =>
        Measured.GetOrAdd(
            (Math.Min(width, WidestMeasured), rows),
            shape =>
            {
                double[] speeds = ProductSpeed.MeasureOneCore(
                    [.. Shapes(shape.Item1, shape.Item2)],
                    Seconds,
                    ScalarType.Float32,
                    ScalarType.BFloat16
                );
                return new PrecisionProbe(speeds[0], speeds[1]);
            }
        );

    // Columns grow, not rows: weights are packed once per product, a cost spread over the rows.
    private static IEnumerable<(int Rows, int Common, int Columns)> Shapes(int width, int rows)
    {
        yield return (Math.Max(1, rows / 8), width, Math.Min(64, 4 * width));
        for (int columns = 64; columns < 4 * width; columns *= 4)
            yield return (rows, width, columns);
        yield return (rows, width, 4 * width);
    }
}
