using System.Runtime.InteropServices;

namespace Simper.Tensors;

/// <summary>
/// Keeps freed memory in the process (glibc): a training step frees and allocates tensors of the same sizes again and again, and
/// returning them to the system costs a page fault per 4 KB each time. Our large tensors are in the <see cref="Arena"/>; this is
/// for libtorch's own. It is up to the program: call it first of all, once; the library itself never does.
/// </summary>
public static partial class HeapSettings
{
    private const int TrimThreshold = -1;
    private const int TopPad = -2;
    private const int MmapThreshold = -3;
    private const int ArenaMax = -8;

    /// <summary>Configures the process's heap. Does nothing with another C library.</summary>
    public static void Apply()
    {
        if (!OperatingSystem.IsLinux())
            return;
        try
        {
            _ = mallopt(ArenaMax, 1); // a single heap: those of other threads grow in 64 MB pieces, each with a lost remainder
            _ = mallopt(MmapThreshold, 32 << 20); // the largest value that glibc accepts
            _ = mallopt(TrimThreshold, int.MaxValue);
            _ = mallopt(TopPad, 64 << 20);
        }
        catch (Exception e) when (e is EntryPointNotFoundException or DllNotFoundException)
        {
            // Another C library, with its own policy.
        }
    }

    /// <summary>Returns freed memory to the system now. Costs a page fault per 4 KB that is allocated again.</summary>
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
            // Another C library, with its own policy.
        }
    }

    [LibraryImport("libc")]
    private static partial int malloc_trim(nuint pad);

    [LibraryImport("libc")]
    private static partial int mallopt(int parameter, int value);
}
