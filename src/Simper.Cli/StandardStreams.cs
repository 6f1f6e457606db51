using System.Runtime.InteropServices;

namespace Simper.Cli;

/// <summary>
/// Standard streams that the parent process closed (<c>simper chat &lt;&amp;-</c>). Their descriptors are free then, and the
/// runtime reuses them for pipes of its own: a read would wait forever, and output would go into them.
/// </summary>
internal static partial class StandardStreams
{
    private const int GetDescriptorFlags = 1; // F_GETFD
    private const int CloseOnExec = 1; // FD_CLOEXEC

    /// <summary>Whether standard input is open.</summary>
    public static bool HasInput { get; private set; } = true;

    /// <summary>Replaces closed streams by ones that are at their end, or discard everything.</summary>
    public static void Mend()
    {
        if (OperatingSystem.IsWindows())
            return;
        if (!IsInherited(0))
        {
            HasInput = false;
            Console.SetIn(TextReader.Null);
        }
        if (!IsInherited(1))
            Console.SetOut(TextWriter.Null);
        if (!IsInherited(2))
            Console.SetError(TextWriter.Null);
    }

    // Inherited descriptors are not close-on-exec; those that the runtime opens are.
    private static bool IsInherited(int descriptor) =>
        Control(descriptor, GetDescriptorFlags) is >= 0 and var flags && (flags & CloseOnExec) == 0;

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int Control(int descriptor, int command);
}
