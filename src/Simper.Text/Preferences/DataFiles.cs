using System.Text.RegularExpressions;
using Simper.Text.Hub;

namespace Simper.Text.Preferences;

/// <summary>
/// Which files a user means: a file, a pattern of names, a folder, or a data set of the hub; of the last two the files of a
/// split.
/// </summary>
public static class DataFiles
{
    private const int MostFiles = short.MaxValue;
    private static readonly char[] Magic = ['*', '?', '[', '{'];

    /// <summary>Whether a path names data that are there; nothing is read of them.</summary>
    /// <exception cref="SimperException">The data set of the hub is there, but not the revision.</exception>
    public static bool Exist(string path) =>
        Path.Exists(path)
        || LocalFolder(path) is not null
        || (IsPattern(path) && Matching(path).Length > 0)
        || HubCache.Find(HubKind.Dataset, path) is not null;

    /// <summary>The files, sorted by name.</summary>
    /// <param name="path">
    /// A file; a pattern, in which * and ? stop at slashes and ** does not; a folder, also with one of its configurations behind
    /// a slash and a split behind #; or such a data set on the hub.
    /// </param>
    /// <param name="splits">The splits to take where the path says none, the first that is there.</param>
    /// <exception cref="SimperException">There are none.</exception>
    internal static IReadOnlyList<string> Of(string path, params string[] splits)
    {
        if (File.Exists(path))
            return [path];
        IReadOnlyList<string> files =
            LocalFolder(path) is { } local ? SavedDataset.Files(local, splits) ?? HubDataFiles.Of(local, local.Id, splits)
            : IsPattern(path) ? Matching(path)
            : HubReference.Parse(HubKind.Dataset, path) is { } reference && HubCache.Find(reference) is { } snapshot
                ? HubDataFiles.Of(reference, snapshot, splits)
            : throw ForeignData.Missing(path);
        return files.Count switch
        {
            0 => throw new SimperException($"{path} matches no file."),
            > MostFiles => throw new SimperException(
                $"{path} holds {files.Count} data files; at most {MostFiles} are read, so put them together."
            ),
            _ => files,
        };
    }

    /// <summary>What is to be said of a folder of which files are left out that nobody has left out by name; null for
    /// nothing.</summary>
    internal static string? Note(string path) =>
        Directory.Exists(path)
        && LocalFolder(path) is { } folder
        && !SavedDataset.Is(folder.Id)
        && HubDataFiles.OfNoSplit(folder.Id) is { Count: > 0 and var left } files
            ? $"{left:N0} data file{(left == 1 ? "" : "s")} of {path} {(left == 1 ? "is" : "are")} of no split by name and not "
                + $"read ({files[0]}{(left == 1 ? "" : ", ...")}); a pattern names them: "
                + $"{path.TrimEnd('/')}/{Path.GetFileName(files[0])}"
            : null;

    // A folder that exists, as a reference whose name it is.
    private static HubReference? LocalFolder(string path)
    {
        if (Directory.Exists(path))
            return new HubReference(HubKind.Dataset, path);
        string? split = null;
        if (path.LastIndexOf('#') is > 0 and int mark)
            (path, split) = (path[..mark], path[(mark + 1)..]);
        if (split is { Length: > 0 } && Directory.Exists(path))
            return new HubReference(HubKind.Dataset, path, Split: split);
        return
            Path.GetDirectoryName(path) is { Length: > 0 } folder
            && Directory.Exists(folder)
            && DatasetCard.Read(folder).Any(c => c.Name == Path.GetFileName(path))
            ? new HubReference(HubKind.Dataset, folder, Part: Path.GetFileName(path), Split: split)
            : null;
    }

    private static bool IsPattern(string path) => path.IndexOfAny(Magic) >= 0;

    private static string[] Matching(string pattern)
    {
        string slashed = Path.DirectorySeparatorChar == '\\' ? pattern.Replace('\\', '/') : pattern;
        int fixedEnd = slashed.LastIndexOf('/', slashed.IndexOfAny(Magic)) + 1;
        string root = fixedEnd == 0 ? "." : slashed[..fixedEnd];
        string rest = slashed[fixedEnd..];
        if (!Directory.Exists(root))
            return [];
        Regex wanted = HubGlob.OfFiles(rest);
        var options = new EnumerationOptions
        {
            IgnoreInaccessible = true,
            RecurseSubdirectories = rest.Contains('/') || rest.Contains("**"),
        };
        return
        [
            .. Directory
                .EnumerateFiles(root, "*", options)
                .Select(f => Path.GetRelativePath(root, f).Replace('\\', '/'))
                .Where(f => wanted.IsMatch(f))
                .Order(StringComparer.Ordinal)
                .Select(f => fixedEnd == 0 ? f : root + f),
        ];
    }
}
