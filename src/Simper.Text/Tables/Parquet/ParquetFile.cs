using System.Buffers.Binary;
using System.Text.RegularExpressions;
using Microsoft.Win32.SafeHandles;

namespace Simper.Text.Tables.Parquet;

/// <summary>
/// The rows of a Parquet file as JSON. A page of each column is in memory, whatever the size of row groups. All sizes that the
/// file states are checked before anything is made of them: a file of 42 kB can claim petabytes.
/// </summary>
internal sealed partial class ParquetFile
{
    private const int Mark = 4; // PAR1, at both ends
    private const int Tail = 8; // the length of the metadata, and the mark
    private const long PagesAlwaysAllowed = 64 << 20;
    private const long RowsAlwaysAllowed = 256 << 20;
    private const string Remedy = "write it as JSON lines";

    private readonly string _path;
    private readonly SafeFileHandle _file;
    private readonly long _length;
    private readonly UnpackingLimit _pages;
    private readonly UnpackingLimit _unpacked;
    private long _row;
    private RecordWriter? _records;

    private ParquetFile(string path, SafeFileHandle file)
    {
        (_path, _file) = (path, file);
        _length = RandomAccess.GetLength(file);
        _pages = new UnpackingLimit(path, _length, PagesAlwaysAllowed, Remedy);
        _unpacked = new UnpackingLimit(path, _length, RowsAlwaysAllowed, Remedy);
    }

    /// <summary>Whether a file begins like Parquet.</summary>
    public static bool Is(ReadOnlySpan<byte> head) => head.StartsWith("PAR1"u8) || head.StartsWith("PARE"u8);

    /// <summary>The rows of a file, each a JSON object.</summary>
    /// <exception cref="SimperException">It is damaged, or of a kind that is not read.</exception>
    public static IEnumerable<byte[]> Rows(string path)
    {
        using SafeFileHandle handle = File.OpenHandle(path);
        var file = new ParquetFile(path, handle);
        foreach (byte[] row in TableFaults.Named(file.Rows(), file.Place))
            yield return row;
    }

    private string Place() =>
        _records is { Column: { Length: > 0 } column } ? $"{_path}, row {_row + 1}, column {column}" : _path;

    private IEnumerable<byte[]> Rows()
    {
        ThriftStruct meta = Footer();
        if (meta.Has(8))
            throw Encrypted();
        ParquetSchema schema = ParquetSchema.Of(meta.Structs(2));
        (long Rows, ColumnChunk[] Chunks)[] groups = [.. meta.Structs(4).Select(g => Group(g, schema.Leaves))];
        Check(meta, groups);
        ParquetNode[] columns = [.. schema.Columns.Where(c => !PandasIndex().IsMatch(c.Name.ToString()))];
        using var row = new RowBuffer();
        var packed = new PackedPage();
        PageBuffers[] buffers = [.. schema.Leaves.Select(_ => new PageBuffers(packed))];
        foreach ((long rows, ColumnChunk[] chunks) in groups)
        {
            _records = new RecordWriter(
                columns,
                [.. schema.Leaves.Select((l, i) => new LeafCursor(l, new PageReader(_file, chunks[i], l, buffers[i], _pages)))]
            );
            _records.Begin();
            for (long i = 0; i < rows; i++)
            {
                _records.Row(row.Begin());
                ReadOnlySpan<byte> written = row.End();
                _unpacked.Add(written.Length);
                yield return written.ToArray();
                _row++;
            }
            _records.End();
        }
    }

    private ThriftStruct Footer()
    {
        Span<byte> ends = stackalloc byte[Tail];
        if (_length < Mark + Tail || RandomAccess.Read(_file, ends, _length - Tail) < Tail)
            throw CutOff();
        if (ends[4..].SequenceEqual("PARE"u8))
            throw Encrypted();
        if (!ends[4..].SequenceEqual("PAR1"u8))
            throw CutOff();
        uint size = BinaryPrimitives.ReadUInt32LittleEndian(ends);
        if (size > _length - Mark - Tail || size > int.MaxValue)
            throw new InvalidDataException("its metadata are longer than the file");
        var bytes = new byte[size];
        _file.ReadExactly(bytes, _length - Tail - size);
        return new ThriftReader(bytes).Struct();
    }

    private (long, ColumnChunk[]) Group(ThriftStruct group, IReadOnlyList<ParquetLeaf> leaves)
    {
        IReadOnlyList<ThriftStruct> columns = group.Structs(1);
        return columns.Count == leaves.Count
            ? (
                group.Count(3, "number of rows", long.MaxValue),
                [.. columns.Select((c, i) => ColumnChunk.Of(c, leaves[i].Name.ToString(), _length))]
            )
            : throw new InvalidDataException("a row group does not have the columns of the schema");
    }

    private void Check(ThriftStruct meta, (long Rows, ColumnChunk[] Chunks)[] groups)
    {
        long rows = 0;
        foreach ((long count, ColumnChunk[] chunks) in groups)
        {
            rows += count <= int.MaxValue - rows ? count : throw new TableRefusal("says that it has more than 2 billion rows");
            if (Array.Exists(chunks, c => c.Values < count))
                throw new InvalidDataException("a column has fewer values than there are rows");
        }
        _unpacked.Check(groups.Sum(g => g.Chunks.Sum(c => (double)c.Unpacked)));
        if (groups.Sum(g => g.Chunks.Sum(c => (double)(c.End - c.Start))) > _length)
            throw new TableRefusal("says that its columns take more room than it has: parts of it would be unpacked many times");
        if (meta.Number(3) is { } said && said != rows)
            throw new InvalidDataException($"it says that it has {said} rows, and its row groups have {rows}");
    }

    private static InvalidDataException CutOff() => new("it begins as Parquet and does not end so");

    private static TableRefusal Encrypted() => new("is encrypted, which Simper does not read; write it without encryption");

    // The column that pandas writes for an index of a frame.
    [GeneratedRegex(@"^__index_level_\d+__$")]
    private static partial Regex PandasIndex();
}
