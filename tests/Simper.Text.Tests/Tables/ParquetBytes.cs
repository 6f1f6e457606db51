using System.Text;

namespace Simper.Text.Tests.Tables;

/// <summary>
/// Parquet files put together by hand, as writers make them and as none should: metadata in Thrift's compact protocol, pages.
/// </summary>
internal static class ParquetBytes
{
    /// <summary>A file: pages from byte 4 on, and the metadata behind them.</summary>
    public static byte[] File(byte[] pages, params (int Field, object Value)[] metadata)
    {
        byte[] footer = Struct(metadata);
        return [.. "PAR1"u8, .. pages, .. footer, .. BitConverter.GetBytes(footer.Length), .. "PAR1"u8];
    }

    /// <summary>A file of one column of texts that are there, in one page and one row group.</summary>
    public static byte[] Texts(int rows, int encoding, byte[] values, int type = 6, int codec = 0, long? unpacked = null) =>
        Of(Page(rows, encoding, values), rows, type, codec, unpacked);

    /// <summary>A file of one column, t, given its pages.</summary>
    public static byte[] Of(byte[] pages, long rows, int type = 6, int codec = 0, long? unpacked = null) =>
        File(
            pages,
            (1, 1L),
            (2, new object[] { Root(1), Leaf("t", type) }),
            (3, rows),
            (4, new object[] { Group(rows, Chunk(4, pages.Length, rows, type, codec, unpacked)) })
        );

    public static Fields Root(int columns) => new((4, "schema"), (5, (long)columns));

    public static Fields Leaf(string name, int type = 6, int repetition = 0) =>
        type == 6
            ? new((1, (long)type), (3, (long)repetition), (4, name), (6, 0L))
            : new((1, (long)type), (3, (long)repetition), (4, name));

    public static Fields Group(long rows, params object[] chunks) => new((1, chunks), (2, 0L), (3, rows));

    public static Fields Chunk(long start, long length, long values, int type = 6, int codec = 0, long? unpacked = null) =>
        new(
            (2, start),
            (3, new Fields((1, (long)type), (4, (long)codec), (5, values), (6, unpacked ?? length), (7, length), (9, start)))
        );

    /// <summary>A data page of version 1 without levels.</summary>
    public static byte[] Page(long count, long encoding, byte[] values, long? unpacked = null) =>
        [
            .. Struct(
                (1, 0L),
                (2, unpacked ?? values.Length),
                (3, (long)values.Length),
                (5, new Fields((1, count), (2, encoding), (3, 3L), (4, 3L)))
            ),
            .. values,
        ];

    /// <summary>A dictionary page.</summary>
    public static byte[] Dictionary(long count, byte[] values) =>
        [.. Struct((1, 2L), (2, (long)values.Length), (3, (long)values.Length), (7, new Fields((1, count), (2, 0L)))), .. values];

    /// <summary>Texts in the encoding PLAIN.</summary>
    public static byte[] Plain(params string[] texts) =>
        [
            .. texts.SelectMany(t =>
                (byte[])[.. BitConverter.GetBytes(Encoding.UTF8.GetByteCount(t)), .. Encoding.UTF8.GetBytes(t)]
            ),
        ];

    /// <summary>A structure as a value.</summary>
    public sealed record Fields(params (int Field, object Value)[] Values);

    private static byte[] Struct(params (int Field, object Value)[] fields)
    {
        var bytes = new List<byte>();
        int last = 0;
        foreach ((int field, object value) in fields)
        {
            bytes.Add((byte)((field - last) << 4 | Type(value)));
            if (value is not bool)
                Write(bytes, value);
            last = field;
        }
        bytes.Add(0);
        return [.. bytes];
    }

    private static int Type(object value) =>
        value switch
        {
            bool flag => flag ? 1 : 2,
            long or int => 6,
            string => 8,
            object[] => 9,
            _ => 12,
        };

    private static void Write(List<byte> to, object value)
    {
        switch (value)
        {
            case int number:
                Write(to, (long)number);
                break;
            case long number:
                Varint(to, (ulong)(number << 1 ^ number >> 63));
                break;
            case string text:
                Varint(to, (ulong)Encoding.UTF8.GetByteCount(text));
                to.AddRange(Encoding.UTF8.GetBytes(text));
                break;
            case object[] list:
                to.Add((byte)(15 << 4 | Type(list.Length > 0 ? list[0] : new Fields())));
                Varint(to, (ulong)list.Length);
                foreach (object item in list)
                    Write(to, item);
                break;
            case Fields fields:
                to.AddRange(Struct(fields.Values));
                break;
        }
    }

    private static void Varint(List<byte> to, ulong value)
    {
        for (; value > 127; value >>= 7)
            to.Add((byte)(value & 127 | 128));
        to.Add((byte)value);
    }
}
