using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Simper.Kernels.Cpu;

/// <summary>Arithmetic on vectors of float or double.</summary>
internal static class Lanes
{
    /// <summary>a b + c, rounded once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> MultiplyAdd<T>(Vector512<T> a, Vector512<T> b, Vector512<T> c)
        where T : unmanaged =>
        typeof(T) == typeof(float)
            ? Vector512.FusedMultiplyAdd(a.As<T, float>(), b.As<T, float>(), c.As<T, float>()).As<float, T>()
            : Vector512.FusedMultiplyAdd(a.As<T, double>(), b.As<T, double>(), c.As<T, double>()).As<double, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Create<T>(double value)
        where T : unmanaged =>
        typeof(T) == typeof(float) ? Vector512.Create((float)value).As<float, T>() : Vector512.Create(value).As<double, T>();

    /// <summary>Converts from double.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Number<T>(double value)
        where T : unmanaged
    {
        if (typeof(T) == typeof(double))
            return Unsafe.As<double, T>(ref value);
        float single = (float)value;
        return Unsafe.As<float, T>(ref single);
    }

    /// <summary>Converts to double.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Double<T>(T value)
        where T : unmanaged => typeof(T) == typeof(double) ? Unsafe.As<T, double>(ref value) : Unsafe.As<T, float>(ref value);

    /// <summary>Adds lanes to sums in double: floats to both, doubles to the first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddWidened<T>(Vector512<T> x, ref Vector512<double> low, ref Vector512<double> high)
        where T : unmanaged
    {
        if (typeof(T) == typeof(double))
        {
            low += x.As<T, double>();
            return;
        }
        (Vector512<double> lower, Vector512<double> upper) = Vector512.Widen(x.As<T, float>());
        low += lower;
        high += upper;
    }

    /// <summary>
    /// e^x. Doubles use the runtime's; floats a polynomial on [-ln 2 / 2, ln 2 / 2], within 1.1 ulp; about 0 below -87.3,
    /// infinity above 88.7.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Exp<T>(Vector512<T> x)
        where T : unmanaged =>
        typeof(T) == typeof(float) ? Exp(x.As<T, float>()).As<float, T>() : Vector512.Exp(x.As<T, double>()).As<double, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Exp(Vector512<float> x)
    {
        if (Avx512F.IsSupported)
        {
            // Clamped where the result is 0 or infinite anyway; the constant comes first, so that NaN propagates.
            x = Avx512F.Min(Vector512.Create(100f), Avx512F.Max(Vector512.Create(-150f), x));
            Vector512<float> power = Avx512F.RoundScale(x * Vector512.Create(1.44269504f), 8); // to the nearest integer
            return Avx512F.Scale(ExpNearZero(x, power), power);
        }
        // x = n ln 2 + r.
        Vector512<float> magic = Vector512.Create(12582912f); // 1.5 * 2^23: adding it leaves the rounded integer in the low bits
        Vector512<float> shifted = Vector512.FusedMultiplyAdd(x, Vector512.Create(1.44269504f), magic);
        Vector512<float> n = shifted - magic;
        Vector512<float> p = ExpNearZero(x, n);
        // Times 2^n by the exponent's bits: n = 128 (x near 88.7) would leave the range, so in two halves.
        Vector512<int> exponent = shifted.AsInt32() - magic.AsInt32();
        Vector512<int> half = Vector512.ShiftRightArithmetic(exponent, 1);
        Vector512<float> first = Vector512.ShiftLeft(half + Vector512.Create(127), 23).AsSingle();
        Vector512<float> second = Vector512.ShiftLeft(exponent - half + Vector512.Create(127), 23).AsSingle();
        Vector512<float> result = p * first * second;
        result = Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512.Create(-87.3f)), Vector512<float>.Zero, result);
        result = Vector512.ConditionalSelect(
            Vector512.GreaterThan(x, Vector512.Create(88.72f)),
            Vector512.Create(float.PositiveInfinity),
            result
        );
        return Vector512.ConditionalSelect(Vector512.Equals(x, x), result, x); // propagates NaN
    }

    /// <summary>
    /// e^x - 1 for x from 0 to 80, without the cancellation near zero; on processors with AVX-512.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> ExpMinusOne(Vector512<float> x)
    {
        Vector512<float> n = Avx512F.RoundScale(x * Vector512.Create(1.44269504f), 8); // to the nearest integer
        Vector512<float> r = Remainder(x, n);
        Vector512<float> minusOne = Vector512.FusedMultiplyAdd(Series(r), r * r, r);
        Vector512<float> power = Avx512F.Scale(Vector512<float>.One, n);
        return Vector512.FusedMultiplyAdd(minusOne, power, power - Vector512<float>.One);
    }

    // e^(x - n ln 2).
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> ExpNearZero(Vector512<float> x, Vector512<float> n)
    {
        Vector512<float> r = Remainder(x, n);
        Vector512<float> p = Vector512.FusedMultiplyAdd(Series(r), r, Vector512<float>.One);
        return Vector512.FusedMultiplyAdd(p, r, Vector512<float>.One);
    }

    // x - n ln 2, ln 2 in two parts, so that n ln 2 is exact in the first.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Remainder(Vector512<float> x, Vector512<float> n)
    {
        Vector512<float> r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-0.693359375f), x);
        return Vector512.FusedMultiplyAdd(n, Vector512.Create(2.12194440e-4f), r);
    }

    // (e^r - 1 - r) / r² by Taylor, r at most ln 2 / 2: what is left out of e^r is below 6e-9.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Series(Vector512<float> r)
    {
        Vector512<float> p = Vector512.Create(1f / 5040);
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1f / 720));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1f / 120));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1f / 24));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1f / 6));
        return Vector512.FusedMultiplyAdd(p, r, Vector512.Create(0.5f));
    }
}
