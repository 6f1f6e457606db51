using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace Simper.Text.Tables.Arrow;

/// <summary>
/// The parts of a record batch in the order in which columns take them: lengths, and buffers, which may be compressed each.
/// </summary>
internal sealed class ArrowBatch
{
    private const int LargestBuffer = 1 << 30;
    private const int Lz4 = 0;

    private readonly SafeFileHandle _file;
    private readonly long _body;
    private readonly long _bodyLength;
    private readonly UnpackingLimit _limit;
    private readonly long[] _nodes; // of each column its length and its number of nulls
    private readonly long[] _buffers; // of each buffer its place in the body and its length
    private readonly long[] _variadic;
    private readonly int? _codec;
    private readonly bool _isWhole;
    private int _nextNode;
    private int _nextBuffer;
    private int _nextVariadic;

    /// <param name="file">The file.</param>
    /// <param name="batch">The batch's metadata.</param>
    /// <param name="body">Where its buffers begin in the file.</param>
    /// <param name="bodyLength">Their bytes.</param>
    /// <param name="limit">Counts what is unpacked.</param>
    /// <param name="isWhole">Whether its buffers are read at once, since their values are asked for in any order.</param>
    public ArrowBatch(SafeFileHandle file, FlatTable batch, long body, long bodyLength, UnpackingLimit limit, bool isWhole)
    {
        (_file, _body, _bodyLength, _limit, _isWhole) = (file, body, bodyLength, limit, isWhole);
        Rows = batch.Int64(0);
        _nodes = batch.Numbers(1, each: 2);
        _buffers = batch.Numbers(2, each: 2);
        _variadic = batch.Numbers(4);
        _codec = batch.Table(3)?.Byte(0);
        if (Rows is < 0 or > int.MaxValue)
            throw new InvalidDataException("a batch does not say how many rows it has");
        if (_codec is not (null or 0 or 1))
            throw new TableRefusal("is compressed in a way that Simper does not know");
    }

    /// <summary>Number of rows.</summary>
    public long Rows { get; }

    /// <summary>The length of the next column.</summary>
    public long NextLength() =>
        _nextNode + 1 < _nodes.Length && _nodes[_nextNode] >= 0
            ? _nodes[(_nextNode += 2) - 2]
            : throw new InvalidDataException("a batch has fewer columns than the schema");

    /// <summary>How many buffers of texts the next column has, which has them outside of its values.</summary>
    public long NextVariadic() =>
        _nextVariadic < _variadic.Length && _variadic[_nextVariadic] <= _buffers.Length
            ? _variadic[_nextVariadic++]
            : throw new InvalidDataException("a batch has fewer buffers than the schema");

    /// <summary>The next buffer.</summary>
    public ArrowBuffer NextBuffer()
    {
        if (_nextBuffer + 1 >= _buffers.Length)
            throw new InvalidDataException("a batch has fewer buffers than the schema");
        (long start, long length) = (_buffers[_nextBuffer], _buffers[_nextBuffer + 1]);
        _nextBuffer += 2;
        if (start < 0 || length < 0 || start > _bodyLength - length)
            throw new InvalidDataException("a buffer lies outside of its batch");
        if (length == 0 || _codec is null)
            return Stored(start, length);
        if (length < 8)
            throw new InvalidDataException("a buffer is too short");
        var stored = new ArrowBuffer(_file, _body + start, length);
        long unpacked = BinaryPrimitives.ReadInt64LittleEndian(stored.Slice(0, 8));
        if (unpacked == -1) // it would not have become smaller
            return Stored(start + 8, length - 8);
        if (unpacked is < 0 or > LargestBuffer)
            throw new TableRefusal(
                $"has a column of more than {LargestBuffer >> 20} MB in one batch; write it with smaller batches"
            );
        if (unpacked == 0)
            return new ArrowBuffer([]);
        _limit.Add(unpacked);
        var bytes = new byte[unpacked];
        ReadOnlySpan<byte> packed = stored.Slice(8, length - 8);
        int done = _codec == Lz4 ? Lz4Frame.Decode(packed, bytes) : Packing.Zstd(packed, bytes);
        return done == unpacked ? new ArrowBuffer(bytes) : throw new InvalidDataException("a buffer is not as long as it says");
    }

    private ArrowBuffer Stored(long start, long length)
    {
        var stored = new ArrowBuffer(_file, _body + start, length);
        if (!_isWhole)
            return stored;
        _limit.Add(length);
        return new ArrowBuffer(stored.Slice(0, length).ToArray());
    }
}
