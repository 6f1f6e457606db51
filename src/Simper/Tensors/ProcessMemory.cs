using System.Diagnostics;
using System.Globalization;

namespace Simper.Tensors;

/// <summary>The process's memory, from the operating system.</summary>
public static class ProcessMemory
{
    /// <summary>The peak resident memory of the process so far.</summary>
    public static long Peak()
    {
        if (Status("VmHWM:") is { } peak) // .NET's PeakWorkingSet64 is the current one on Linux.
            return peak;
        using Process process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }

    /// <summary>What it holds now.</summary>
    public static long Now() => Status("VmRSS:") ?? Environment.WorkingSet;

    private static long? Status(string field)
    {
        if (!OperatingSystem.IsLinux())
            return null;
        string? line = File.ReadLines("/proc/self/status").FirstOrDefault(l => l.StartsWith(field, StringComparison.Ordinal));
        return
            line is not null
            && long.TryParse(
                line.AsSpan(field.Length, line.Length - field.Length - 3),
                NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite,
                CultureInfo.InvariantCulture,
                out long kilobytes
            )
            ? kilobytes * 1024
            : null;
    }
}
