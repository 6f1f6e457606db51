using System.Buffers.Binary;
using K4os.Compression.LZ4;

namespace Simper.Text.Tables;

/// <summary>
/// The frame format of LZ4: blocks that may refer to what the blocks before unpacked to. Checksums are not checked.
/// </summary>
internal static class Lz4Frame
{
    private const uint Magic = 0x184D2204;
    private const int Window = 1 << 16;

    /// <summary>Unpacks a frame; returns how many bytes came out.</summary>
    /// <exception cref="InvalidDataException">It is damaged, or has more bytes than there is room.</exception>
    public static int Decode(ReadOnlySpan<byte> packed, Span<byte> to)
    {
        if (packed.Length < 7 || BinaryPrimitives.ReadUInt32LittleEndian(packed) != Magic || packed[4] >> 6 != 1)
            throw Wrong();
        int flags = packed[4];
        int header = 7 + ((flags & 8) != 0 ? 8 : 0) + ((flags & 1) != 0 ? 4 : 0); // with content size, dictionary
        int checksum = (flags & 16) != 0 ? 4 : 0;
        packed = Behind(packed, header);
        int done = 0;
        while (true)
        {
            ReadOnlySpan<byte> rest = Behind(packed, 4);
            uint size = BinaryPrimitives.ReadUInt32LittleEndian(packed);
            if (size == 0)
                return done;
            bool isStored = size >> 31 != 0;
            int length = (int)(size & int.MaxValue);
            packed = Behind(Behind(rest, length), checksum);
            done += isStored ? Copied(rest[..length], to[done..]) : Block(rest[..length], to, done);
        }
    }

    private static int Copied(ReadOnlySpan<byte> block, Span<byte> to) => block.TryCopyTo(to) ? block.Length : throw Wrong();

    private static int Block(ReadOnlySpan<byte> block, Span<byte> to, int done)
    {
        int length = LZ4Codec.Decode(block, to[done..], to[Math.Max(0, done - Window)..done]);
        return length >= 0 ? length : throw Wrong();
    }

    private static ReadOnlySpan<byte> Behind(ReadOnlySpan<byte> bytes, int count) =>
        count <= bytes.Length ? bytes[count..] : throw Wrong();

    private static InvalidDataException Wrong() => new("a part is not valid lz4");
}
