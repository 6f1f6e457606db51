using System.IO.Compression;

namespace Simper;

/// <summary>
/// The content of a .gz file, read forward. What unpacks to far more than its size is refused, before it fills the memory: texts
/// take a third to a twentieth of their length, and a file of nothing but zeros a thousandth. Owns the stream that it reads.
/// </summary>
/// <param name="packed">The file, at its beginning.</param>
/// <param name="file">Its name, for messages.</param>
public sealed class UnpackedStream(Stream packed, string file) : Stream
{
    /// <summary>How many times its size a file may unpack to.</summary>
    public const int MostTimes = 100;

    private const long AlwaysAllowed = 16 << 20;

    private readonly GZipStream _content = new(packed, CompressionMode.Decompress);
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

    /// <exception cref="SimperException">It unpacks to more than <see cref="MostTimes"/> its size.</exception>
    public override int Read(Span<byte> buffer)
    {
        int count = _content.Read(buffer);
        _read += count;
        if (_read > AlwaysAllowed && _read > MostTimes * packed.Length)
            throw new SimperException(
                $"{file} unpacks to more than {MostTimes} times its size, as no file of texts does; if it is meant so, unpack it "
                    + "and give the file that is in it."
            );
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
