using System.Diagnostics;
using static TorchSharp.torch;

namespace Simper.Tensors;

/// <summary>
/// The speed of matrix products, measured within a time limit: small ones first, larger ones while time allows. A dtype without
/// hardware instructions may be a hundred times slower than another, so no single size suits both.
/// </summary>
internal static class ProductSpeed
{
    private const int MostProducts = 20; // for one shape

    private const double Short = 0.002; // seconds; products this short are always repeated

    /// <summary>The best speed of each dtype on all threads, in billions of operations per second.</summary>
    /// <param name="shapes">[rows, common] times [common, columns], the smallest product first; that one is always
    /// measured.</param>
    /// <param name="seconds">For each dtype.</param>
    /// <param name="types">Measured alternately, so that other load slows all of them.</param>
    public static double[] Measure(
        IReadOnlyList<(int Rows, int Common, int Columns)> shapes,
        double seconds,
        params IReadOnlyList<ScalarType> types
    ) => Measure(shapes, seconds, types, () => Stopwatch.GetTimestamp() / (double)Stopwatch.Frequency);

    /// <summary>The same on one core, in CPU time: other load matters little.</summary>
    public static double[] MeasureOneCore(
        IReadOnlyList<(int Rows, int Common, int Columns)> shapes,
        double seconds,
        params IReadOnlyList<ScalarType> types
    )
    {
        int threads = get_num_threads();
        try
        {
            set_num_threads(1); // of this thread only
            return Measure(shapes, seconds, types, ThreadClock.Seconds);
        }
        finally
        {
            set_num_threads(threads);
        }
    }

    private static double[] Measure(
        IReadOnlyList<(int Rows, int Common, int Columns)> shapes,
        double seconds,
        IReadOnlyList<ScalarType> types,
        Func<double> now
    )
    {
        using var noGrad = no_grad();
        var best = new double[types.Count];
        double[] left = [.. Enumerable.Repeat(seconds, types.Count)];
        foreach (ScalarType type in types)
            SetUp(type);
        for (int i = 0; i < shapes.Count; i++)
        {
            for (int t = 0; t < types.Count; t++)
            {
                if (i > 0 && !Fits(Operations(shapes[i]), best[t], left[t]))
                    continue;
                double next = i + 1 < shapes.Count ? Operations(shapes[i + 1]) : double.PositiveInfinity;
                (double speed, double taken) = Best(types[t], shapes[i], left[t], next, now);
                best[t] = Math.Max(best[t], speed);
                left[t] -= taken;
            }
        }
        return best;
    }

    private static double Operations((int Rows, int Common, int Columns) shape) =>
        2.0 * shape.Rows * shape.Common * shape.Columns;

    // The first product of a shape sets up its kernels; it must be followed by a measured one and one to spare.
    private static bool Fits(double operations, double speed, double left) => 3 * operations / (speed * 1e9) < left;

    // The best of several products: noise only makes them slower.
    private static (double Speed, double Taken) Best(
        ScalarType type,
        (int Rows, int Common, int Columns) shape,
        double left,
        double nextOperations,
        Func<double> now
    )
    {
        using var scope = NewDisposeScope();
        double started = now();
        double best = 0;
        double limit;
        double taken;
        Tensor a = ones([shape.Rows, shape.Common], dtype: type);
        Tensor b = ones([shape.Common, shape.Columns], dtype: type);
        a.mm(b).Dispose();
        int products = 0;
        do
        {
            double at = now();
            a.mm(b).Dispose();
            double one = Math.Max(now() - at, 1e-9); // a coarse clock may read zero
            best = Math.Max(best, Operations(shape) / one / 1e9);
            taken = now() - started;
            // all the time left for the largest feasible product
            limit = Fits(nextOperations, best, left - taken) ? left / 4 : left - one;
        } while (++products < MostProducts && (taken < limit || (products < 5 && taken < products * Short)));
        return (best, taken);
    }

    // The first product of a process initialises libraries, which takes as long as everything measured here.
    private static void SetUp(ScalarType type)
    {
        using var scope = NewDisposeScope();
        Tensor small = ones([64, 64], dtype: type);
        small.mm(small).Dispose();
    }
}
