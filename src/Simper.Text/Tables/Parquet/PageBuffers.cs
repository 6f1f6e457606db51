namespace Simper.Text.Tables.Parquet;

/// <summary>
/// Memory for the pages of a column, kept from row group to row group: some writers make one page of a whole column chunk.
/// </summary>
/// <param name="packed">Memory for one page as it is in the file; one for all columns is enough.</param>
internal sealed class PageBuffers(PackedPage packed)
{
    /// <summary>The unpacked page; replaced where it is too small.</summary>
    public byte[] Page = [];

    /// <summary>Room for a page as it is in the file, until the next page of any column.</summary>
    public Span<byte> Packed(int length) => packed.Room(length);
}

/// <summary>Memory for one packed page.</summary>
internal sealed class PackedPage
{
    private byte[] _bytes = [];

    /// <summary>Room for a page; what it held is lost.</summary>
    public Span<byte> Room(int length)
    {
        if (_bytes.Length < length)
            _bytes = new byte[length];
        return _bytes.AsSpan(0, length);
    }
}
