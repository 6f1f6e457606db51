namespace Simper.Text.Hub;

/// <summary>
/// The cache that the tools of Hugging Face share, <c>models--org--name/snapshots/COMMIT/file</c>: finds what was downloaded, by
/// Python's tools or <c>simper pull</c>. Reads only; never asks the network. Thread safe.
/// </summary>
public static class HubCache
{
    private const string Snapshots = "snapshots";
    private const int ShortestPrefix = 7;

    /// <summary>
    /// The path itself where it exists here; else the snapshot folder of the repository of that name, in which files may be
    /// missing; null where neither is there.
    /// </summary>
    /// <exception cref="SimperException">The repository is in the cache, but not the revision.</exception>
    public static string? Find(HubKind kind, string path, HubEnvironment? environment = null) =>
        Path.Exists(path) ? path
        : HubReference.Parse(kind, path) is { } reference ? Find(reference, environment)
        : null;

    /// <summary>The snapshot folder of a reference; null where the repository is not in the cache.</summary>
    /// <exception cref="SimperException">It is, but not the revision.</exception>
    public static string? Find(HubReference reference, HubEnvironment? environment = null)
    {
        environment ??= HubEnvironment.Current;
        string[] folders =
        [
            .. (reference.Kind == HubKind.Model ? environment.Caches : [environment.Cache])
                .Select(c => Path.Combine(c, reference.Folder))
                .Where(f => Directory.Exists(Path.Combine(f, Snapshots))),
        ];
        if (folders.Length == 0)
            return null;
        return folders.Select(f => Snapshot(f, reference.Revision)).FirstOrDefault(s => s is not null)
            ?? throw new SimperException(
                $"{reference.Id} is in the Hugging Face cache, but not its revision "
                    + $"{reference.Revision ?? HubReference.MainBranch}"
                    + $"{Known(folders)}; fetch it with: {reference.Command}."
            );
    }

    /// <summary>
    /// The sentence for a path that neither exists nor is in the cache, without a full stop; null where it reads as a local path.
    /// </summary>
    public static string? Missing(HubKind kind, string path, HubEnvironment? environment = null)
    {
        if (HubReference.Parse(kind, path) is not { } reference || !HubName.Is(reference.Id))
            return null;
        string cache = (environment ?? HubEnvironment.Current).Cache;
        string what = kind == HubKind.Model ? "model" : "data set";
        return $"{path} does not exist, nor is a {what} of that name in the Hugging Face cache ({cache}); fetch it with: "
            + reference.Command;
    }

    /// <summary>What a folder inside a cache is a snapshot of, or lies in; null for other folders.</summary>
    public static HubReference? Of(string folder) => Place(folder) is var (repository, commit) ? Named(repository, commit) : null;

    /// <summary>The commit of a snapshot inside a cache, or of what lies in it; null for other paths.</summary>
    public static string? CommitOf(string path) => Place(path)?.Commit;

    /// <summary>The repository's folder that a snapshot, or a folder in it, belongs to; null for other folders.</summary>
    public static string? RepositoryOf(string folder) => Place(folder)?.Repository.FullName;

    /// <summary>
    /// The end of a sentence that says what to do about a file that is missing from a folder: the command, for a snapshot.
    /// </summary>
    /// <param name="folder">The folder.</param>
    /// <param name="otherwise">What to do in other folders.</param>
    public static string Remedy(string folder, string otherwise) =>
        Of(folder) is { } reference ? $"the download is incomplete, go on with it: {reference.Command}" : otherwise;

    /// <summary>Whether a file is there, and not only a link to a content that is gone.</summary>
    public static bool HasFile(string path)
    {
        var file = new FileInfo(path);
        return file.LinkTarget is null ? file.Exists : file.ResolveLinkTarget(returnFinalTarget: true) is { Exists: true };
    }

    /// <summary>The revisions that a repository's folder names, with their commits.</summary>
    internal static IReadOnlyDictionary<string, string> Refs(string repository)
    {
        string refs = Path.Combine(repository, "refs");
        return Directory.Exists(refs)
            ? Directory
                .EnumerateFiles(refs, "*", SearchOption.AllDirectories)
                .Order(StringComparer.Ordinal)
                .ToDictionary(f => Path.GetRelativePath(refs, f).Replace('\\', '/'), f => File.ReadAllText(f).Trim())
            : [];
    }

    private static (DirectoryInfo Repository, string Commit)? Place(string folder)
    {
        string? commit = null;
        for (DirectoryInfo? at = new(Path.GetFullPath(folder)); at?.Parent is { } parent; at = parent)
        {
            if (at.Name == Snapshots && commit is not null)
                return (parent, commit);
            commit = at.Name;
        }
        return null;
    }

    private static string? Snapshot(string repository, string? revision)
    {
        string snapshots = Path.Combine(repository, Snapshots);
        string name = revision ?? HubReference.MainBranch;
        string reference = Path.Combine([repository, "refs", .. name.Split('/')]);
        string commit = File.Exists(reference) ? File.ReadAllText(reference).Trim() : name;
        if (HubNames.IsInside(commit) && Directory.Exists(Path.Combine(snapshots, commit)))
            return Path.Combine(snapshots, commit);
        string[] all = Directory.GetDirectories(snapshots);
        string[] fitting = revision is null
            ? all // what was downloaded by commit alone
            : Array.FindAll(
                all,
                s =>
                    revision.Length >= ShortestPrefix
                    && Path.GetFileName(s).StartsWith(revision, StringComparison.OrdinalIgnoreCase)
            );
        return fitting.Length == 1 ? fitting[0] : null;
    }

    private static string Known(string[] repositories)
    {
        string[] names =
        [
            .. repositories.SelectMany(r => Refs(r).Keys),
            .. repositories
                .SelectMany(r => Directory.GetDirectories(Path.Combine(r, Snapshots)))
                .Select(s => Path.GetFileName(s)[..Math.Min(ShortestPrefix, Path.GetFileName(s).Length)]),
        ];
        return names.Length == 0 ? "" : $", only {string.Join(", ", names.Distinct(StringComparer.Ordinal).Take(8))}";
    }

    // The main branch needs no revision in the command.
    private static HubReference? Named(DirectoryInfo repository, string commit)
    {
        string[] parts = repository.Name.Split("--", 2);
        HubKind? kind = parts[0] switch
        {
            "models" => HubKind.Model,
            "datasets" => HubKind.Dataset,
            _ => null,
        };
        if (kind is not { } known || parts.Length < 2)
            return null;
        bool isMain = Refs(repository.FullName).TryGetValue(HubReference.MainBranch, out string? main) && main == commit;
        string id = parts[1].Replace("--", "/", StringComparison.Ordinal);
        return HubNames.Repository().IsMatch(id) ? new HubReference(known, id, isMain ? null : commit) : null;
    }
}
