using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Simper.Tensors;

/// <summary>
/// The memory of large tensors: one range of addresses, allocated from its lower end and reused. Passes differ in length; a
/// general-purpose heap would keep mapping new pages for new sizes, each cleared by the system, and keep the old ones. Here a
/// request takes the lowest range that fits, so all steps together need only the pages of the largest one so far. Requests large
/// pages. Where the system lacks such memory (it is Linux only), tensors come from libtorch's allocator. Thread safe.
/// </summary>
internal static unsafe partial class Arena
{
    /// <summary>Smaller tensors come from libtorch's allocator, which is fast for them.</summary>
    private const long LeastBytes = 1 << 16;

    private const long Grain = 4096;
    private const long LargePage = 2 << 20;

    private static readonly Lock Gate = new();

    private static readonly long Length = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / LargePage * LargePage;
    private static readonly byte* Start = Reserve();

    private static readonly FreeList FreeList = new(Length);

    /// <summary>A contiguous uninitialised tensor. The caller owns it (or the open dispose scope does).</summary>
    public static Tensor Empty(ScalarType type, params ReadOnlySpan<long> shape)
    {
        long bytes = SizeOf(type);
        foreach (long length in shape)
            bytes *= length;
        return bytes >= LeastBytes && Start != null && Take(bytes) is nint address
            ? TensorMemory.Over(address, &OnTensorGone, type, shape)
            : empty(shape.ToArray(), dtype: type);
    }

    /// <summary>The same, zero-initialised.</summary>
    public static Tensor Zeros(ScalarType type, params ReadOnlySpan<long> shape)
    {
        Tensor tensor = Empty(type, shape);
        tensor.zero_().Dispose(); // in-place calls return a second handle
        return tensor;
    }

    /// <summary>Returns the pages of free ranges to the system.</summary>
    public static void Trim()
    {
        if (Start == null)
            return;
        lock (Gate)
        {
            foreach ((long offset, long bytes) in FreeList.Free)
                _ = madvise(Start + offset, (nuint)bytes, DontNeed);
        }
    }

    private static nint? Take(long bytes)
    {
        lock (Gate)
            return FreeList.Take((bytes + Grain - 1) / Grain * Grain) is long offset ? (nint)(Start + offset) : null;
    }

    // Called by libtorch, on whatever thread releases the last view: an exception would end the process.
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void OnTensorGone(nint address)
    {
        lock (Gate)
            FreeList.Return(address - (nint)Start);
    }

    // Reserves addresses only: pages are mapped when first written.
    private static byte* Reserve()
    {
        if (!OperatingSystem.IsLinux())
            return null;
        byte* start = mmap(null, (nuint)(Length + LargePage), ReadAndWrite, PrivateAnonymousUnreserved, -1, 0);
        if (start == (byte*)-1)
            return null;
        start = (byte*)(((nint)start + LargePage - 1) / (nint)LargePage * (nint)LargePage);
        _ = madvise(start, (nuint)Length, LargePages); // failure costs only speed
        return start;
    }

    private static long SizeOf(ScalarType type) =>
        type switch
        {
            ScalarType.BFloat16 or ScalarType.Float16 or ScalarType.Int16 => 2,
            ScalarType.Float32 or ScalarType.Int32 => 4,
            ScalarType.Float64 or ScalarType.Int64 => 8,
            _ => throw new ArgumentOutOfRangeException(nameof(type), type, "No large tensors of this type are made here."),
        };

    private const int ReadAndWrite = 3;
    private const int PrivateAnonymousUnreserved = 0x2 | 0x20 | 0x4000;
    private const int DontNeed = 4;
    private const int LargePages = 14;

    [LibraryImport("libc")]
    private static partial byte* mmap(byte* address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc")]
    private static partial int madvise(byte* address, nuint length, int advice);
}
