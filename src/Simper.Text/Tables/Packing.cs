using ZstdSharp;

namespace Simper.Text.Tables;

/// <summary>Unpacks pieces of tables; whatever a library says of bad bytes becomes <see cref="InvalidDataException"/>.</summary>
internal static class Packing
{
    /// <summary>Unpacks zstd; returns how many bytes came out.</summary>
    public static int Zstd(ReadOnlySpan<byte> packed, Span<byte> to)
    {
        try
        {
            using var decompressor = new Decompressor();
            return decompressor.Unwrap(packed, to);
        }
        catch (ZstdException e)
        {
            throw new InvalidDataException("a part is not valid zstd", e);
        }
    }
}
