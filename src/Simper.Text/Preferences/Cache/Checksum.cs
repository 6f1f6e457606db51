using System.Numerics;
using System.Runtime.InteropServices;

namespace Simper.Text.Preferences.Cache;

/// <summary>CRC-32C, for which processors have an instruction: only accidents are to be noticed.</summary>
internal static class Checksum
{
    /// <summary>Bytes of one.</summary>
    public const int Bytes = sizeof(uint);

    private const int Block = 1 << 20;

    /// <summary>That of more bytes behind those of another.</summary>
    public static uint Of(uint before, ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(bytes);
        foreach (ulong word in words)
            before = BitOperations.Crc32C(before, word);
        foreach (byte one in bytes[(words.Length * sizeof(ulong))..])
            before = BitOperations.Crc32C(before, one);
        return before;
    }

    /// <summary>That of the rest of a stream.</summary>
    public static uint Of(Stream stream)
    {
        var block = new byte[Block];
        uint checksum = 0;
        while (stream.ReadAtLeast(block, block.Length, throwOnEndOfStream: false) is > 0 and int read)
            checksum = Of(checksum, block.AsSpan(0, read));
        return checksum;
    }

    /// <summary>Writes that of a stream's content into its beginning, where room was left for it.</summary>
    public static void Stamp(Stream stream)
    {
        stream.Position = Bytes;
        uint checksum = Of(stream);
        stream.Position = 0;
        stream.Write(BitConverter.GetBytes(checksum));
    }

    /// <summary>Whether a stream's content is what it was stamped with; it is then behind the checksum.</summary>
    public static bool IsRight(Stream stream)
    {
        Span<byte> expected = stackalloc byte[Bytes];
        if (stream.ReadAtLeast(expected, Bytes, throwOnEndOfStream: false) < Bytes)
            return false;
        bool isRight = Of(stream) == BitConverter.ToUInt32(expected);
        stream.Position = Bytes;
        return isRight;
    }
}
