using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using TorchSharp;

namespace Simper.Kernels.Cpu;

/// <summary>
/// 512-bit vectors of the wide dtype <typeparamref name="TWide"/> (float, double) over memory in
/// <typeparamref name="TCompute"/> (the same dtype, or bfloat16). Loads widen exactly; stores round to nearest, ties to even. On
/// processors with narrower vectors the runtime splits them: slower, with the same results.
/// </summary>
internal static unsafe class Lanes<TCompute, TWide>
    where TCompute : unmanaged
    where TWide : unmanaged
{
    /// <summary>Values per vector.</summary>
    public static int Count => Vector512<TWide>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<TWide> Load(TCompute* p)
    {
        if (typeof(TCompute) != typeof(BFloat16))
            return Vector512.Load((TWide*)p);
        return Widened(Vector256.Load((ushort*)p));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<TWide> Widened(Vector256<ushort> halves)
    {
        Vector512<uint> bits = Avx512F.IsSupported
            ? Avx512F.ConvertToVector512UInt32(halves)
            : Vector512.Create(Vector256.WidenLower(halves), Vector256.WidenUpper(halves));
        return Vector512.ShiftLeft(bits, 16).As<uint, TWide>();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(TCompute* p, Vector512<TWide> value)
    {
        if (typeof(TCompute) == typeof(BFloat16))
            Vector256.Store(Narrowed(value), (ushort*)p);
        else
            Vector512.Store(value, (TWide*)p);
    }

    /// <summary>The bits of the nearest bfloat16 values.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<ushort> Narrowed(Vector512<TWide> value)
    {
        Vector512<uint> rounded = Vector512.ShiftRightLogical(RoundedBits(value), 16);
        return Avx512F.IsSupported
            ? Avx512F.ConvertToVector256UInt16(rounded)
            : Vector256.Narrow(rounded.GetLower(), rounded.GetUpper());
    }

    // The bits of the nearest bfloat16 in the upper half, ties to even; the lower half is arbitrary.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> RoundedBits(Vector512<TWide> value)
    {
        Vector512<uint> bits = value.As<TWide, uint>();
        Vector512<uint> odd = Vector512.ShiftRightLogical(bits, 16) & Vector512.Create(1u);
        Vector512<uint> rounded = bits + Vector512.Create(0x7fffu) + odd;
        Vector512<uint> isNumber = Vector512.Equals(value.As<TWide, float>(), value.As<TWide, float>()).AsUInt32();
        // rounding up would carry a NaN over into infinity
        return Vector512.ConditionalSelect(isNumber, rounded, Vector512.Create(0x7fc00000u));
    }

    /// <summary>The values rounded to bfloat16, if <typeparamref name="TCompute"/> is bfloat16.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<TWide> Rounded(Vector512<TWide> value) =>
        (RoundedBits(value) & Vector512.Create(0xffff0000u)).As<uint, TWide>();

    /// <summary>Two vectors as bfloat16 bits, concatenated; on processors with AVX-512.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ushort> Narrow(Vector512<TWide> lower, Vector512<TWide> upper) =>
        Avx512BW.PermuteVar32x16x2(RoundedBits(lower).AsUInt16(), OddHalves, RoundedBits(upper).AsUInt16());

    /// <summary>
    /// Stores two vectors, concatenated; on processors with AVX-512. Half the work of two stores.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(TCompute* p, Vector512<TWide> lower, Vector512<TWide> upper) =>
        Vector512.Store(Narrow(lower, upper), (ushort*)p);

    /// <summary>The same bits for values that are exact in bfloat16.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ushort> Join(Vector512<TWide> lower, Vector512<TWide> upper) =>
        Avx512BW.PermuteVar32x16x2(lower.As<TWide, ushort>(), OddHalves, upper.As<TWide, ushort>());

    private static Vector512<ushort> OddHalves
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)] // with this many arguments the compiler would not inline it
        get =>
            Vector512.Create(
                (ushort)1,
                3,
                5,
                7,
                9,
                11,
                13,
                15,
                17,
                19,
                21,
                23,
                25,
                27,
                29,
                31,
                33,
                35,
                37,
                39,
                41,
                43,
                45,
                47,
                49,
                51,
                53,
                55,
                57,
                59,
                61,
                63
            );
    }

    /// <summary>The first <paramref name="count"/> values at <paramref name="p"/>, the rest zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<TWide> Load(TCompute* p, int count) => count >= Count ? Load(p) : LoadTail(p, count);

    /// <summary>Stores the first <paramref name="count"/> values.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(TCompute* p, Vector512<TWide> value, int count)
    {
        if (count >= Count)
            Store(p, value);
        else
            StoreTail(p, value, count);
    }

    // With hardware masks there is no call in the callers' loops, which would spill their sums from the registers.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<TWide> LoadTail(TCompute* p, int count)
    {
        if (!Avx512BW.VL.IsSupported)
            return LoadByCopy(p, count);
        if (typeof(TCompute) == typeof(BFloat16))
            return Widened(Avx512BW.VL.MaskLoad((ushort*)p, FirstHalves(count), default));
        return typeof(TWide) == typeof(float)
            ? Avx512F.MaskLoad((float*)p, First(count).AsSingle(), default).As<float, TWide>()
            : Avx512F.MaskLoad((double*)p, First(count).AsDouble(), default).As<double, TWide>();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreTail(TCompute* p, Vector512<TWide> value, int count)
    {
        if (!Avx512BW.VL.IsSupported)
            StoreByCopy(p, value, count);
        else if (typeof(TCompute) == typeof(BFloat16))
            Avx512BW.VL.MaskStore((ushort*)p, FirstHalves(count), Narrowed(value));
        else if (typeof(TWide) == typeof(float))
            Avx512F.MaskStore((float*)p, First(count).AsSingle(), value.As<TWide, float>());
        else
            Avx512F.MaskStore((double*)p, First(count).AsDouble(), value.As<TWide, double>());
    }

    /// <summary>A mask: all bits of the first lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<TWide> First(int count) =>
        typeof(TWide) == typeof(float)
            ? Vector512.LessThan(Vector512<int>.Indices, Vector512.Create(count)).As<int, TWide>()
            : Vector512.LessThan(Vector512<long>.Indices, Vector512.Create((long)count)).As<long, TWide>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ushort> FirstHalves(int count) =>
        Vector256.LessThan(Vector256<ushort>.Indices, Vector256.Create((ushort)count));

    private static Vector512<TWide> LoadByCopy(TCompute* p, int count)
    {
        TCompute* whole = stackalloc TCompute[Count];
        new Span<TCompute>(whole, Count).Clear();
        new Span<TCompute>(p, count).CopyTo(new Span<TCompute>(whole, count));
        return Load(whole);
    }

    private static void StoreByCopy(TCompute* p, Vector512<TWide> value, int count)
    {
        TCompute* whole = stackalloc TCompute[Count];
        Store(whole, value);
        new Span<TCompute>(whole, count).CopyTo(new Span<TCompute>(p, count));
    }

    /// <summary>One value.</summary>
    public static TWide Load1(TCompute* p)
    {
        if (typeof(TCompute) != typeof(BFloat16))
            return *(TWide*)p;
        float value = BitConverter.UInt32BitsToSingle((uint)*(ushort*)p << 16);
        return Unsafe.As<float, TWide>(ref value);
    }
}

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
