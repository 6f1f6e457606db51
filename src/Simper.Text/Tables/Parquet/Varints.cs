namespace Simper.Text.Tables.Parquet;

/// <summary>Numbers of variable length: seven bits a byte, the least significant first.</summary>
internal static class Varints
{
    /// <exception cref="InvalidDataException">The bytes end within it, or it is too long.</exception>
    public static ulong Unsigned(ReadOnlySpan<byte> bytes, ref int position)
    {
        ulong value = 0;
        for (int shift = 0; shift < 70 && position < bytes.Length; shift += 7)
        {
            byte next = bytes[position++];
            value |= (ulong)(next & 127) << shift;
            if (next < 128)
                return value;
        }
        throw new InvalidDataException("a page ends within a number");
    }

    /// <summary>Zigzag: the sign is the lowest bit.</summary>
    public static long Signed(ReadOnlySpan<byte> bytes, ref int position)
    {
        ulong zigzag = Unsigned(bytes, ref position);
        return (long)(zigzag >> 1) ^ -(long)(zigzag & 1);
    }
}
