namespace Simper.Checkpoints;

/// <summary>
/// An exclusive lock on a folder, which the system lets go when the process ends, however it ends. Where the system has no such
/// locks it is always granted.
/// </summary>
internal sealed class FolderLock : IDisposable
{
    private readonly int _descriptor;

    private FolderLock(int descriptor) => _descriptor = descriptor;

    /// <summary>Null when another process, or another lock of this one, holds the folder.</summary>
    public static FolderLock? TryTake(string folder)
    {
        if (!Posix.IsHere)
            return new FolderLock(-1);
        int descriptor = Posix.OpenFolder(folder);
        if (descriptor >= 0 && Posix.TryLock(descriptor))
            return new FolderLock(descriptor);
        Posix.Close(descriptor);
        return null;
    }

    public void Dispose() => Posix.Close(_descriptor);
}
