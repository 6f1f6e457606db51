using System.Globalization;
using System.Text.RegularExpressions;
using Simper.Checkpoints;

namespace Simper.Runs;

/// <summary>
/// An output folder claimed by one process, from before anything is read or computed until disposal: locked, tested for writing
/// with a temporary file, and checked to hold only what is of its kind. The lock lasts as long as the process, so a crash leaves
/// none behind. A folder that was created for the claim and is still empty is removed with it.
/// </summary>
public sealed partial class OutputFolder : IDisposable
{
    private const string ReportPrefix = "simper-error-";
    private const double SpareSpace = 1.05;
    private const int MostTries = 8;

    private readonly FolderLock _lock;
    private readonly IReadOnlyList<string> _made;

    private OutputFolder(string path, FolderLock folderLock, IReadOnlyList<string> made) =>
        (Path, _lock, _made) = (path, folderLock, made);

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>Claims a folder.</summary>
    /// <param name="path">The folder, <c>output_dir</c>; created if missing.</param>
    /// <param name="kind">What will be written; anything else in the folder is foreign, and refused.</param>
    /// <param name="bytes">Approximate size of what will be written.</param>
    /// <exception cref="SimperException">It cannot be used; the message says why. A folder that did not exist before is removed
    /// again.</exception>
    public static OutputFolder Take(string path, FolderKind kind, long bytes)
    {
        if (File.Exists(path))
            throw new SimperException($"{path} is a file; give a folder as output_dir.");
        if (kind.ForeignIn(path) is { } foreign)
            throw new SimperException(
                $"{path} holds {foreign}, which is no part of {kind.Content}; give another output_dir, one that is new or empty."
            );
        if (kind.LinkIn(path) is { } link)
            throw new SimperException(
                $"{path} holds {link} as a link to another place, where files would be replaced; remove the link, or give "
                    + "another output_dir."
            );
        var made = new Stack<string>();
        FolderLock? held = null;
        try
        {
            held = Lock(path, made);
            ExpectSpace(path, bytes);
            return new OutputFolder(path, held, [.. made]);
        }
        catch (Exception e)
        {
            if (held is not null)
                Remove(made); // else another process has it, which may not have written into it yet
            held?.Dispose();
            if (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
                throw Unusable(path, e);
            throw;
        }
    }

    /// <summary>The name of an error report in a folder.</summary>
    public static string ReportName(DateTime time) =>
        string.Create(CultureInfo.InvariantCulture, $"{ReportPrefix}{time:yyyyMMdd-HHmmss}-{Environment.ProcessId}.txt");

    /// <summary>Refuses to begin writing what will not fit.</summary>
    /// <param name="bytes">Approximate size of what will be written.</param>
    /// <exception cref="SimperException">The disk has too little space.</exception>
    public void ExpectSpace(long bytes) => ExpectSpace(Path, bytes);

    /// <summary>Releases the folder; if it was created for the claim and nothing was written into it, it is removed.</summary>
    public void Dispose()
    {
        Remove(_made);
        _lock.Dispose();
    }

    private static void ExpectSpace(string path, long bytes)
    {
        if (FreeSpace(path) is { } free && free < bytes * SpareSpace)
            throw new SimperException(
                $"About {Size(bytes)} will be written to {path}, but only {Size(free)} are free there; make room, or "
                    + "give another output_dir."
            );
    }

    /// <summary>
    /// Writes a record at the current position, completely or not at all: a partial record is truncated.
    /// </summary>
    internal static void WriteRecord(FileStream file, byte[] record)
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
            // The error reported is the one before this.
        }
    }

    /// <summary>Whether an entry is left over from a process that was killed while writing, or is an error report.</summary>
    internal static bool IsLeftover(string name) => Leftover().IsMatch(name);

    internal static SimperException Unusable(string path, Exception e) =>
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

    // Another process may remove the folder that it created between our creating and locking it, and a third make it anew.
    private static FolderLock Lock(string path, Stack<string> made)
    {
        for (int i = 0; i < MostTries; i++)
        {
            Make(path, made);
            if (FolderLock.TryTake(path) is not { } held)
            {
                if (Directory.Exists(path))
                    throw new SimperException($"{path} is in use by another process; give another output_dir.");
                continue;
            }
            try
            {
                if (Directory.Exists(path) && Probe(path, held))
                    return held;
            }
            catch
            {
                Remove(made);
                held.Dispose();
                throw;
            }
            held.Dispose();
        }
        throw new IOException($"{path} is removed again and again");
    }

    private static void Make(string path, Stack<string> made)
    {
        var missing = new Stack<string>();
        for (
            string? folder = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path));
            folder is not null && !Directory.Exists(folder);
            folder = System.IO.Path.GetDirectoryName(folder)
        )
            missing.Push(folder);
        foreach (string folder in missing) // the outermost first
        {
            Directory.CreateDirectory(folder);
            made.Push(folder);
            Flushing.Folder(System.IO.Path.GetDirectoryName(folder)!);
        }
    }

    // Whether the folder of this name is the one that is locked, and can be written.
    private static bool Probe(string path, FolderLock held)
    {
        string name = $".simper-{Guid.NewGuid():N}";
        string probe = System.IO.Path.Combine(path, name);
        try
        {
            File.WriteAllBytes(probe, new byte[1 << 12]);
            return held.Holds(name);
        }
        finally
        {
            File.Delete(probe);
        }
    }

    // The innermost first; another process may have added something meanwhile.
    private static void Remove(IEnumerable<string> folders)
    {
        foreach (string folder in folders)
        {
            try
            {
                Directory.Delete(folder);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return;
            }
        }
    }

    // Null if the system does not say.
    private static long? FreeSpace(string path)
    {
        string? there = System.IO.Path.GetFullPath(path);
        while (there is not null && !Directory.Exists(there))
            there = System.IO.Path.GetDirectoryName(there);
        try
        {
            var drive = new DriveInfo(there ?? System.IO.Path.GetFullPath(path));
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

    [GeneratedRegex(@"^model\.tmp-[0-9a-f]{8}$|\.\d+\.tmp$|^simper-error-[\w.-]+\.txt$")]
    private static partial Regex Leftover();
}
