using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Simper.Text.Preferences.Cache;

/// <summary>
/// Keeps what reading a data set has shown, under the hash of everything that affects it: the files' names and contents, and how
/// they are read. Rows of tables, packed files and arrays are kept beside it as JSON. Written aside, then renamed; what is
/// incomplete or damaged is made again.
/// </summary>
internal static class DatasetCache
{
    private const int Version = 1;

    /// <summary>Reads a data set, or what is kept of it.</summary>
    /// <returns>What was found; null if there is no row.</returns>
    /// <exception cref="SimperException">A file or row is wrong.</exception>
    public static DatasetIndex? Read(IReadOnlyList<string> files, DatasetOptions options, CancellationToken cancel)
    {
        if (options.CacheFolder is not { } folder || !IsWritable(folder))
            return DatasetReader.Read(files, options, () => new RowSpool(), cancel);
        string name = Path.Combine(folder, KeyOf(files, options, folder));
        (string indexPath, string spoolPath) = (name + ".index", name + ".rows");
        if (IndexFile.Read(indexPath, spoolPath, () => DatasetReader.LayoutOf(files, options)) is { } known)
            return known;
        RowSpool? spool = null;
        try
        {
            DatasetIndex? index = DatasetReader.Read(files, options, () => spool = new RowSpool(spoolPath), cancel);
            if (index is not null)
                Keep(indexPath, index, spool);
            return index;
        }
        catch
        {
            spool?.Dispose(); // what was not finished is removed
            throw;
        }
    }

    private static void Keep(string path, DatasetIndex index, RowSpool? spool)
    {
        try
        {
            IndexFile.Write(path, index, spool);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The data is read again the next time.
        }
    }

    private static string KeyOf(IReadOnlyList<string> files, DatasetOptions options, string folder)
    {
        var hashes = new FileHashes(folder);
        var key = new StringBuilder(
            string.Create(CultureInfo.InvariantCulture, $"{Version}\n{options.Compatibility}\n{options.Columns}\n")
        );
        foreach (string file in files)
            key.Append(file).Append('\n').Append(hashes.Of(file)).Append('\n');
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key.ToString())))[..32];
    }

    private static bool IsWritable(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
