namespace Simper.Text.Tables.Parquet;

/// <summary>The encoding DELTA_BINARY_PACKED: differences in blocks, each with a number of bits of its own.</summary>
internal static class DeltaNumbers
{
    private const int LongestBlock = 1 << 16;
    private const int MostNumbers = 1 << 27;

    /// <summary>Reads a sequence; <paramref name="position"/> is then behind it.</summary>
    /// <param name="bytes">The page.</param>
    /// <param name="position">Where it begins.</param>
    /// <param name="most">How many numbers it may have.</param>
    /// <param name="limit">Counts what it unpacks to: equal differences take no bits.</param>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public static long[] Read(ReadOnlySpan<byte> bytes, ref int position, int most, UnpackingLimit limit)
    {
        ulong block = Varints.Unsigned(bytes, ref position);
        ulong parts = Varints.Unsigned(bytes, ref position);
        ulong total = Varints.Unsigned(bytes, ref position);
        long value = Varints.Signed(bytes, ref position);
        if (
            total > (ulong)Math.Min(most, MostNumbers)
            || block is 0 or > LongestBlock
            || parts is 0 or > LongestBlock
            || block % parts != 0
        )
            throw new InvalidDataException("a page of differences does not say what it holds");
        int each = (int)(block / parts);
        limit.Add((long)total * sizeof(long));
        var values = new long[total];
        if (total > 0)
            values[0] = value;
        int filled = 1;
        while (filled < values.Length)
        {
            long least = Varints.Signed(bytes, ref position);
            ReadOnlySpan<byte> widths = Slice(bytes, position, (int)parts);
            position += (int)parts;
            for (int p = 0; p < (int)parts && filled < values.Length; p++)
            {
                int width = widths[p] <= 64 ? widths[p] : throw new InvalidDataException("a difference has more than 64 bits");
                int length = Math.Min((each * width + 7) / 8, bytes.Length - position); // the last part may be cut
                ReadOnlySpan<byte> packed = Slice(bytes, position, length);
                position += length;
                for (int i = 0; i < each && filled < values.Length; i++)
                {
                    value = unchecked(value + least + (long)RunLengths.Packed64(packed, (long)i * width, width));
                    values[filled++] = value;
                }
            }
        }
        return values;
    }

    private static ReadOnlySpan<byte> Slice(ReadOnlySpan<byte> bytes, int from, int length) =>
        length <= bytes.Length - from ? bytes.Slice(from, length) : throw new InvalidDataException("a page ends too early");
}
