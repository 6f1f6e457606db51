namespace Simper.Checkpoints;

/// <summary>
/// An exclusive lock on a folder that the system releases when the process ends, however it ends: a crash leaves none behind.
/// Where folders cannot be locked it is a file beside the folder, deleted with the lock.
/// </summary>
internal sealed class FolderLock : IDisposable
{
    private readonly int _descriptor;
    private readonly FileStream? _beside;

    private FolderLock(int descriptor, FileStream? beside) => (_descriptor, _beside) = (descriptor, beside);

    /// <summary>Null when another process, or another lock of this one, holds the folder.</summary>
    /// <exception cref="IOException">The folder cannot be locked.</exception>
    public static FolderLock? TryTake(string folder)
    {
        if (!Posix.IsHere)
            return TryTakeBeside(folder);
        int descriptor = Posix.OpenFolder(folder);
        if (descriptor >= 0 && Posix.TryLock(descriptor))
            return new FolderLock(descriptor, null);
        Posix.Close(descriptor);
        return null;
    }

    /// <summary>
    /// Whether a file is in the locked folder: one that was written by the folder's path is not, if the folder was removed and
    /// made anew in between.
    /// </summary>
    public bool Holds(string name) => _beside is not null || Posix.IsIn(_descriptor, name);

    private static FolderLock? TryTakeBeside(string folder)
    {
        try
        {
            return new FolderLock(
                -1,
                new FileStream(
                    Path.TrimEndingDirectorySeparator(folder) + ".lock",
                    FileMode.OpenOrCreate,
                    FileAccess.ReadWrite,
                    FileShare.None,
                    1,
                    FileOptions.DeleteOnClose
                )
            );
        }
        catch (IOException e) when (FileFault.IsInUse(e))
        {
            return null;
        }
    }

    public void Dispose()
    {
        Posix.Unlock(_descriptor); // a process that is just being started has the descriptor until its program begins
        Posix.Close(_descriptor);
        _beside?.Dispose();
    }
}
