using System.IO.Compression;

namespace Simper;

/// <summary>
/// The content of a .gz file, read forward. What unpacks to far more than its size is refused. Owns the stream that it reads.
/// </summary>
/// <param name="packed">The file, at its beginning.</param>
/// <param name="file">Its name, for messages.</param>
public sealed class UnpackedStream(Stream packed, string file) : Stream
{
    private const long AlwaysAllowed = 16 << 20;

    private readonly GZipStream _content = new(packed, CompressionMode.Decompress);
    private readonly UnpackingLimit _limit = new(file, packed.Length, AlwaysAllowed, "unpack it and give the file that is in it");
    private long _read;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => _read;
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <exception cref="SimperException">It unpacks to more than <see cref="UnpackingLimit.MostTimes"/> times its size.</exception>
    public override int Read(Span<byte> buffer)
    {
        int count = _content.Read(buffer);
        _read += count;
        _limit.Add(count);
        return count;
    }

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _content.Dispose();
        base.Dispose(disposing);
    }
}
