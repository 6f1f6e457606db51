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
    public static Vector512<ushort> Narrow(Vector512<TWide> lower, Vector512<TWide> upper) =>
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
