using System.Runtime.InteropServices;

namespace Simper.Tensors;

/// <summary>
/// Keeps freed memory in the process (glibc): a training step frees and takes tensors of the same sizes again, and returning them
/// to the system costs a page fault for every 4 KB each time. Our large tensors lie in the <see cref="Arena"/>; this is for
/// libtorch's own. A program's business: call it first of all, once; the library itself leaves it alone.
/// </summary>
public static partial class HeapSettings
{
    private const int TrimThreshold = -1;
    private const int TopPad = -2;
    private const int MmapThreshold = -3;
    private const int ArenaMax = -8;

    /// <summary>Sets the process's heap up. Does nothing where the C library is another.</summary>
    public static void Apply()
    {
        if (!OperatingSystem.IsLinux())
            return;
        try
        {
            _ = mallopt(ArenaMax, 1); // one heap: those of other threads come in pieces of 64 MB, with a remainder lost in each
            _ = mallopt(MmapThreshold, 32 << 20); // the largest that glibc takes
            _ = mallopt(TrimThreshold, int.MaxValue);
            _ = mallopt(TopPad, 64 << 20);
        }
        catch (Exception e) when (e is EntryPointNotFoundException or DllNotFoundException)
        {
            // Another C library: it manages as it does.
        }
    }

    /// <summary>Gives freed memory back to the system now. Costs a page fault for every 4 KB that is taken again.</summary>
    public static void Trim()
    {
        if (!OperatingSystem.IsLinux())
            return;
        try
        {
            _ = malloc_trim(0);
            Arena.Trim();
        }
        catch (Exception e) when (e is EntryPointNotFoundException or DllNotFoundException)
        {
            // Another C library: it manages as it does.
        }
    }

    [LibraryImport("libc")]
    private static partial int malloc_trim(nuint pad);

    [LibraryImport("libc")]
    private static partial int mallopt(int parameter, int value);
}
