using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using TorchSharp;

namespace Simper.Kernels.Cpu;

/// <summary>
/// A float in two halves: the nearest bfloat16 (ties away from zero), which matrix products read, and the 16 low bits, as a
/// signed difference of the bit patterns. Exact: together they are the float, bit for bit, so the compute copy of a master weight
/// costs no memory.
/// </summary>
internal static unsafe class SplitFloat
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(BFloat16* high, short* low, int count) =>
        count >= Vector512<float>.Count ? Load(high, low) : LoadTail(high, low, count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(BFloat16* high, short* low, Vector512<float> value, int count)
    {
        if (count >= Vector512<float>.Count)
            Store(high, low, value);
        else
            StoreTail(high, low, value, count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Load(BFloat16* high, short* low)
    {
        Vector256<short> rest = Vector256.Load(low);
        Vector512<int> missing = Vector512.Create(Vector256.WidenLower(rest), Vector256.WidenUpper(rest));
        return (Lanes<BFloat16, float>.Load(high).AsInt32() + missing).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(BFloat16* high, short* low, Vector512<float> value)
    {
        Vector512<int> bits = value.AsInt32();
        Vector512<int> upper = Vector512.ShiftRightLogical(bits + Vector512.Create(0x8000), 16);
        Vector512<int> missing = bits - Vector512.ShiftLeft(upper, 16);
        Vector256.Store(Vector256.Narrow(upper.GetLower().AsUInt32(), upper.GetUpper().AsUInt32()), (ushort*)high);
        Vector256.Store(Vector256.Narrow(missing.GetLower(), missing.GetUpper()), low);
    }

    private static Vector512<float> LoadTail(BFloat16* high, short* low, int count)
    {
        BFloat16* wholeHigh = stackalloc BFloat16[16];
        short* wholeLow = stackalloc short[16];
        new Span<BFloat16>(high, count).CopyTo(new Span<BFloat16>(wholeHigh, 16));
        new Span<short>(low, count).CopyTo(new Span<short>(wholeLow, 16));
        return Load(wholeHigh, wholeLow);
    }

    private static void StoreTail(BFloat16* high, short* low, Vector512<float> value, int count)
    {
        BFloat16* wholeHigh = stackalloc BFloat16[16];
        short* wholeLow = stackalloc short[16];
        Store(wholeHigh, wholeLow, value);
        new Span<BFloat16>(wholeHigh, count).CopyTo(new Span<BFloat16>(high, count));
        new Span<short>(wholeLow, count).CopyTo(new Span<short>(low, count));
    }
}
