namespace Simper;

/// <summary>
/// A file that is written aside, and takes its name when it is complete: a full disk or an interruption leaves what was there
/// before, and nobody sees half of it. Not thread safe.
/// </summary>
public sealed class AsideFile : IDisposable
{
    private readonly string _path;
    private readonly string _aside;
    private bool _isCommitted;

    /// <param name="path">The name to be.</param>
    /// <exception cref="IOException">It cannot be written there.</exception>
    public AsideFile(string path)
    {
        _path = path;
        _aside = $"{path}.{Environment.ProcessId}.tmp";
        Stream = new FileStream(_aside, FileMode.Create, FileAccess.ReadWrite, FileShare.None, 1 << 16);
    }

    /// <summary>What is to be written into; closed by <see cref="Commit"/>.</summary>
    public FileStream Stream { get; }

    /// <summary>Gives the file its name, in place of one that has it.</summary>
    /// <exception cref="IOException">It cannot be written to its end.</exception>
    public void Commit()
    {
        Stream.Dispose();
        File.Move(_aside, _path, overwrite: true);
        _isCommitted = true;
    }

    /// <summary>Gives a file up that was not committed.</summary>
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
            File.Delete(_aside); // also where what is still to be written finds no room
        }
    }
}
