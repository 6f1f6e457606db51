using System.Globalization;
using Simper.Checkpoints;

namespace Simper.Runs.Receipts;

/// <summary>Files as they are, compared with those of a receipt.</summary>
internal static class FileComparison
{
    private const int Shown = 12;

    /// <summary>Compares files of a folder, one after the other.</summary>
    /// <param name="prefix">Before a file's name in what is said.</param>
    /// <param name="then">The files of the receipt.</param>
    /// <param name="folder">Where they lie now.</param>
    /// <param name="cancel">Stops it.</param>
    public static IEnumerable<ReceiptFinding> Of(
        string prefix,
        IReadOnlyList<ReceiptFile> then,
        string folder,
        CancellationToken cancel
    ) => then.Select(file => Of(prefix + file.Name, file, Path.Combine(folder, file.Name), cancel));

    /// <summary>Compares a file.</summary>
    public static ReceiptFinding Of(string what, ReceiptFile then, string path, CancellationToken cancel)
    {
        // Names come from a file: none of them leaves the folder.
        if (then.Name.Split('/', '\\').Any(p => p is "" or "." or "..") || Path.IsPathRooted(then.Name))
            return new ReceiptFinding(what, ReceiptVerdict.Differs, "its name is none of a file in the folder");
        try
        {
            if (!File.Exists(path))
                return new ReceiptFinding(what, ReceiptVerdict.Differs, $"{path} is missing");
            long bytes = new FileInfo(path).Length;
            return bytes != then.Bytes
                    ? new ReceiptFinding(
                        what,
                        ReceiptVerdict.Differs,
                        string.Create(CultureInfo.InvariantCulture, $"{then.Bytes:N0} bytes then, {bytes:N0} now")
                    )
                : FileHash.Sha256(path, cancel) is var now && now != then.Sha256
                    ? new ReceiptFinding(
                        what,
                        ReceiptVerdict.Differs,
                        $"its content is another one: SHA-256 {Short(then.Sha256)} then, {Short(now)} now"
                    )
                : new ReceiptFinding(what, ReceiptVerdict.Same);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new ReceiptFinding(what, ReceiptVerdict.Differs, $"{path}: {FileFault.Sentence(e)}");
        }
    }

    private static string Short(string hash) => hash.Length > Shown ? hash[..Shown] + "..." : hash;

    /// <summary>Compares contents that were read already.</summary>
    public static IEnumerable<ReceiptFinding> Of(
        string prefix,
        IReadOnlyList<ReceiptFile> then,
        IReadOnlyList<ReceiptFile> now
    ) => Of(prefix, then.ToDictionary(f => f.Name, f => f.Sha256), now.ToDictionary(f => f.Name, f => f.Sha256));

    /// <summary>Compares hashes by name.</summary>
    public static IEnumerable<ReceiptFinding> Of(
        string prefix,
        IReadOnlyDictionary<string, string> then,
        IReadOnlyDictionary<string, string> now
    ) =>
        then
            .Keys.Union(now.Keys)
            .Order(StringComparer.Ordinal)
            .Select(name =>
                (then.GetValueOrDefault(name), now.GetValueOrDefault(name)) switch
                {
                    (null, _) => new ReceiptFinding(prefix + name, ReceiptVerdict.Differs, "it was added"),
                    (_, null) => new ReceiptFinding(prefix + name, ReceiptVerdict.Differs, "it is missing"),
                    var (was, @is) when was == @is => new ReceiptFinding(prefix + name, ReceiptVerdict.Same),
                    _ => new ReceiptFinding(prefix + name, ReceiptVerdict.Differs, "its content is another one"),
                }
            );
}
