using System.IO.Compression;

namespace Simper;

/// <summary>
/// The content of gzip, which has to be whole. .NET takes a file that is cut off for one that ends there, and so would read a
/// part of the rows without a word. Therefore another member is put behind the file, as gzip allows: only behind a whole one
/// its content comes out, at the very end.
/// </summary>
/// <param name="packed">The file, at its beginning; owned.</param>
internal sealed class WholeGzip(Stream packed) : ForwardStream
{
    private static readonly byte[] Seal = [.. "\0end of the file"u8];
    private static readonly byte[] SealMember = Packed(Seal);

    private readonly GZipStream _content = new(
        new JoinedStream(packed, new MemoryStream(SealMember)),
        CompressionMode.Decompress
    );
    private readonly byte[] _buffer = new byte[1 << 14];
    private int _start;
    private int _end;
    private bool _ended;

    /// <exception cref="InvalidDataException">It is damaged or cut off.</exception>
    public override int Read(Span<byte> buffer)
    {
        while (!_ended && _end - _start <= Seal.Length)
            Fill();
        int count = Math.Min(buffer.Length, _end - _start - (_ended ? 0 : Seal.Length));
        _buffer.AsSpan(_start, count).CopyTo(buffer);
        _start += count;
        return count;
    }

    // What may be the seal stays until more has come.
    private void Fill()
    {
        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        (_start, _end) = (0, _end - _start);
        int read = _content.Read(_buffer, _end, _buffer.Length - _end);
        _end += read;
        if (read > 0)
            return;
        if (!_buffer.AsSpan(0, _end).EndsWith(Seal))
            throw new InvalidDataException("it is cut off");
        _end -= Seal.Length;
        _ended = true;
    }

    private static byte[] Packed(byte[] content)
    {
        using var packed = new MemoryStream();
        using (var zip = new GZipStream(packed, CompressionMode.Compress))
            zip.Write(content);
        return packed.ToArray();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _content.Dispose();
        base.Dispose(disposing);
    }
}
