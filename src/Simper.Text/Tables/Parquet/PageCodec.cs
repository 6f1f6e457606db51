using System.Buffers.Binary;
using System.IO.Compression;
using K4os.Compression.LZ4;
using Snappier;

namespace Simper.Text.Tables.Parquet;

/// <summary>The compressions of Parquet's pages.</summary>
internal static class PageCodec
{
    private const int LargestPage = 1 << 30;

    private static readonly string[] Names = ["uncompressed", "snappy", "gzip", "lzo", "brotli", "lz4", "zstd", "lz4_raw"];

    /// <summary>Whether a compression is read.</summary>
    public static bool IsKnown(long codec) => codec is >= 0 and <= 7 and not 3;

    /// <summary>Its name, for messages.</summary>
    public static string Name(long codec) => codec >= 0 && codec < Names.Length ? Names[codec] : $"number {codec}";

    /// <summary>Unpacks a page into <paramref name="to"/>, which grows as needed.</summary>
    /// <param name="codec">Its compression, one of the known.</param>
    /// <param name="packed">The page as it is in the file.</param>
    /// <param name="length">How many bytes it says it has.</param>
    /// <param name="to">Takes them.</param>
    /// <param name="at">Where they begin in it.</param>
    /// <param name="limit">Counts them.</param>
    /// <exception cref="InvalidDataException">It has more or fewer.</exception>
    public static void Unpack(long codec, ReadOnlySpan<byte> packed, long length, ref byte[] to, int at, UnpackingLimit limit)
    {
        if (length > LargestPage)
            throw new InvalidDataException($"a page of more than {LargestPage >> 20} MB is not read");
        limit.Add(length);
        if (to.Length < at + length)
            Array.Resize(ref to, (int)(at + length + length / 8)); // the next may be a little longer
        Span<byte> target = to.AsSpan(at, (int)length);
        if (length == 0)
            return;
        int done;
        try
        {
            done = codec switch
            {
                0 => Copied(packed, target),
                1 => Snappied(packed, target),
                2 => Gunzipped(packed, target),
                4 => BrotliDecoder.TryDecompress(packed, target, out int written) ? written : -1,
                5 => Hadoop(packed, target) is >= 0 and var framed ? framed : LZ4Codec.Decode(packed, target),
                6 => Packing.Zstd(packed, target),
                _ => LZ4Codec.Decode(packed, target),
            };
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            throw new InvalidDataException($"a page is not valid {Name(codec)}", e);
        }
        if (done != length)
            throw new InvalidDataException($"a page is not valid {Name(codec)}");
    }

    // The library makes room for what the bytes themselves say.
    private static int Snappied(ReadOnlySpan<byte> packed, Span<byte> target) =>
        Snappy.GetUncompressedLength(packed) == target.Length ? Snappy.Decompress(packed, target) : -1;

    private static int Copied(ReadOnlySpan<byte> packed, Span<byte> target)
    {
        packed.CopyTo(target);
        return packed.Length;
    }

    private static int Gunzipped(ReadOnlySpan<byte> packed, Span<byte> target)
    {
        using var stream = new GZipStream(new MemoryStream(packed.ToArray()), CompressionMode.Decompress);
        int read = stream.ReadAtLeast(target, target.Length, throwOnEndOfStream: false);
        return stream.ReadByte() < 0 ? read : -1;
    }

    // What older writers call lz4 is Hadoop's: blocks, each behind its two lengths. -1 where it is not that.
    private static int Hadoop(ReadOnlySpan<byte> packed, Span<byte> target)
    {
        int done = 0;
        while (packed.Length > 8)
        {
            int unpacked = BinaryPrimitives.ReadInt32BigEndian(packed);
            int length = BinaryPrimitives.ReadInt32BigEndian(packed[4..]);
            if (unpacked < 0 || length < 0 || length > packed.Length - 8 || unpacked > target.Length - done)
                return -1;
            if (LZ4Codec.Decode(packed.Slice(8, length), target.Slice(done, unpacked)) != unpacked)
                return -1;
            done += unpacked;
            packed = packed[(8 + length)..];
        }
        return packed.Length == 0 && done == target.Length ? done : -1;
    }
}
