using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Simper.Hub;

/// <summary>The ids by which a hub knows contents: the SHA-256 of large files, git's SHA-1 of others.</summary>
internal static class ContentId
{
    /// <summary>Whether a tag can be compared with a file's content.</summary>
    public static bool IsHash(string tag) => tag.Length is 40 or 64 && tag.All(char.IsAsciiHexDigitLower);

    /// <summary>The hash of a file, of the same kind as a tag.</summary>
    public static async Task<string> OfAsync(string file, string kindOf, CancellationToken cancel)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1 << 20);
        return kindOf.Length == 64 ? await LargeAsync(stream, cancel) : await GitAsync(stream, cancel);
    }

    /// <summary>The SHA-256 of a content.</summary>
    public static async Task<string> LargeAsync(Stream content, CancellationToken cancel) =>
        Convert.ToHexStringLower(await SHA256.HashDataAsync(content, cancel));

    /// <summary>Git's id of a content of known length.</summary>
    public static async Task<string> GitAsync(Stream content, CancellationToken cancel)
    {
        // SHA-1 is git's choice, and not relied on against forgery.
#pragma warning disable CA5350
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
#pragma warning restore CA5350
        hash.AppendData(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"blob {content.Length}\0")));
        var buffer = new byte[1 << 20];
        for (int read; (read = await content.ReadAsync(buffer, cancel)) > 0; )
            hash.AppendData(buffer, 0, read);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
