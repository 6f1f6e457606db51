using System.Globalization;
using System.Text.RegularExpressions;
using Simper.Checkpoints;

namespace Simper.Runs;

/// <summary>
/// Takes a folder for one process: a lock in it lasts as long as the process, so that a crash leaves none behind.
/// </summary>
internal static partial class OutputFolder
{
    /// <summary>What an error report is called in a folder, before the time.</summary>
    public const string ReportPrefix = "simper-error-";

    private const double SpareSpace = 1.05;

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
                throw Unusable(path, e);
            throw;
        }
    }

    /// <summary>
    /// Refuses, before anything is read or computed, a folder that could not be written at the end: it is tried, by a file that
    /// is made and removed again. Nothing is left behind, also no folder that was not there before.
    /// </summary>
    /// <param name="path">The folder, <c>output_dir</c>.</param>
    /// <param name="kind">What will be written; anything else that lies in the folder is foreign, and refused.</param>
    /// <param name="bytes">About how much will be written.</param>
    /// <exception cref="SimperException">It cannot be used; the sentence says why.</exception>
    public static void Expect(string path, FolderKind kind, long bytes)
    {
        if (File.Exists(path))
            throw new SimperException($"{path} is a file; give a folder as output_dir.");
        if (kind.ForeignIn(path) is { } foreign)
            throw new SimperException(
                $"{path} holds {foreign}, which is no part of {kind.Content}; give another output_dir, one that is new or empty."
            );
        TryToWrite(path);
        ExpectSpace(path, bytes);
    }

    /// <summary>Refuses to begin what will not fit.</summary>
    /// <exception cref="SimperException">The disk has less room.</exception>
    public static void ExpectSpace(string path, long bytes)
    {
        if (FreeSpace(path) is { } free && free < bytes * SpareSpace)
            throw new SimperException(
                $"About {Size(bytes)} will be written to {path}, but only {Size(free)} are free there; make room, or "
                    + "give another output_dir."
            );
    }

    /// <summary>
    /// Writes a record where the file stands, all of it or none: what was written of one that did not fit is taken back.
    /// </summary>
    public static void WriteRecord(FileStream file, byte[] record)
    {
        long end = file.Position;
        try
        {
            file.Write(record);
        }
        catch (IOException)
        {
            TryToCut(file, end);
            throw;
        }
    }

    private static void TryToCut(FileStream file, long length)
    {
        try
        {
            file.SetLength(length);
        }
        catch (IOException)
        {
            // What is told is the error before this one.
        }
    }

    /// <summary>Whether an entry is what a process left that was killed while it wrote, or reported an error.</summary>
    public static bool IsLeftover(string name) => Leftover().IsMatch(name);

    private static SimperException Unusable(string path, Exception e) =>
        new(
            $"{path} cannot be used as output_dir: "
                + (
                    e is FileNotFoundException or DirectoryNotFoundException
                        ? "no folder can be made there"
                        : FileFault.Sentence(e)
                )
                + "; give another one.",
            e
        );

    private static void TryToWrite(string path)
    {
        var made = new Stack<string>();
        try
        {
            for (
                string? missing = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
                missing is not null && !Directory.Exists(missing);
                missing = Path.GetDirectoryName(missing)
            )
                made.Push(missing);
            string[] folders = [.. made]; // the outermost first
            made.Clear();
            foreach (string folder in folders)
            {
                Directory.CreateDirectory(folder);
                made.Push(folder);
            }
            Lock(path).Dispose();
            string probe = Path.Combine(path, $".simper-{Guid.NewGuid():N}");
            try
            {
                File.WriteAllBytes(probe, new byte[1 << 12]);
            }
            finally
            {
                File.Delete(probe);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw Unusable(path, e);
        }
        finally
        {
            Remove(made);
        }
    }

    // The innermost first; another process may have put something in meanwhile.
    private static void Remove(IEnumerable<string> folders)
    {
        foreach (string folder in folders)
        {
            try
            {
                Directory.Delete(folder);
            }
            catch (IOException)
            {
                return;
            }
        }
    }

    // Null where the system does not say.
    private static long? FreeSpace(string path)
    {
        string? there = Path.GetFullPath(path);
        while (there is not null && !Directory.Exists(there))
            there = Path.GetDirectoryName(there);
        try
        {
            var drive = new DriveInfo(there ?? Path.GetFullPath(path));
            return drive.TotalSize > 0 ? drive.AvailableFreeSpace : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }

    private static string Size(long bytes) =>
        bytes switch
        {
            >= 1_000_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:F1} GB"),
            >= 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:F0} MB"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e3:F0} kB"),
        };

    private static FileStream Lock(string path)
    {
        try
        {
            return new FileStream(
                Path.Combine(path, ".lock"),
                FileMode.OpenOrCreate,
                FileAccess.ReadWrite,
                FileShare.None,
                1,
                FileOptions.DeleteOnClose
            );
        }
        catch (IOException e) when (FileFault.IsInUse(e))
        {
            throw new SimperException($"{path} is in use by another process; give another output_dir.", e);
        }
    }

    [GeneratedRegex(@"^model\.tmp-[0-9a-f]{8}$|\.\d+\.tmp$|^simper-error-[\w.-]+\.txt$")]
    private static partial Regex Leftover();
}
