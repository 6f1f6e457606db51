using System.Text;
using System.Text.Json.Nodes;
using global::Parquet;
using global::Parquet.Schema;
using global::Parquet.Serialization;

namespace Simper.Text.Tests.Tables;

/// <summary>
/// Parquet as another library writes it, in all codecs and types, and pages in encodings that few writers use, from the examples
/// of the specification.
/// </summary>
public class ParquetTests
{
    private sealed class Turn
    {
        public string? role { get; set; }
        public string? content { get; set; }
        public List<int>? ids { get; set; }
    }

    private sealed class Nested
    {
        public string? prompt { get; set; }
        public List<Turn>? chosen { get; set; }
        public Dictionary<string, int>? counts { get; set; }
        public Turn? last { get; set; }
    }

    [Theory]
    [InlineData(CompressionMethod.None)]
    [InlineData(CompressionMethod.Snappy)]
    [InlineData(CompressionMethod.Gzip)]
    [InlineData(CompressionMethod.Brotli)]
    [InlineData(CompressionMethod.Zstd)]
    [InlineData(CompressionMethod.Lz4Raw)]
    public async Task Nested_rows_are_read_in_every_codec(CompressionMethod codec)
    {
        Nested[] rows =
        [
            new()
            {
                prompt = "\u00e9 \"quoted\"\n",
                chosen =
                [
                    new()
                    {
                        role = "user",
                        content = "a",
                        ids = [1, 2],
                    },
                    new() { role = "assistant", ids = [] },
                ],
                counts = new() { ["x"] = 1, ["y"] = -2 },
                last = new() { role = "r", ids = [7] },
            },
            new() { chosen = [] },
            new()
            {
                prompt = "",
                chosen = [new()],
                counts = [],
            },
            .. Enumerable
                .Range(0, 700)
                .Select(i => new Nested { prompt = $"p {i}", chosen = [new() { ids = [.. Enumerable.Range(0, i % 5)] }] }),
        ];
        using var file = new MemoryStream();
        await ParquetSerializer.SerializeAsync(
            rows,
            file,
            new ParquetOptions { CompressionMethod = codec, RowGroupSize = 300 },
            cancellationToken: TestContext.Current.CancellationToken
        );
        TableFile.Same(rows.Select(r => System.Text.Json.JsonSerializer.Serialize(r)), TableFile.Rows(file.ToArray()));
    }

    [Fact]
    public async Task Values_of_every_type_are_what_json_has_in_their_place()
    {
        (DataField Field, Func<ParquetRowGroupWriter, DataField, ValueTask> Write, string First, string Second)[] columns =
        [
            Column(new DataField<bool>("bool"), [true, false], "true", "false"),
            Column(new DataField<sbyte>("sbyte"), [(sbyte)-1, (sbyte)2], "-1", "2"),
            Column(new DataField<byte>("byte"), [(byte)255, (byte)0], "255", "0"),
            Column(new DataField<ushort>("ushort"), [ushort.MaxValue, (ushort)1], "65535", "1"),
            Column(new DataField<int>("int"), [int.MinValue, int.MaxValue], "-2147483648", "2147483647"),
            Column(new DataField<uint>("uint"), [uint.MaxValue, 0u], "4294967295", "0"),
            Column(new DataField<long>("long"), [long.MinValue, long.MaxValue], "-9223372036854775808", "9223372036854775807"),
            Column(new DataField<ulong>("ulong"), [ulong.MaxValue, 0ul], "18446744073709551615", "0"),
            Column(new DataField<float>("float"), [0.1f, float.NaN], "0.1", "null"),
            Column(new DataField<double>("double"), [9.0, 1e300], "9.0", "1E+300"),
            Column(new DataField<double>("odd"), [double.NaN, double.NegativeInfinity], "null", "-1e999"),
            Column(new DecimalDataField("decimal", 10, 3), [12.5m, -0.001m], "12.500", "-0.001"),
            Column(new DecimalDataField("money", 28, 2), [123456789012345678.25m, 0m], "123456789012345678.25", "0.00"),
            Column(
                new DateTimeDataField("stamp", DateTimeFormat.DateAndTimeMicros, isAdjustedToUTC: true),
                [new DateTime(2024, 2, 29, 12, 30, 1, DateTimeKind.Utc).AddTicks(1_234_560), DateTime.UnixEpoch],
                "\"2024-02-29T12:30:01.123456Z\"",
                "\"1970-01-01T00:00:00Z\""
            ),
            Column(
                new DateTimeDataField("old", DateTimeFormat.Impala),
                [
                    new DateTime(1969, 12, 31, 23, 59, 59, DateTimeKind.Utc),
                    new DateTime(2024, 1, 2, 3, 4, 5, 500, DateTimeKind.Utc),
                ],
                "\"1969-12-31T23:59:59\"",
                "\"2024-01-02T03:04:05.500\""
            ),
            Column(
                new DateTimeDataField("day", DateTimeFormat.Date),
                [new DateTime(2024, 2, 29, 0, 0, 0, DateTimeKind.Utc), DateTime.UnixEpoch],
                "\"2024-02-29\"",
                "\"1970-01-01\""
            ),
            Column(
                new DataField<Guid>("guid"),
                [Guid.Parse("00112233-4455-6677-8899-aabbccddeeff"), Guid.Empty],
                "\"00112233-4455-6677-8899-aabbccddeeff\"",
                "\"00000000-0000-0000-0000-000000000000\""
            ),
        ];
        var texts = new DataField<string>("text");
        var bytes = new DataField<byte[]>("bytes");
        using var file = new MemoryStream();
        await using (
            ParquetWriter writer = await ParquetWriter.CreateAsync(
                new ParquetSchema([.. columns.Select(c => c.Field), texts, bytes]),
                file,
                cancellationToken: TestContext.Current.CancellationToken
            )
        )
        {
            using ParquetRowGroupWriter group = writer.CreateRowGroup();
            foreach (var column in columns)
                await column.Write(group, column.Field);
            await group.WriteAsync(texts, new[] { "a", null! });
            await group.WriteAsync(bytes, new[] { Encoding.UTF8.GetBytes("b"), new byte[] { 0xff, 0 } });
        }
        Assert.Equal(
            [
                $$"""{{{string.Join(',', columns.Select(c => $"\"{c.Field.Name}\":{c.First}"))}},"text":"a","bytes":"b"}""",
                $$"""{{{string.Join(',', columns.Select(c => $"\"{c.Field.Name}\":{c.Second}"))}},"text":null,"bytes":"/wA="}""",
            ],
            TableFile.Rows(file.ToArray())
        );
    }

