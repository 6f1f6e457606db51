using System.Numerics;
using System.Runtime.InteropServices;
using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Checkpoints;

/// <summary>Counts NaN and infinite values in memory: legal in files, and the end of any answer.</summary>
internal static unsafe class NonFinite
{
    private const int PieceBytes = 1 << 20;

    /// <summary>Of a contiguous CPU tensor, on all cores; 0 where its type has no such values.</summary>
    public static long Count(Tensor values)
    {
        nint start = (nint)TensorMemory.Pointer(values);
        long bytes = TensorMemory.ByteCount(values);
        ScalarType type = values.dtype;
        long total = 0;
        Parallel.For(
            0,
            (bytes + PieceBytes - 1) / PieceBytes,
            piece =>
            {
                long from = piece * PieceBytes;
                var part = new ReadOnlySpan<byte>((byte*)start + from, (int)Math.Min(PieceBytes, bytes - from));
                if (Count(part, type) is > 0 and var count)
                    Interlocked.Add(ref total, count);
            }
        );
        return total;
    }

    /// <summary>Of values as they lie in memory.</summary>
    public static long Count(ReadOnlySpan<byte> values, ScalarType type) =>
        type switch
        {
            ScalarType.BFloat16 => Of<ushort>(values, 0x7f80),
            ScalarType.Float16 => Of<ushort>(values, 0x7c00),
            ScalarType.Float32 => Of<uint>(values, 0x7f80_0000),
            ScalarType.Float64 => Of<ulong>(values, 0x7ff0_0000_0000_0000),
            _ => 0,
        };

    // All bits of the exponent are set.
    private static long Of<T>(ReadOnlySpan<byte> values, T exponent)
        where T : unmanaged, IBinaryInteger<T>
    {
        ReadOnlySpan<T> words = MemoryMarshal.Cast<byte, T>(values);
        var mask = new Vector<T>(exponent);
        long count = 0;
        int i = 0;
        for (; i <= words.Length - Vector<T>.Count; i += Vector<T>.Count)
        {
            if (Vector.EqualsAny(new Vector<T>(words[i..]) & mask, mask))
                count += Each(words.Slice(i, Vector<T>.Count), exponent);
        }
        return count + Each(words[i..], exponent);
    }

    private static int Each<T>(ReadOnlySpan<T> words, T exponent)
        where T : unmanaged, IBinaryInteger<T>
    {
        int count = 0;
        foreach (T word in words)
            count += (word & exponent) == exponent ? 1 : 0;
        return count;
    }
}
