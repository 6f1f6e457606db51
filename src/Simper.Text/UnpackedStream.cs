using SharpCompress.Compressors;
using SharpCompress.Compressors.BZip2;
using SharpCompress.Compressors.Xz;
using ZstdSharp;

namespace Simper;

/// <summary>
/// The content of a packed file (gzip, zstd, bzip2, xz; its first bytes say which), read forward. What unpacks to far more than
/// its size is refused. Owns the stream that it reads.
/// </summary>
public sealed class UnpackedStream : ForwardStream
{
    private const long AlwaysAllowed = 16 << 20;
    private const int LongestMark = 6;

    private static readonly string[] Endings = [".gz", ".zst", ".bz2", ".xz"];

    private readonly Stream _packed;
    private readonly string _kind;
    private readonly UnpackingLimit _limit;
    private Stream? _content;

    /// <param name="packed">The file, at its beginning; it can seek.</param>
    /// <param name="file">Its name, for messages.</param>
    public UnpackedStream(Stream packed, string file)
    {
        Span<byte> head = stackalloc byte[LongestMark];
        head = head[..packed.ReadAtLeast(head, LongestMark, throwOnEndOfStream: false)];
        packed.Position = 0;
        _packed = packed;
        _kind = Kind(head) ?? "gzip";
        _limit = new UnpackingLimit(file, packed.Length, AlwaysAllowed, "unpack it and give the file that is in it");
    }

    /// <summary>A file's name without the ending of its packing.</summary>
    public static string NameWithin(string file) =>
        Array.Find(Endings, e => file.EndsWith(e, StringComparison.OrdinalIgnoreCase)) is { } ending
            ? file[..^ending.Length]
            : file;

    /// <summary>Whether a file begins as a packed one.</summary>
    public static bool IsPacked(ReadOnlySpan<byte> head) => Kind(head) is not null;

    /// <exception cref="SimperException">It unpacks to far more than its size.</exception>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public override int Read(Span<byte> buffer)
    {
        int count;
        try
        {
            _content ??= Open();
            count = _content.Read(buffer);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            throw new InvalidDataException($"it is not valid {_kind}, or cut off.", e); // each library has errors of its own
        }
        _limit.Add(count);
        return count;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _content?.Dispose();
            _packed.Dispose();
        }
        base.Dispose(disposing);
    }

    private Stream Open() =>
        _kind switch
        {
            "zstd" => new DecompressionStream(_packed),
            "bzip2" => BZip2Stream.Create(_packed, CompressionMode.Decompress, decompressConcatenated: true),
            "xz" => new XZStream(_packed),
            _ => new WholeGzip(_packed),
        };

    private static string? Kind(ReadOnlySpan<byte> head) =>
        head switch
        {
            [0x1f, 0x8b, ..] => "gzip",
            [0x28, 0xb5, 0x2f, 0xfd, ..] => "zstd",
            [(byte)'B', (byte)'Z', (byte)'h', >= (byte)'1' and <= (byte)'9', ..] => "bzip2",
            [0xfd, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0, ..] => "xz",
            _ => null,
        };
}
