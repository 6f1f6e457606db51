using System.Runtime.InteropServices;

namespace Simper.Kernels.Cpu;

/// <summary>
/// A thread's scratch memory, kept from call to call so that its pages are mapped once. As large as the largest request.
/// </summary>
internal static unsafe class Scratch
{
    private const nuint Alignment = 64;

    [ThreadStatic]
    private static byte* Start;

    [ThreadStatic]
    private static nuint Size;

    /// <summary>At least <paramref name="bytes"/> uninitialised bytes, valid on this thread until its next call.</summary>
    public static void* Of(long bytes)
    {
        if ((nuint)bytes > Size)
        {
            NativeMemory.AlignedFree(Start);
            Start = null;
            Size = 0;
            Start = (byte*)NativeMemory.AlignedAlloc((nuint)bytes, Alignment);
            Size = (nuint)bytes;
        }
        return Start;
    }
}
