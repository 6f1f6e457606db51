using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Simper.Kernels.Cpu;

/// <summary>The logistic function and tanh, a vector at a time.</summary>
internal static class Logistic
{
    /// <summary>1 / (1 + e^-x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Sigmoid<T>(Vector512<T> x)
        where T : unmanaged
    {
        if (typeof(T) != typeof(float) || !Avx512F.IsSupported)
            return Vector512<T>.One / (Vector512<T>.One + Lanes.Exp(-x));
        // Below -80 the result is 0: an infinite exponential would turn into NaN. The constant comes first, so that NaN itself
        // propagates.
        Vector512<float> d = Vector512<float>.One + Lanes.Exp(Avx512F.Min(Vector512.Create(80f), -x.As<T, float>()));
        return Vector512
            .ConditionalSelect(Vector512.LessThan(x.As<T, float>(), Vector512.Create(-80f)), Vector512<float>.Zero, Inverse(d))
            .As<float, T>();
    }

    /// <summary>
    /// tanh x within 2 ulp: near zero by x + x³ R(x²) (Moshier's Cephes), elsewhere as 1 - 2 / (e^2|x| + 1), which does not
    /// cancel there; floats on processors with AVX-512 as E / (E + 2) with E = e^2|x| - 1, in four fifths of the time.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Tanh<T>(Vector512<T> x)
        where T : unmanaged
    {
        if (typeof(T) == typeof(float) && Avx512F.IsSupported)
            return Tanh(x.As<T, float>()).As<float, T>();
        Vector512<T> size = Vector512.Abs(x);
        // Here the result is 1 to the last bit. By a comparison, so that NaN propagates.
        Vector512<T> most = Lanes.Create<T>(typeof(T) == typeof(float) ? 10 : 20);
        Vector512<T> limited = Vector512.ConditionalSelect(Vector512.GreaterThan(size, most), most, size);
        Vector512<T> inverse = Vector512<T>.One / (Vector512<T>.One + Lanes.Exp(limited + limited));
        Vector512<T> far = Lanes.MultiplyAdd(Lanes.Create<T>(-2), inverse, Vector512<T>.One);
        Vector512<T> square = x * x;
        Vector512<T> near = Lanes.MultiplyAdd(size * square, typeof(T) == typeof(float) ? Single(square) : Double(square), size);
        return Vector512.CopySign(Vector512.ConditionalSelect(Vector512.LessThan(size, Lanes.Create<T>(0.625)), near, far), x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Tanh(Vector512<float> x)
    {
        // Beyond 10 the result is 1 to the last bit. The constant comes first, so that NaN propagates.
        Vector512<float> size = Avx512F.Min(Vector512.Create(10f), Vector512.Abs(x));
        Vector512<float> e = Lanes.ExpMinusOne(size + size);
        // Division is slow: a 14-bit estimate of 1 / (E + 2), and one correction of the quotient by what it leaves of E. What
        // rounding cut from E + 2 counts there; it would be the largest error.
        Vector512<float> d = e + Vector512.Create(2f);
        Vector512<float> cut = e - (d - Vector512.Create(2f));
        Vector512<float> inverse = Avx512F.Reciprocal14(d);
        Vector512<float> quotient = e * inverse;
        Vector512<float> left = Vector512.FusedMultiplyAdd(-quotient, cut, Vector512.FusedMultiplyAdd(-quotient, d, e));
        return Vector512.CopySign(Vector512.FusedMultiplyAdd(left, inverse, quotient), x);
    }

    // Division is slow: a 14-bit reciprocal estimate and one Newton step instead.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Inverse(Vector512<float> d)
    {
        Vector512<float> r = Avx512F.Reciprocal14(d);
        return r * Vector512.FusedMultiplyAdd(-d, r, Vector512.Create(2f));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> Single<T>(Vector512<T> square)
        where T : unmanaged =>
        Polynomial(square, -5.70498872745e-3, 2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1, -3.33332819422e-1);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> Double<T>(Vector512<T> square)
        where T : unmanaged
    {
        Vector512<T> p = Polynomial(square, -9.64399179425052238628e-1, -9.92877231001918586564e1, -1.61468768441708447952e3);
        Vector512<T> q = Polynomial(square, 1, 1.12811678491632931402e2, 2.23548839060100448583e3, 4.84406305325125486048e3);
        return p / q;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> Polynomial<T>(Vector512<T> x, double a, double b, double c)
        where T : unmanaged =>
        Lanes.MultiplyAdd(Lanes.MultiplyAdd(Lanes.Create<T>(a), x, Lanes.Create<T>(b)), x, Lanes.Create<T>(c));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> Polynomial<T>(Vector512<T> x, double a, double b, double c, double d)
        where T : unmanaged => Lanes.MultiplyAdd(Polynomial(x, a, b, c), x, Lanes.Create<T>(d));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> Polynomial<T>(Vector512<T> x, double a, double b, double c, double d, double e)
        where T : unmanaged => Lanes.MultiplyAdd(Polynomial(x, a, b, c, d), x, Lanes.Create<T>(e));
}
