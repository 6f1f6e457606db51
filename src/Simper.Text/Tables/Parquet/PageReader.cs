using Microsoft.Win32.SafeHandles;

namespace Simper.Text.Tables.Parquet;

/// <summary>
/// The data pages of a column chunk, one after the other: one page and the chunk's dictionary are in memory.
/// </summary>
/// <param name="file">The open file.</param>
/// <param name="chunk">Where the pages lie.</param>
/// <param name="leaf">The column.</param>
/// <param name="buffers">What the chunk before used, to be used again: pages may be large.</param>
/// <param name="limit">Counts what is unpacked.</param>
internal sealed class PageReader(
    SafeFileHandle file,
    ColumnChunk chunk,
    ParquetLeaf leaf,
    PageBuffers buffers,
    UnpackingLimit limit
)
{
    private const int UsualHeader = 4096;
    private const int LongestHeader = 16 << 20;
    private const int DataPage = 0;
    private const int DictionaryPage = 2;
    private const int DataPageV2 = 3;

    private long _position = chunk.Start;
    private ColumnDictionary? _dictionary;

    /// <summary>
    /// A page: how many values it has, nulls among them; their levels, which are missing where the column needs none; and those
    /// that are not null.
    /// </summary>
    public readonly record struct Page(int Count, RunLengths? Repetitions, RunLengths? Definitions, Values Values);

    /// <summary>The next data page, which is valid until the one after; null behind the last.</summary>
    /// <exception cref="InvalidDataException">A page is damaged.</exception>
    public Page? Next()
    {
        while (_position < chunk.End)
        {
            ThriftStruct header = Header();
            int packed = (int)header.Count(3, "size of a page", Math.Min(chunk.End - _position, Array.MaxLength));
            long unpacked = header.Count(2, "size of a page");
            Span<byte> content = buffers.Packed(packed);
            file.ReadExactly(content, _position);
            _position += packed;
            switch (header.Number(1))
            {
                case DictionaryPage when header.Struct(7) is { } dictionary:
                    byte[] values = [];
                    PageCodec.Unpack(chunk.Codec, content, unpacked, ref values, 0, limit);
                    _dictionary = new ColumnDictionary(values, (int)dictionary.Count(1, "size of a dictionary"), leaf.Type.Width);
                    break;
                case DataPage when header.Struct(5) is { } data:
                    PageCodec.Unpack(chunk.Codec, content, unpacked, ref buffers.Page, 0, limit);
                    return First(data, (int)unpacked);
                case DataPageV2 when header.Struct(8) is { } data:
                    return Second(data, content, unpacked);
                case DataPage or DictionaryPage or DataPageV2:
                    throw new InvalidDataException("a page does not say what it holds");
                default:
                    break; // an index
            }
        }
        return null;
    }

    // Version 1: all in one piece, each kind of level behind its length.
    private Page First(ThriftStruct data, int length)
    {
        int count = (int)data.Count(1, "number of values");
        ReadOnlyMemory<byte> rest = buffers.Page.AsMemory(0, length);
        RunLengths? Levels(int most, int encoding)
        {
            if (most == 0)
                return null;
            if (data.Number(encoding) is { } kind and not 3)
                throw new InvalidDataException($"the encoding {kind} of levels is not known");
            uint size = rest.Length >= 4 ? BitConverter.ToUInt32(rest.Span) : uint.MaxValue;
            if (size > rest.Length - 4)
                throw new InvalidDataException("levels are longer than their page");
            var levels = new RunLengths(rest.Slice(4, (int)size), Width(most));
            rest = rest[(4 + (int)size)..];
            return levels;
        }
        RunLengths? repetitions = Levels(leaf.Repetition, 4);
        RunLengths? definitions = Levels(leaf.Definition, 3);
        return new Page(
            count,
            repetitions,
            definitions,
            Encodings.Read(data.Number(2) ?? -1, rest, count, leaf.Type, _dictionary, limit)
        );
    }

    // Version 2: levels in front, not compressed.
    private Page Second(ThriftStruct data, ReadOnlySpan<byte> content, long unpacked)
    {
        int count = (int)data.Count(1, "number of values");
        int first = (int)data.Count(6, "length of levels", content.Length);
        int second = (int)data.Count(5, "length of levels", content.Length - first);
        int levels = first + second;
        if (buffers.Page.Length < levels)
            buffers.Page = new byte[levels];
        content[..levels].CopyTo(buffers.Page);
        bool isCompressed = data.Flag(7) ?? true;
        int length = (int)Math.Max(0, unpacked - levels);
        PageCodec.Unpack(isCompressed ? chunk.Codec : 0, content[levels..], length, ref buffers.Page, levels, limit);
        return new Page(
            count,
            leaf.Repetition == 0 ? null : new RunLengths(buffers.Page.AsMemory(0, first), Width(leaf.Repetition)),
            leaf.Definition == 0 ? null : new RunLengths(buffers.Page.AsMemory(first, second), Width(leaf.Definition)),
            Encodings.Read(data.Number(4) ?? -1, buffers.Page.AsMemory(levels, length), count, leaf.Type, _dictionary, limit)
        );
    }

    private static int Width(int most) => 32 - System.Numerics.BitOperations.LeadingZeroCount((uint)most);

    // How long a header is, is known when it is read; statistics in it may be long.
    private ThriftStruct Header()
    {
        for (int size = UsualHeader; ; size *= 8)
        {
            var bytes = new byte[Math.Min(size, chunk.End - _position)];
            file.ReadExactly(bytes, _position);
            var reader = new ThriftReader(bytes);
            try
            {
                ThriftStruct header = reader.Struct();
                _position += reader.Position;
                return header;
            }
            catch (EndOfStreamException) when (bytes.Length == size && size < LongestHeader) { }
        }
    }
}
