namespace Simper.Text.Tables.Parquet;

/// <summary>Where the pages of a column lie that belong to one row group.</summary>
/// <param name="Start">Their first byte in the file.</param>
/// <param name="End">Behind their last.</param>
/// <param name="Codec">How they are compressed.</param>
/// <param name="Values">How many values they have, nulls among them.</param>
/// <param name="Unpacked">How many bytes they say they unpack to.</param>
internal sealed record ColumnChunk(long Start, long End, long Codec, long Values, long Unpacked)
{
    private const string NoOffset = "place of a column";

    /// <summary>Reads it from a row group's metadata.</summary>
    /// <param name="column">The metadata.</param>
    /// <param name="name">The column, for messages.</param>
    /// <param name="fileLength">Bytes of the file.</param>
    /// <exception cref="InvalidDataException">It is not in this file, or not readable.</exception>
    public static ColumnChunk Of(ThriftStruct column, string name, long fileLength)
    {
        if (column.Has(8) || column.Has(9))
            throw new TableRefusal($"has an encrypted column {name}, which Simper does not read; write it without encryption");
        if (column.Text(1) is { Length: > 0 } elsewhere)
            throw new TableRefusal($"holds no rows, but names files that do ({elsewhere}); give those");
        ThriftStruct meta = column.Struct(3) ?? throw new InvalidDataException($"its metadata say nothing of the column {name}");
        long codec = meta.Number(4) ?? -1;
        if (!PageCodec.IsKnown(codec))
            throw new TableRefusal(
                $"has its column {name} compressed as {PageCodec.Name(codec)}, which Simper does not read; "
                    + "write it with zstd or snappy"
            );
        long start = meta.Count(9, NoOffset, fileLength);
        if (meta.Number(11) is > 0 and var dictionary && dictionary < start)
            start = dictionary;
        long length = meta.Count(7, NoOffset, fileLength - start);
        return new ColumnChunk(
            start,
            start + length,
            codec,
            meta.Count(5, "number of values", long.MaxValue),
            meta.Count(6, "size", long.MaxValue)
        );
    }
}
