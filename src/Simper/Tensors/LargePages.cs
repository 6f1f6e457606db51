using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Simper.Tensors;

/// <summary>
/// Memory of its own for the copies of many tensors, kept from one set of copies to the next: a copy of gigabytes into fresh
/// memory waits for pages to be mapped and cleared, longer than for the copying. Asks for large pages. Linux only. Not thread
/// safe.
/// </summary>
internal sealed unsafe partial class LargePages : SafeBuffer
{
    private const int Alignment = 64; // of each tensor, as libtorch aligns

    private readonly nint _start;
    private readonly nuint _bytes;
    private readonly long _first;
    private long _taken;

    private LargePages(nint start, nuint bytes)
        : base(ownsHandle: true)
    {
        (_start, _bytes) = (start, bytes);
        _first = (LargePage - start % LargePage) % LargePage;
        SetHandle(start);
        Initialize(bytes);
    }

    /// <summary>Reserves room for copies of tensors; null where the system has no such memory.</summary>
    public static LargePages? For(IEnumerable<Tensor> tensors)
    {
        if (!OperatingSystem.IsLinux())
            return null;
        long bytes = tensors.Sum(t => Aligned(TensorMemory.ByteCount(t)));
        bytes = Math.Max(1, (bytes + LargePage - 1) / LargePage) * LargePage;
        nint start = mmap(0, (nuint)(bytes + LargePage), ReadAndWrite, PrivateAnonymousUnreserved, -1, 0);
        if (start == -1)
            return null;
        var pages = new LargePages(start, (nuint)(bytes + LargePage));
        _ = madvise(start, pages._bytes, HugePages); // failure costs only speed
        return pages;
    }

    /// <summary>Whether copies are alive.</summary>
    public bool IsTaken { get; private set; }

    /// <summary>Begins a set of copies.</summary>
    public void Take()
    {
        if (IsTaken)
            throw new InvalidOperationException("The copies before are still alive.");
        (IsTaken, _taken) = (true, _first);
    }

    /// <summary>To be called once all copies are disposed: the memory is there for others.</summary>
    public void Return() => IsTaken = false;

    /// <summary>A contiguous copy of a tensor on the CPU, by all threads. The caller owns it.</summary>
    public Tensor Copy(Tensor tensor)
    {
        Tensor copy = TensorMemory.View(this, _taken, tensor.dtype, tensor.shape);
        _taken += Aligned(TensorMemory.ByteCount(tensor));
        copy.copy_(tensor); // returns the tensor itself
        return copy.DetachFromDisposeScope();
    }

    protected override bool ReleaseHandle() => munmap(_start, _bytes) == 0;

    private static long Aligned(long bytes) => (bytes + Alignment - 1) / Alignment * Alignment;

    private const int LargePage = 2 << 20;
    private const int ReadAndWrite = 3;
    private const int PrivateAnonymousUnreserved = 0x2 | 0x20 | 0x4000;
    private const int HugePages = 14;

    [LibraryImport("libc")]
    private static partial nint mmap(nint address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc")]
    private static partial int madvise(nint address, nuint length, int advice);

    [LibraryImport("libc")]
    private static partial int munmap(nint address, nuint length);
}
