using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Simper.Checkpoints;

/// <summary>
/// What .NET lacks: flushing a folder to disk, locking one, exchanging two names atomically, files that are written past
/// the system's cache, a thread that gives way.
/// </summary>
internal static partial class Posix
{
    private const int ReadOnly = 0;

    // O_CLOEXEC: child processes do not inherit the descriptor, and with it the lock.
    private static readonly int CloseOnExec =
        OperatingSystem.IsLinux() ? 0x80000
        : OperatingSystem.IsMacOS() ? 0x1000000
        : 0;

    private const int LockExclusive = 2;
    private const int LockWithoutWaiting = 4;
    private const int Release = 8; // LOCK_UN
    private const int CurrentFolder = -100;
    private const int Exchange = 2; // AT_FDCWD, RENAME_EXCHANGE

    // EIO, ENOSPC, EDQUOT (Linux and macOS): names were lost. Others say that the file system cannot flush folders.
    private static readonly int[] Lost = [5, 28, 122, 69];

    /// <summary>EINVAL.</summary>
    public const int InvalidArgument = 22;

    private const int NotReadable = 13; // EACCES
    private const int SetFlags = 4; // F_SETFL

    // O_DIRECT of Linux
    private static readonly int? Direct = RuntimeInformation.ProcessArchitecture switch
    {
        _ when !OperatingSystem.IsLinux() => null,
        Architecture.X64 => 0x4000,
        Architecture.Arm64 => 0x10000,
        _ => null,
    };

    private const int Modest = 10; // of nice: a tenth of the share of another thread, so that it is never starved

    public static bool IsHere => !OperatingSystem.IsWindows();

    /// <summary>A descriptor, negative on failure.</summary>
    public static int OpenFolder(string folder) => Open(folder, ReadOnly | CloseOnExec);

    public static bool TryLock(int descriptor) => Flock(descriptor, LockExclusive | LockWithoutWaiting) == 0;

    /// <summary>Releases the lock, also where the descriptor was inherited.</summary>
    public static void Unlock(int descriptor)
    {
        if (descriptor >= 0)
            _ = Flock(descriptor, Release);
    }

    /// <summary>Whether a name is in an open folder.</summary>
    public static bool IsIn(int folder, string name) => Access(folder, name, mode: 0, flags: 0) == 0;

    public static void Close(int descriptor)
    {
        if (descriptor >= 0)
            _ = CloseDescriptor(descriptor);
    }

    /// <summary>
    /// Flushes a folder's directory entries to disk. Where a file system cannot do that (or on Windows) it does nothing.
    /// </summary>
    public static void FlushFolder(string folder)
    {
        if (!IsHere)
            return;
        int descriptor = OpenFolder(folder);
        if (descriptor < 0)
        {
            if (Marshal.GetLastPInvokeError() == NotReadable)
                return; // a folder that may be written but not read
            throw new IOException($"{folder} cannot be flushed to disk: {Marshal.GetLastPInvokeErrorMessage()}");
        }
        int error = Fsync(descriptor) == 0 ? 0 : Marshal.GetLastPInvokeError();
        Close(descriptor);
        ExpectKept(error);
    }

    /// <summary>Whether an error of flushing a folder, 0 for none, means that names were lost.</summary>
    /// <exception cref="IOException">It does.</exception>
    internal static void ExpectKept(int error)
    {
        if (Lost.Contains(error))
            throw new IOException(Marshal.GetPInvokeErrorMessage(error), error);
    }

    /// <summary>Exchanges the names of two folders atomically; false where the system or the file system cannot.</summary>
    public static bool TryExchange(string first, string second)
    {
        if (!OperatingSystem.IsLinux())
            return false;
        try
        {
            return RenameAt(CurrentFolder, first, CurrentFolder, second, Exchange) == 0;
        }
        catch (EntryPointNotFoundException)
        {
            return false; // A C library without renameat2.
        }
    }

    /// <summary>
    /// Whether an open file is written past the system's cache, or through it again: from then on only whole blocks, of aligned
    /// memory, to places that are multiples of a block.
    /// </summary>
    /// <returns>False where system or file system cannot.</returns>
    public static bool TrySetDirect(SafeFileHandle file, bool isDirect) =>
        Direct is { } flag && SetFileFlags(file, SetFlags, isDirect ? flag : 0) == 0;

    /// <summary>
    /// From now on the calling thread runs where others leave a core idle, and a tenth as much as they otherwise; for a thread
    /// that ends afterwards, since it cannot take that back. Where threads have no priority of their own it does nothing.
    /// </summary>
    public static void GiveWay()
    {
        if (OperatingSystem.IsLinux())
            _ = SetPriority(0, 0, Modest); // PRIO_PROCESS, which is a thread here, and the calling one
    }

    [LibraryImport("libc", EntryPoint = "setpriority")]
    private static partial int SetPriority(int which, int who, int priority);

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int SetFileFlags(SafeFileHandle file, int command, nint flags);

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "faccessat", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Access(int folder, string name, int mode, int flags);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int CloseDescriptor(int descriptor);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(int descriptor);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int Flock(int descriptor, int operation);

    [LibraryImport("libc", EntryPoint = "renameat2", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int RenameAt(int firstFolder, string first, int secondFolder, string second, uint flags);
}
