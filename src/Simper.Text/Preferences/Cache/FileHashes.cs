using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Simper.Text.Preferences.Cache;

/// <summary>
/// SHA-256 of files, kept in a folder with their size and time of change, so that a large file that did not change is not read
/// again for it. As git does, a file that was changed just before is not trusted to have another time when it is changed once
/// more.
/// </summary>
/// <param name="folder">Where they are kept.</param>
internal sealed class FileHashes(string folder)
{
    private static readonly TimeSpan Doubtful = TimeSpan.FromSeconds(2); // the coarsest times of file systems

    /// <summary>The hash of a file, in hexadecimal.</summary>
    /// <exception cref="SimperException">It cannot be read.</exception>
    public string Of(string file)
    {
        var info = new FileInfo(Path.GetFullPath(file));
        string name = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(info.FullName)))[..32];
        string kept = Path.Combine(folder, $"{name}.hash");
        string state = string.Create(CultureInfo.InvariantCulture, $"{info.Length} {info.LastWriteTimeUtc.Ticks} ");
        if (Kept(kept) is { } known && known.StartsWith(state, StringComparison.Ordinal))
            return known[state.Length..];
        DateTime began = DateTime.UtcNow;
        string hash;
        using (Stream stream = DataStream.Raw(file))
            hash = Convert.ToHexStringLower(SHA256.HashData(stream));
        if (began - info.LastWriteTimeUtc > Doubtful)
            Keep(kept, state + hash);
        return hash;
    }

    private static string? Kept(string path)
    {
        try
        {
            return File.Exists(path) ? File.ReadAllText(path) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static void Keep(string path, string text)
    {
        try
        {
            using var aside = new AsideFile(path);
            aside.Stream.Write(Encoding.UTF8.GetBytes(text));
            aside.Commit();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The file is hashed again the next time.
        }
    }
}
