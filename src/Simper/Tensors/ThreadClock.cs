using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Simper.Tensors;

/// <summary>The CPU time of the calling thread, in which other programs do not count.</summary>
internal static partial class ThreadClock
{
    // CLOCK_THREAD_CPUTIME_ID
    private static readonly int Clock =
        OperatingSystem.IsLinux() ? 3
        : OperatingSystem.IsMacOS() ? 16
        : -1;

    /// <summary>Seconds since some moment; wall-clock time if the system offers no other.</summary>
    public static double Seconds() =>
        Clock >= 0 && GetTime(Clock, out TimeSpec time) == 0
            ? time.Seconds + time.Nanoseconds * 1e-9
            : Stopwatch.GetTimestamp() / (double)Stopwatch.Frequency;

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int GetTime(int clock, out TimeSpec time);

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct TimeSpec
    {
        public readonly nint Seconds;
        public readonly nint Nanoseconds;
    }
}
