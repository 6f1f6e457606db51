using System.Runtime.InteropServices;

namespace Simper.Cli;

/// <summary>
/// Standard streams that whoever started the program has closed (<c>simper chat &lt;&amp;-</c>). Their numbers are free then, and
/// the runtime takes them for pipes of its own: a read waits for ever, and what is written gets into them.
/// </summary>
internal static partial class StandardStreams
{
    private const int GetDescriptorFlags = 1; // F_GETFD
    private const int CloseOnExec = 1; // FD_CLOEXEC

    /// <summary>Whether there is a standard input.</summary>
    public static bool HasInput { get; private set; } = true;

    /// <summary>Puts streams that are at their end, or take everything, in the place of closed ones.</summary>
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

    // What a program was started with was not to be closed on starting it; what the runtime opens is.
    private static bool IsInherited(int descriptor) =>
        Control(descriptor, GetDescriptorFlags) is >= 0 and var flags && (flags & CloseOnExec) == 0;

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int Control(int descriptor, int command);
}
