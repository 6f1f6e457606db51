using System.Buffers.Binary;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;

namespace Simper.Text.Tables.Arrow;

/// <summary>
/// The rows of an Arrow file or stream (also Feather, and what save_to_disk of Hugging Face's datasets writes) as JSON. A file is
/// a stream between marks. In memory are its dictionaries and, where it is compressed, a batch of rows.
/// </summary>
internal sealed class ArrowFile
{
    private const int LongestMetadata = 256 << 20;
    private const int FileStart = 8; // ARROW1, and two bytes for alignment
    private const long BatchesAlwaysAllowed = 64 << 20;
    private const long RowsAlwaysAllowed = 256 << 20;
    private const int Continuation = -1;
    private const string Remedy = "write it as JSON lines";

    private readonly string _path;
    private readonly SafeFileHandle _file;
    private readonly long _length;
    private readonly UnpackingLimit _unpacked;
    private readonly UnpackingLimit _written;
    private readonly Dictionary<long, List<ArrowColumn>> _dictionaries = [];
    private ArrowField[]? _fields;
    private long _position;
    private long _row;
    private string _column = "";

    private ArrowFile(string path, SafeFileHandle file)
    {
        (_path, _file) = (path, file);
        _length = RandomAccess.GetLength(file);
        _unpacked = new UnpackingLimit(path, _length, BatchesAlwaysAllowed, Remedy);
        _written = new UnpackingLimit(path, _length, RowsAlwaysAllowed, Remedy);
    }

    /// <summary>
    /// Whether a file begins like Arrow: with the mark of files, or the mark and the length of a first message.
    /// </summary>
    public static bool Is(ReadOnlySpan<byte> head) =>
        head.StartsWith("ARROW1"u8)
        || (head.Length >= 8 && BinaryPrimitives.ReadInt32LittleEndian(head) == Continuation && head[7] == 0);

    /// <summary>The rows of a file, each a JSON object.</summary>
    /// <exception cref="SimperException">It is damaged, or of a kind that is not read.</exception>
    public static IEnumerable<byte[]> Rows(string path)
    {
        using SafeFileHandle handle = File.OpenHandle(path);
        var file = new ArrowFile(path, handle);
        foreach (byte[] row in TableFaults.Named(file.Rows(), file.Place))
            yield return row;
    }

    private string Place() => _column.Length > 0 ? $"{_path}, row {_row + 1}, column {_column}" : _path;

    private IEnumerable<byte[]> Rows()
    {
        Begin();
        while (Next() is { } message)
        {
            switch (message.Type)
            {
                case 1:
                    _fields = ArrowField.Of(message.Header);
                    break;
                case 2:
                    Add(message);
                    break;
                case 3:
                    foreach (byte[] row in Rows(message))
                        yield return row;
                    break;
                default:
                    throw new TableRefusal("holds tensors, not a table");
            }
        }
        if (_fields is null)
            throw new InvalidDataException("it has no schema");
    }

    private IEnumerable<byte[]> Rows(Message message)
    {
        ArrowField[] fields = Fields();
        ArrowBatch batch = Batch(message.Header, message, isWhole: false);
        var reading = new ArrowColumns(batch, _dictionaries);
        var columns = new ArrowColumn[fields.Length];
        for (int i = 0; i < columns.Length; i++)
        {
            _column = fields[i].Name.ToString();
            columns[i] = reading.Next(fields[i]);
            if (columns[i].Length < batch.Rows)
                throw new InvalidDataException("it has fewer values than there are rows");
        }
        using var row = new RowBuffer();
        for (long i = 0; i < batch.Rows; i++)
        {
            Utf8JsonWriter json = row.Begin();
            json.WriteStartObject();
            for (int c = 0; c < columns.Length; c++)
            {
                _column = fields[c].Name.ToString();
                json.WritePropertyName(fields[c].Name);
                columns[c].Write(json, i);
            }
            json.WriteEndObject();
            ReadOnlySpan<byte> written = row.End();
            _written.Add(written.Length);
            yield return written.ToArray();
            if (++_row == int.MaxValue)
                throw new TableRefusal("has more than 2 billion rows, which Simper does not read");
        }
        _column = "";
    }

    // A dictionary, or more of one.
    private void Add(Message message)
    {
        long number = message.Header.Int64(0);
        FlatTable data = message.Header.Table(1) ?? throw new InvalidDataException("a dictionary is empty");
        ArrowField field = Find(Fields(), number) ?? throw new InvalidDataException("a dictionary belongs to no column");
        ArrowColumn values = new ArrowColumns(Batch(data, message, isWhole: true), _dictionaries).Next(field.Values);
        if (message.Header.Byte(2) == 0)
            _dictionaries.Remove(number);
        if (!_dictionaries.TryGetValue(number, out List<ArrowColumn>? known))
            _dictionaries[number] = known = [];
        known.Add(values);
    }

    private ArrowField[] Fields() => _fields ?? throw new InvalidDataException("it does not begin with its schema");

    private ArrowBatch Batch(FlatTable header, Message message, bool isWhole) =>
        new(_file, header, message.Body, message.BodyLength, _unpacked, isWhole);

    private static ArrowField? Find(IEnumerable<ArrowField> fields, long dictionary)
    {
        foreach (ArrowField field in fields)
        {
            if (field.Dictionary == dictionary)
                return field;
            if (Find(field.Children, dictionary) is { } inner)
                return inner;
        }
        return null;
    }

    private void Begin()
    {
        Span<byte> mark = stackalloc byte[6];
        if (_length < 8 || RandomAccess.Read(_file, mark, 0) < mark.Length || !mark.SequenceEqual("ARROW1"u8))
            return;
        if (RandomAccess.Read(_file, mark, _length - mark.Length) < mark.Length || !mark.SequenceEqual("ARROW1"u8))
            throw new InvalidDataException("it begins as an Arrow file and does not end so");
        _position = FileStart;
    }

    /// <summary>A message: the type and the table of its header, and where its body lies.</summary>
    private readonly record struct Message(int Type, FlatTable Header, long Body, long BodyLength);

    // The next message; null at the mark of the end, or where the file ends between messages.
    private Message? Next()
    {
        if (_position >= _length)
            return null;
        int size = Int32();
        if (size == Continuation)
            size = Int32();
        if (size == 0)
            return null;
        if (size < 0 || size > LongestMetadata || size > _length - _position)
            throw new EndOfStreamException();
        byte[] bytes = Read(size);
        FlatTable message = FlatTable.Root(bytes);
        long body = message.Int64(3);
        if (body < 0 || body > _length - _position)
            throw new EndOfStreamException();
        var found = new Message(
            message.Byte(1),
            message.Table(2) ?? throw new InvalidDataException("a message is empty"),
            _position,
            body
        );
        _position += body;
        return found;
    }

    private int Int32() => BinaryPrimitives.ReadInt32LittleEndian(Read(4));

    private byte[] Read(int count)
    {
        var bytes = new byte[count];
        _file.ReadExactly(bytes, _position);
        _position += count;
        return bytes;
    }
}
