using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Simper.Kernels.Cpu;

/// <summary>Steps that the readers of quantised blocks share: sixteen codes to sixteen floats, fp16 fields, bits.</summary>
internal static unsafe class BlockVectors
{
    private const float HalfScale = 5.192296858534828E+33f; // 2^112, the difference of the exponents' biases

    /// <summary>An fp16 field, widened, without the runtime's conversion, which takes as long as sixteen values.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Half(byte* field)
    {
        uint half = *(ushort*)field;
        uint magnitude = (half & 0x7fff) << 13;
        uint bits =
            (half & 0x7c00) == 0x7c00
                ? magnitude | 0x7f800000
                : BitConverter.SingleToUInt32Bits(BitConverter.UInt32BitsToSingle(magnitude) * HalfScale);
        return BitConverter.UInt32BitsToSingle(bits | (half & 0x8000) << 16);
    }

    /// <summary>Sixteen fp16 values.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Halves(byte* from)
    {
        Vector512<uint> half = Widened(Vector256.Load((ushort*)from));
        Vector512<uint> magnitude = Vector512.ShiftLeft(half & Vector512.Create(0x7fffu), 13);
        Vector512<uint> isSpecial = Vector512.Equals(half & Vector512.Create(0x7c00u), Vector512.Create(0x7c00u));
        Vector512<uint> bits = Vector512.ConditionalSelect(
            isSpecial,
            magnitude | Vector512.Create(0x7f800000u),
            (magnitude.AsSingle() * Vector512.Create(HalfScale)).AsUInt32()
        );
        return (bits | Vector512.ShiftLeft(half & Vector512.Create(0x8000u), 16)).AsSingle();
    }

    /// <summary>The nearest fp16 values, as floats: halves to even ones, infinite beyond the largest.</summary>
    public static Vector512<float> RoundedToHalf(Vector512<float> values)
    {
        Vector512<uint> sign = values.AsUInt32() & Vector512.Create(0x8000_0000u);
        Vector512<uint> magnitude = values.AsUInt32() ^ sign;
        Vector512<uint> odd = Vector512.ShiftRightLogical(magnitude, 13) & Vector512.Create(1u);
        Vector512<uint> rounded = (magnitude + odd + Vector512.Create(0xfffu)) & Vector512.Create(~0x1fffu);
        // Subnormal ones are multiples of 2^-24, the last bit of a float between 0.5 and 1.
        Vector512<float> half = Vector512.Create(0.5f);
        Vector512<uint> small = (magnitude.AsSingle() + half - half).AsUInt32();
        Vector512<uint> isSmall = Vector512.LessThan(magnitude, Vector512.Create(0x3880_0000u)); // 2^-14
        rounded = Vector512.ConditionalSelect(isSmall, small, rounded);
        Vector512<uint> isLarge = Vector512.GreaterThanOrEqual(magnitude, Vector512.Create(0x477f_f000u)); // 65,520
        Vector512<uint> infinite = Vector512.Create(0x7f80_0000u);
        rounded = Vector512.ConditionalSelect(isLarge, infinite, rounded);
        Vector512<uint> isNaN = Vector512.GreaterThan(magnitude, infinite);
        return (Vector512.ConditionalSelect(isNaN, magnitude, rounded) | sign).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Widened(Vector256<ushort> halves) =>
        Avx512F.IsSupported
            ? Avx512F.ConvertToVector512UInt32(halves)
            : Vector512.Create(Vector256.WidenLower(halves), Vector256.WidenUpper(halves));

    /// <summary>Sixteen unsigned codes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> Integers(Vector128<byte> codes)
    {
        if (Avx512F.IsSupported)
            return Avx512F.ConvertToVector512Int32(codes);
        (Vector128<ushort> lower, Vector128<ushort> upper) = Vector128.Widen(codes);
        return Widened(Vector256.Create(lower, upper)).AsInt32();
    }

    /// <summary>Sixteen signed codes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> Integers(Vector128<sbyte> codes)
    {
        if (Avx512F.IsSupported)
            return Avx512F.ConvertToVector512Int32(codes);
        (Vector128<short> lower, Vector128<short> upper) = Vector128.Widen(codes);
        var halves = Vector256.Create(lower, upper);
        return Vector512.Create(Vector256.WidenLower(halves), Vector256.WidenUpper(halves));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Floats(Vector512<int> codes) => Vector512.ConvertToSingle(codes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Floats(Vector128<byte> codes) => Floats(Integers(codes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Floats(Vector128<sbyte> codes) => Floats(Integers(codes));

    /// <summary>Bits <paramref name="shift"/> and above of sixteen bytes, of which a mask is kept.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Bits(Vector128<byte> bytes, int shift, byte mask) =>
        Vector128.ShiftRightLogical(bytes.AsUInt16(), shift).AsByte() & Vector128.Create(mask);

    /// <summary>Codes of few bits, shifted within their bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Raised(Vector128<byte> codes, int shift) =>
        Vector128.ShiftLeft(codes.AsUInt16(), shift).AsByte();

    /// <summary><paramref name="value"/> in each of sixteen lanes whose bit, from <paramref name="first"/> on, is set.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> WhereSet(uint bits, int first, int value)
    {
        Vector512<int> own = OneBitEach;
        Vector512<int> isSet = Vector512.Equals(Vector512.Create((int)(bits >> first)) & own, own);
        return isSet & Vector512.Create(value);
    }

    private static Vector512<int> OneBitEach
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)] // with this many arguments the compiler would not inline it
        get => Vector512.Create(1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768);
    }
}
