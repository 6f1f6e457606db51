namespace Simper.Runs;

/// <summary>Takes a folder for one process: a lock in it lasts as long as the process, so that a crash leaves none behind.</summary>
internal static class OutputFolder
{
    /// <summary>Makes and locks a folder, and opens what is to be written into it.</summary>
    /// <param name="path">The folder, <c>output_dir</c>.</param>
    /// <param name="open">Given the lock, which is then its own; where it fails, the folder is let go.</param>
    /// <exception cref="SimperException">Another process has the folder, or it cannot be written.</exception>
    public static T Take<T>(string path, Func<FileStream, T> open)
    {
        FileStream? fileLock = null;
        try
        {
            Directory.CreateDirectory(path);
            fileLock = Lock(path);
            return open(fileLock);
        }
        catch (Exception e)
        {
            fileLock?.Dispose();
            if (e is IOException or UnauthorizedAccessException)
                throw new SimperException($"{path} cannot be used as output_dir: {e.Message}", e);
            throw;
        }
    }

    private static FileStream Lock(string path)
    {
        try
        {
            return new FileStream(Path.Combine(path, ".lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (IOException e)
        {
            throw new SimperException($"{path} is in use by another process; give another output_dir.", e);
        }
    }
}
