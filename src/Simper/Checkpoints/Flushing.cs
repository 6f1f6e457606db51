using Microsoft.Win32.SafeHandles;

namespace Simper.Checkpoints;

/// <summary>
/// Flushes files and folders to disk: a file's content and the names in a folder are two things, and a file survives a power cut
/// only with both.
/// </summary>
internal static class Flushing
{
    /// <summary>Is told of each path after it was flushed, where it was set in the same flow of execution: tests see by it that a
    /// flush was made.</summary>
    public static AsyncLocal<Action<string>?> Watch { get; } = new();

    /// <summary>Flushes an open file's content.</summary>
    /// <exception cref="IOException">It was lost.</exception>
    public static void File(SafeFileHandle file, string path)
    {
        RandomAccess.FlushToDisk(file);
        Watch.Value?.Invoke(path);
    }

    /// <summary>Flushes the names in a folder, where the system can do that.</summary>
    /// <exception cref="IOException">They were lost.</exception>
    public static void Folder(string folder)
    {
        Posix.FlushFolder(folder);
        Watch.Value?.Invoke(folder);
    }
}
