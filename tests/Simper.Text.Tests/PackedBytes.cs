using System.IO.Compression;
using SharpCompress.Compressors.BZip2;

namespace Simper.Text.Tests;

/// <summary>Content that is packed, for a test.</summary>
internal static class PackedBytes
{
    public static byte[] Gzip(params IEnumerable<byte[]> parts)
    {
        using var packed = new MemoryStream();
        using (var zip = new GZipStream(packed, CompressionLevel.SmallestSize))
        {
            foreach (byte[] part in parts)
                zip.Write(part);
        }
        return packed.ToArray();
    }

    public static byte[] Bzip2(byte[] content)
    {
        using var packed = new MemoryStream();
        using (
            Stream zip = BZip2Stream.Create(
                packed,
                SharpCompress.Compressors.CompressionMode.Compress,
                decompressConcatenated: false,
                leaveOpen: true
            )
        )
            zip.Write(content);
        return packed.ToArray();
    }

    public static byte[] Zstd(byte[] content) => new ZstdSharp.Compressor().Wrap(content).ToArray();
}
