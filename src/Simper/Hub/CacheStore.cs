using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Simper.Text.Hub;

namespace Simper.Hub;

/// <summary>
/// The folder of a repository in the Hugging Face cache, to write into: contents under their tags, snapshots of links to them,
/// revisions. The same files, links and locks as huggingface_hub makes, so that both may work at once.
/// </summary>
internal sealed class CacheStore
{
    private const string CacheTag =
        "Signature: 8a477f597d28d172789f06886806bc55\n# This file is a cache directory tag created by huggingface_hub.\n"
        + "# For information about cache directory tags, see:\n#\thttps://bford.info/cachedir/\n";

    private static readonly TimeSpan LockPoll = TimeSpan.FromMilliseconds(100);

    private readonly string _cache;
    private readonly string _folder;
    private readonly HubReference _reference;
    private volatile bool _hasLinks;

    public CacheStore(HubEnvironment environment, HubReference reference, string commit)
    {
        _cache = environment.Cache;
        _reference = reference;
        _folder = Path.Combine(_cache, reference.Folder);
        _hasLinks = !environment.WithoutLinks;
        Commit = commit;
        Snapshot = Path.Combine(_folder, "snapshots", commit);
    }

    public string Commit { get; }

    /// <summary>The folder of the commit's files.</summary>
    public string Snapshot { get; }

    /// <summary>Creates the folders.</summary>
    /// <exception cref="IOException">They cannot be written.</exception>
    public void Begin()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "blobs"));
        Directory.CreateDirectory(Snapshot);
        string tag = Path.Combine(_cache, "CACHEDIR.TAG");
        if (!File.Exists(tag))
            Write(tag, CacheTag);
    }

    /// <summary>Bytes that are free where it lies.</summary>
    public long FreeBytes => new DriveInfo(Path.GetFullPath(_cache)).AvailableFreeSpace;

    /// <summary>A file of the snapshot.</summary>
    public string FileOf(string path) => Path.Combine([Snapshot, .. path.Split('/')]);

    /// <summary>A content under its tag.</summary>
    public string Blob(string tag) => Path.Combine([_folder, "blobs", .. tag.Split('/')]);

    /// <summary>
    /// Where a content is written until it is complete; what an interrupted download left there is gone on with.
    /// </summary>
    public string Incomplete(string tag) => Blob(tag) + ".incomplete";

    /// <summary>Takes the lock of a content, waiting for another process, or another file of the same content.</summary>
    public async Task<IDisposable> LockAsync(string tag, CancellationToken cancel)
    {
        string file = Path.Combine([_cache, ".locks", _reference.Folder, .. tag.Split('/')]) + ".lock";
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        while (true)
        {
            try
            {
                return new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException e) when (SystemFault.IsInUse(e))
            {
                await Task.Delay(LockPoll, cancel);
            }
        }
    }

    /// <summary>
    /// Puts a content into the snapshot: as a link to the complete blob; where the system has none, or they are switched off,
    /// as the file itself.
    /// </summary>
    /// <param name="path">The file's path in the repository.</param>
    /// <param name="tag">The content's tag.</param>
    /// <param name="complete">The complete content; moved away from there. Null where its blob is there already.</param>
    public void Place(string path, string tag, string? complete)
    {
        string file = FileOf(path);
        string blob = Blob(tag);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.Delete(file); // a link to what is gone
        if (_hasLinks)
        {
            try
            {
                File.CreateSymbolicLink(file, Path.GetRelativePath(Path.GetDirectoryName(file)!, blob));
                if (complete is not null)
                    File.Move(complete, blob, overwrite: true);
                return;
            }
            catch (Exception e)
                when (e is IOException or UnauthorizedAccessException or PlatformNotSupportedException && !Path.Exists(file))
            {
                _hasLinks = false; // Windows without developer mode, some network drives
            }
        }
        if (complete is null)
            File.Copy(blob, file);
        else
            File.Move(complete, file, overwrite: true);
    }

    /// <summary>Records which files the commit has, as newer versions of huggingface_hub do.</summary>
    public void WriteListing(IEnumerable<HubFile> files)
    {
        var list = new JsonObject();
        foreach (HubFile file in files.OrderBy(f => f.Path, StringComparer.Ordinal))
        {
            var entry = new JsonObject { ["size"] = file.Size, ["blob_id"] = file.GitId };
            if (file.LargeId is { } sha)
                (entry["lfs_sha256"], entry["lfs_size"]) = (sha, file.Size);
            list[file.Path] = entry;
        }
        Directory.CreateDirectory(Path.GetDirectoryName(ListingFile)!);
        string text = new JsonObject { ["format_version"] = 1, ["files"] = list }.ToJsonString(AsPython);
        Write(ListingFile, string.Concat(text.Select(c => char.IsAscii(c) ? c.ToString() : $"\\u{(int)c:x4}")));
    }

    /// <summary>The files of the commit, as an earlier download recorded them; null where none did.</summary>
    public IReadOnlyList<HubFile>? ReadListing()
    {
        try
        {
            if (!File.Exists(ListingFile) || JsonNode.Parse(File.ReadAllText(ListingFile)) is not JsonObject json)
                return null;
            if (json["format_version"]?.ToString() != "1" || json["files"] is not JsonObject files)
                return null;
            return
            [
                .. files.Select(f => new HubFile(
                    f.Key,
                    (long)f.Value!["size"]!,
                    (string)f.Value["blob_id"]!,
                    (string?)f.Value["lfs_sha256"]
                )),
            ];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or NullReferenceException)
        {
            return null; // then it is asked for
        }
    }

    private string ListingFile => Path.Combine(_folder, "trees", Commit + ".json");

    /// <summary>Lets a revision mean the commit, from now on.</summary>
    public void WriteRevision(string revision)
    {
        if (revision == Commit)
            return;
        string target = Path.Combine([_folder, "refs", .. revision.Split('/')]);
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        Write(target, Commit);
    }

    // Aside and renamed, under a name of its own: several downloads may write the same at once.
    private static void Write(string file, string text)
    {
        string aside = $"{file}.{Guid.NewGuid():N}.tmp";
        File.WriteAllText(aside, text);
        File.Move(aside, file, overwrite: true);
    }

    private static readonly JsonSerializerOptions AsPython = new()
    {
        WriteIndented = true,
        IndentSize = 1,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };
}
