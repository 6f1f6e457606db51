using System.Security.Cryptography;

namespace Simper.Checkpoints;

/// <summary>SHA-256 of files, in hexadecimal.</summary>
internal static class FileHash
{
    private const int Buffer = 1 << 20;

    /// <summary>Of a file that is read to its end, unless it is cancelled.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static string Sha256(string file, CancellationToken cancel = default)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 0);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = GC.AllocateUninitializedArray<byte>(Buffer);
        while (stream.Read(buffer) is > 0 and int count)
        {
            cancel.ThrowIfCancellationRequested();
            hash.AppendData(buffer, 0, count);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Of bytes.</summary>
    public static string Sha256(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
