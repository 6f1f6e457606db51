using System.Diagnostics;
using System.Globalization;

namespace Simper.Runs;

/// <summary>The process's memory, from the operating system.</summary>
public static class PeakMemory
{
    /// <summary>The most bytes of physical memory that the process has held so far.</summary>
    public static long Bytes()
    {
        if (OperatingSystem.IsLinux())
        {
            // .NET's PeakWorkingSet64 is the present one on Linux.
            string? line = File.ReadLines("/proc/self/status").FirstOrDefault(l => l.StartsWith("VmHWM:", StringComparison.Ordinal));
            if (line is not null && long.TryParse(line.AsSpan(6, line.Length - 9), NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out long kilobytes))
                return kilobytes * 1024;
        }
        using Process process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }
}
