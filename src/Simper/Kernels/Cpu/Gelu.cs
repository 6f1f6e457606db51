using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Simper.Kernels.Cpu;

/// <summary>
/// x Φ(x), Φ being the normal distribution. For its tail, erfc z = t exp(-z² + P(t)) with t = 2 / (2 + z) and P a Chebyshev
/// series (Press et al., Numerical Recipes, 6.2.2): precise to the last digits however far out.
/// </summary>
internal readonly struct Gelu : IActivation
{
    private static ReadOnlySpan<double> Series =>
        [
            -1.3026537197817094,
            6.4196979235649026e-1,
            1.9476473204185836e-2,
            -9.561514786808631e-3,
            -9.46595344482036e-4,
            3.66839497852761e-4,
            4.2523324806907e-5,
            -2.0278578112534e-5,
            -1.624290004647e-6,
            1.303655835580e-6,
            1.5626441722e-8,
            -8.5238095915e-8,
            6.529054439e-9,
            5.059343495e-9,
            -9.91364156e-10,
            -2.27365122e-10,
            9.6467911e-11,
            2.394038e-12,
            -6.886027e-12,
            8.94487e-13,
            3.13092e-13,
            -1.12708e-13,
            3.81e-16,
            7.106e-15,
            -1.523e-15,
            -9.4e-17,
            1.21e-16,
            -2.8e-17,
        ];

    // The others are below 1e-8 of the result.
    private const int TermsInSingle = 13;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Value<T>(Vector512<T> x)
        where T : unmanaged => x * Distribution(x);

    /// <summary>The derivative: Φ + x φ.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector512<T> Value, Vector512<T> Slope) ValueAndSlope<T>(Vector512<T> x)
        where T : unmanaged
    {
        Vector512<T> distribution = Distribution(x);
        Vector512<T> near = Limited(x);
        Vector512<T> density = Lanes.Exp(near * near * Lanes.Create<T>(-0.5)) * Lanes.Create<T>(1 / Math.Sqrt(2 * Math.PI));
        return (x * distribution, Lanes.MultiplyAdd(near, density, distribution));
    }

    private static Vector512<T> Distribution<T>(Vector512<T> x)
        where T : unmanaged
    {
        Vector512<T> z = Vector512.Abs(Limited(x)) * Lanes.Create<T>(Math.Sqrt(0.5));
        Vector512<T> two = Lanes.Create<T>(2);
        Vector512<T> t = two / (two + z);
        Vector512<T> twice = Lanes.MultiplyAdd(t, Lanes.Create<T>(4), -two);
        Vector512<T> d = default;
        Vector512<T> before = default;
        for (int j = (typeof(T) == typeof(float) ? TermsInSingle : Series.Length) - 1; j > 0; j--)
            (d, before) = (Lanes.MultiplyAdd(twice, d, Lanes.Create<T>(Series[j]) - before), d);
        Vector512<T> half = Lanes.Create<T>(0.5);
        Vector512<T> series = Lanes.MultiplyAdd(half, Lanes.MultiplyAdd(twice, d, Lanes.Create<T>(Series[0])), -before);
        Vector512<T> tail = half * t * Lanes.Exp(Lanes.MultiplyAdd(-z, z, series));
        return Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512<T>.Zero), tail, Vector512<T>.One - tail);
    }

    // Beyond this Φ is 0 or 1, and squares may become infinite. By comparisons, so that NaN propagates.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> Limited<T>(Vector512<T> x)
        where T : unmanaged
    {
        Vector512<T> most = Lanes.Create<T>(40);
        return Vector512.ConditionalSelect(Vector512.GreaterThan(Vector512.Abs(x), most), Vector512.CopySign(most, x), x);
    }
}
