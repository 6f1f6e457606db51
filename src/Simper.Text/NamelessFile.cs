namespace Simper;

/// <summary>
/// A temporary file that ends with the process, however that ends. Windows removes it when the last handle is closed; elsewhere
/// the runtime would do so, except for a handle that is still open at exit, so it is unlinked at once.
/// </summary>
internal static class NamelessFile
{
    /// <summary>Creates one, to write and to read, in the system's folder of temporary files.</summary>
    /// <param name="kind">The ending of its name while it has one.</param>
    /// <exception cref="SimperException">It cannot be created.</exception>
    public static FileStream Create(string kind)
    {
        string path = Path.Combine(Path.GetTempPath(), $"simper-{Guid.NewGuid():N}.{kind}");
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.Read,
            BufferSize = 1 << 16,
        };
        if (OperatingSystem.IsWindows())
            options.Options = FileOptions.DeleteOnClose;
        else
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite; // it contains users' text
        try
        {
            var stream = new FileStream(path, options);
            if (!OperatingSystem.IsWindows())
                File.Delete(path);
            return stream;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SimperException(
                $"No temporary file can be made in {Path.GetTempPath()}: {SystemFault.Sentence(e)}; name another folder in "
                    + "TMPDIR (TEMP on Windows).",
                e
            );
        }
    }
}
