using System.Text.RegularExpressions;

namespace Simper.Checkpoints;

/// <summary>What a file holds.</summary>
/// <param name="Bytes">Its size.</param>
/// <param name="Hash">Its XXH128, in hexadecimal.</param>
internal readonly record struct WrittenFile(long Bytes, string Hash);

/// <summary>
/// A folder that is written aside, as <c>name.tmp-xxxxxxxx</c>, and renamed when complete. It is locked while it is written; the
/// leftovers of a killed process are removed by the next save under the same name.
/// </summary>
internal sealed partial class StagedFolder : IDisposable
{
    private const double SpareSpace = 1.05;

    private readonly string _target;
    private readonly string _parent;
    private readonly string _staged;
    private readonly FolderLock _lock;
    private readonly Action<FolderStep>? _watch;
    private readonly Dictionary<string, WrittenFile>? _files;
    private bool _committed;

    /// <param name="target">The folder's final name.</param>
    /// <param name="mayReplace">Whether a file of an earlier folder of that name may be replaced; all must be replaceable, else
    /// the folder is refused.</param>
    /// <param name="watch">Is told of every step before it is done.</param>
    /// <param name="hashes">Whether <see cref="Files"/> are wanted.</param>
    public StagedFolder(string target, Func<string, bool> mayReplace, Action<FolderStep>? watch = null, bool hashes = false)
    {
        _files = hashes ? [] : null;
        _watch = watch;
        _target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(target));
        _parent = Path.GetDirectoryName(_target) ?? throw new SimperException($"{target} is no name for a folder.");
        ExpectReplaceable(_target, mayReplace);
        Directory.CreateDirectory(_parent);
        RemoveLeftovers();
        _staged = $"{_target}.tmp-{Guid.NewGuid().ToString("N")[..8]}";
        Tell(FolderStepKind.MakeFolder, _staged);
        Directory.CreateDirectory(_staged);
        _lock = FolderLock.TryTake(_staged) ?? throw new IOException($"{_staged} is locked");
    }

    /// <summary>Where it lies until it is renamed.</summary>
    public string Folder => _staged;

    /// <summary>The path of a file in the folder, or in a subfolder. The writer flushes it to disk.</summary>
    public string PathOf(string name)
    {
        string[] parts = name.Split('/');
        if (parts.Length > 2 || !Array.TrueForAll(parts, p => p.Length > 0 && p == Path.GetFileName(p) && p is not ("." or "..")))
            throw new ArgumentException($"'{name}' is no plain file name.", nameof(name));
        if (parts.Length == 2)
            MakeSubfolder(Path.Combine(_staged, parts[0]));
        return Path.Combine([_staged, .. parts]);
    }

    /// <summary>What was written so far by <see cref="Write(string, Action{NewFile})"/>, by its name in the folder; empty where
    /// it was not wanted.</summary>
    public IReadOnlyDictionary<string, WrittenFile> Files => _files ?? [];

    /// <summary>Writes a file and flushes it to disk.</summary>
    public void Write(string name, ReadOnlySpan<byte> bytes)
    {
        string path = PathOf(name);
        Tell(FolderStepKind.WriteFile, path);
        using var file = new NewFile(path, _files is not null);
        file.Append(bytes);
        Finish(name, path, file);
    }

    /// <summary>Writes a file by a function that appends its content, and flushes it to disk.</summary>
    public void Write(string name, Action<NewFile> content)
    {
        string path = PathOf(name);
        Tell(FolderStepKind.WriteFile, path);
        using var file = new NewFile(path, _files is not null);
        content(file);
        Finish(name, path, file);
    }

    /// <summary>Tells the watcher of a step that a caller is about to do in the folder.</summary>
    public void Tell(FolderStepKind kind, string path, string? to = null) => _watch?.Invoke(new FolderStep(kind, path, to));

    /// <summary>Refuses to begin writing what will not fit.</summary>
    public void RequireSpace(long bytes)
    {
        long free = new DriveInfo(_staged).AvailableFreeSpace;
        if (free < bytes * SpareSpace)
            throw new SimperException(
                $"The model takes {bytes} bytes, but only {free} are free where {_target} lies; make room or save elsewhere."
            );
    }

    /// <summary>
    /// Renames the folder to its final name. An earlier folder of that name is exchanged atomically where the system can do that.
    /// </summary>
    public void Commit()
    {
        foreach (string folder in (string[])[.. Directory.GetDirectories(_staged), _staged])
        {
            Tell(FolderStepKind.FlushFolder, folder);
            Flushing.Folder(folder);
        }
        bool isNew = !Directory.Exists(_target);
        Tell(isNew ? FolderStepKind.Rename : FolderStepKind.Exchange, _staged, _target);
        if (isNew)
        {
            Directory.Move(_staged, _target);
        }
        else if (!Posix.TryExchange(_staged, _target))
        {
            string old = $"{_target}.tmp-{Guid.NewGuid().ToString("N")[..8]}";
            Directory.Move(_target, old);
            Directory.Move(_staged, _target);
            Directory.Delete(old, recursive: true);
        }
        _committed = true;
        Tell(FolderStepKind.FlushFolder, _parent);
        Flushing.Folder(_parent);
        try
        {
            DeleteStaged(); // After an exchange this is the old folder.
        }
        catch (IOException)
        {
            // The new folder is in place; the next save removes what is left of the old one.
        }
    }

    public void Dispose()
    {
        if (!_committed)
            DeleteStaged();
        _lock.Dispose();
    }

    private void MakeSubfolder(string folder)
    {
        if (Directory.Exists(folder))
            return;
        Tell(FolderStepKind.MakeFolder, folder);
        Directory.CreateDirectory(folder);
    }

    private void Finish(string name, string path, NewFile file)
    {
        file.Complete();
        _files?.Add(name, new WrittenFile(file.Written, file.Hash!));
        Tell(FolderStepKind.FlushFile, path);
        file.Flush();
    }

    private void DeleteStaged()
    {
        if (!Directory.Exists(_staged))
            return;
        Tell(FolderStepKind.DeleteFolder, _staged);
        Directory.Delete(_staged, recursive: true);
    }

    /// <summary>Replacing deletes: only a folder that is clearly an earlier saved model may go.</summary>
    public static void ExpectReplaceable(string target, Func<string, bool> mayReplace)
    {
        if (File.Exists(target))
            throw new SimperException($"{target} is a file; name a folder to save the model in.");
        if (new DirectoryInfo(target).LinkTarget is not null)
            throw new SimperException($"{target} is a link; name a folder to save the model in.");
        if (!Directory.Exists(target))
            return;
        foreach (string entry in Directory.EnumerateFileSystemEntries(target))
        {
            string name = Path.GetFileName(entry);
            bool isPart = Directory.Exists(entry)
                ? Directory.GetFileSystemEntries(entry) is { Length: > 0 } inner
                    && Array.TrueForAll(inner, i => File.Exists(i) && mayReplace($"{name}/{Path.GetFileName(i)}"))
                : mayReplace(name);
            if (!isPart)
                throw new SimperException(
                    $"{target} holds {Path.GetFileName(entry)}, which is no part of a saved model and would be lost; "
                        + "name a new folder."
                );
        }
    }

    private void RemoveLeftovers()
    {
        foreach (string leftover in Directory.GetDirectories(_parent))
        {
            if (Suffix().Replace(leftover, "", 1) != _target || leftover == _target)
                continue;
            using FolderLock? taken = FolderLock.TryTake(leftover);
            if (taken is not null)
                Directory.Delete(leftover, recursive: true);
        }
    }

    [GeneratedRegex(@"\.tmp-[0-9a-f]{8}$")]
    private static partial Regex Suffix();
}