    private static (DataField, Func<ParquetRowGroupWriter, DataField, ValueTask>, string, string) Column<T>(
        DataField field,
        T[] values,
        string first,
        string second
    )
        where T : struct => (field, async (group, f) => await group.WriteAsync<T>(f, values), first, second);

    [Fact]
    public async Task Differences_and_split_bytes_are_read()
    {
        var number = new DataField<long>("number");
        var real = new DataField<double>("real");
        long[] numbers = [.. Enumerable.Range(0, 5000).Select(i => i % 7 == 0 ? long.MinValue + i : i * 1_000_003L)];
        double[] reals = [.. numbers.Select(n => n / 3.0)];
        var options = new ParquetOptions();
        options.ColumnEncodingHints["number"] = EncodingHint.DeltaBinaryPacked;
        options.ColumnEncodingHints["real"] = EncodingHint.ByteSplitStream;
        using var file = new MemoryStream();
        await using (
            ParquetWriter writer = await ParquetWriter.CreateAsync(
                new ParquetSchema(number, real),
                file,
                options,
                cancellationToken: TestContext.Current.CancellationToken
            )
        )
        {
            using ParquetRowGroupWriter group = writer.CreateRowGroup();
            await group.WriteAsync<long>(number, numbers);
            await group.WriteAsync<double>(real, reals);
        }
        JsonNode[] rows = [.. TableFile.Rows(file.ToArray()).Select(r => JsonNode.Parse(r)!)];
        Assert.Equal(numbers, rows.Select(r => (long)r["number"]!));
        Assert.Equal(reals, rows.Select(r => (double)r["real"]!));
    }

    // The examples of parquet-format's Encodings.md.
    [Theory]
    [InlineData(2, 5, "80 01 04 08 0E 03 02 00 00 00 C0 3F 00 00 00 00 00 00", "", "7 5 3 1 2 3 4 5")]
    [InlineData(6, 6, "80 01 04 04 0A 00 01 00 00 00 02 00 00 00", "HelloWorldFoobarABCDEF", "Hello World Foobar ABCDEF")]
    [InlineData(
        6,
        7,
        "80 01 04 04 00 03 03 00 00 00 44 01 00 00 00 00 00 00 00 00 00 00"
            + "80 01 04 04 08 03 03 00 00 00 70 00 00 00 00 00 00 00 00 00 00 00",
        "axislebabbleyhood",
        "axis axle babble babyhood"
    )]
    public void Encodings_of_the_specification_are_read(int type, int encoding, string hex, string texts, string expected)
    {
        string[] values = expected.Split(' ');
        byte[] page =
        [
            .. Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal)),
            .. Encoding.ASCII.GetBytes(texts),
        ];
        Assert.Equal(
            values.Select(v => type == 6 ? $$"""{"t":"{{v}}"}""" : $$"""{"t":{{v}}}"""),
            TableFile.Rows(ParquetBytes.Texts(values.Length, encoding, page, type))
        );
    }

    [Fact]
    public void A_repeated_field_without_a_group_is_a_list()
    {
        byte[] levels = [2, 0, 0, 0, 3, 0b010]; // repetition 0 1 0
        byte[] present = [2, 0, 0, 0, 3, 0b011]; // definition 1 1 0
        byte[] page = ParquetBytes.Page(3, 0, [.. levels, .. present, .. ParquetBytes.Plain("a", "b")]);
        byte[] file = ParquetBytes.File(
            page,
            (1, 1L),
            (2, new object[] { ParquetBytes.Root(1), ParquetBytes.Leaf("t", repetition: 2) }),
            (3, 2L),
            (4, new object[] { ParquetBytes.Group(2, ParquetBytes.Chunk(4, page.Length, 3)) })
        );
        Assert.Equal(["""{"t":["a","b"]}""", """{"t":[]}"""], TableFile.Rows(file));
    }
}
