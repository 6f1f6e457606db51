namespace Simper;

/// <summary>
/// A file that is written under a temporary name and renamed when complete: a full disk or an interruption leaves the previous
/// content, and nobody sees a partial file. Not thread safe.
/// </summary>
public sealed class AsideFile : IDisposable
{
    private readonly string _path;
    private readonly string _aside;
    private bool _isCommitted;

    /// <param name="path">The final name.</param>
    /// <exception cref="IOException">It cannot be written there.</exception>
    public AsideFile(string path)
    {
        _path = path;
        _aside = $"{path}.{Environment.ProcessId}.tmp";
        Stream = new FileStream(_aside, FileMode.Create, FileAccess.ReadWrite, FileShare.None, 1 << 16);
    }

    /// <summary>The stream to write to; closed by <see cref="Commit"/>.</summary>
    public FileStream Stream { get; }

    /// <summary>Renames the file, replacing one of that name.</summary>
    /// <exception cref="IOException">It could not be written completely.</exception>
    public void Commit()
    {
        Stream.Dispose();
        File.Move(_aside, _path, overwrite: true);
        _isCommitted = true;
    }

    /// <summary>Discards a file that was not committed.</summary>
    public void Dispose()
    {
        if (_isCommitted)
            return;
        try
        {
            Stream.Dispose();
        }
        finally
        {
            File.Delete(_aside); // also if the rest of the buffer does not fit
        }
    }
}
