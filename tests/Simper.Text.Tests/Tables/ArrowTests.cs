using Apache.Arrow;
using Apache.Arrow.Compression;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;
using Simper.Testing;

namespace Simper.Text.Tests.Tables;

/// <summary>Arrow as its own library writes it: types, streams and files, compressed and not; and what is broken.</summary>
public class ArrowTests
{
    internal static byte[] Written(bool isFile, CompressionCodecType? codec, params RecordBatch[] batches)
    {
        var options = new IpcOptions { CompressionCodec = codec, CompressionCodecFactory = new CompressionCodecFactory() };
        using var to = new MemoryStream();
        using (
            ArrowStreamWriter writer = isFile
                ? new ArrowFileWriter(to, batches[0].Schema, leaveOpen: true, options)
                : new ArrowStreamWriter(to, batches[0].Schema, leaveOpen: true, options)
        )
        {
            foreach (RecordBatch batch in batches)
                writer.WriteRecordBatch(batch);
            writer.WriteEnd();
        }
        return to.ToArray();
    }

    private static RecordBatch Batch(params (string Name, IArrowArray Values)[] columns) =>
        new(
            new Schema([.. columns.Select(c => new Field(c.Name, c.Values.Data.DataType, nullable: true))], null),
            columns.Select(c => c.Values),
            columns[0].Values.Length
        );

    private static IArrowArray Messages()
    {
        var message = new StructType([
            new Field("role", StringType.Default, true),
            new Field("ids", new ListType(Int64Type.Default), true),
        ]);
        var ids = new ListArray.Builder(Int64Type.Default);
        var numbers = (Int64Array.Builder)ids.ValueBuilder;
        ids.Append();
        numbers.Append(1).Append(2);
        ids.AppendNull();
        ids.Append();
        var roles = new StringArray.Builder().Append("user").Append("assistant").AppendNull().Build();
        var structs = new StructArray(
            message,
            3,
            [roles, ids.Build()],
            new ArrowBuffer.BitmapBuilder().Append(true).Append(true).Append(true).Build(),
            0
        );
        ArrowBuffer offsets = new ArrowBuffer.Builder<int>().Append(0).Append(2).Append(2).Append(3).Build();
        return new ListArray(
            new ListType(message),
            3,
            offsets,
            structs,
            new ArrowBuffer.BitmapBuilder().Append(true).Append(true).Append(true).Build()
        );
    }

    public static TheoryData<bool, string> Forms => new MatrixTheoryData<bool, string>([true, false], ["none", "zstd", "lz4"]);

    private static CompressionCodecType? Codec(string name) =>
        name switch
        {
            "zstd" => CompressionCodecType.Zstd,
            "lz4" => CompressionCodecType.Lz4Frame,
            _ => null,
        };

    [Theory]
    [MemberData(nameof(Forms))]
    public void Rows_are_read_in_every_form(bool isFile, string codec)
    {
        RecordBatch batch = Batch(
            ("text", new StringArray.Builder().Append("a \"b\"").AppendNull().Append("\u00e9").Build()),
            ("chosen", Messages()),
            ("flag", new BooleanArray.Builder().Append(true).Append(false).AppendNull().Build())
        );
        string[] once =
        [
            """{"text":"a \"b\"","chosen":[{"role":"user","ids":[1,2]},{"role":"assistant","ids":null}],"flag":true}""",
            """{"text":null,"chosen":[],"flag":false}""",
            """{"text":"é","chosen":[{"role":null,"ids":[]}],"flag":null}""",
        ];
        Assert.Equal([.. once, .. once], TableFile.Rows(Written(isFile, Codec(codec), batch, batch), "a.arrow"));
    }

    // More than a block of lz4 (64 kB), and more than a window of a file that is not compressed.
    [Theory]
    [MemberData(nameof(Forms))]
    public void Long_columns_are_read_in_every_form(bool isFile, string codec)
    {
        string[] texts = [.. Enumerable.Range(0, 3000).Select(i => string.Join(' ', Enumerable.Range(i, 40 + i % 50)))];
        byte[] file = Written(isFile, Codec(codec), Batch(("t", new StringArray.Builder().AppendRange(texts).Build())));
        Assert.Equal(texts.Select(t => $$"""{"t":"{{t}}"}"""), TableFile.Rows(file, "a.feather"));
    }

    [Fact]
    public void Values_of_every_type_are_what_json_has_in_their_place()
    {
        var noon = new DateTimeOffset(2024, 2, 29, 12, 0, 0, 250, TimeSpan.Zero);
        RecordBatch batch = Batch(
            ("i8", new Int8Array.Builder().Append(-1).Build()),
            ("u8", new UInt8Array.Builder().Append(255).Build()),
            ("i16", new Int16Array.Builder().Append(-300).Build()),
            ("u16", new UInt16Array.Builder().Append(65535).Build()),
            ("u32", new UInt32Array.Builder().Append(uint.MaxValue).Build()),
            ("i64", new Int64Array.Builder().Append(long.MinValue).Build()),
            ("u64", new UInt64Array.Builder().Append(ulong.MaxValue).Build()),
            ("f16", new HalfFloatArray.Builder().Append((Half)1.5).Build()),
            ("f32", new FloatArray.Builder().Append(0.1f).Build()),
            ("f64", new DoubleArray.Builder().Append(9).Build()),
            ("nan", new DoubleArray.Builder().Append(double.NaN).Build()),
            ("decimal", new Decimal128Array.Builder(new Decimal128Type(20, 3)).Append(-12.5m).Build()),
            ("date", new Date32Array.Builder().Append(noon.DateTime).Build()),
            ("date64", new Date64Array.Builder().Append(noon.Date).Build()),
            ("utc", new TimestampArray.Builder(new TimestampType(TimeUnit.Millisecond, "UTC")).Append(noon).Build()),
            ("local", new TimestampArray.Builder(new TimestampType(TimeUnit.Microsecond, (string?)null)).Append(noon).Build()),
            ("bytes", new BinaryArray.Builder().Append("ok"u8).Build()),
            ("other", new BinaryArray.Builder().Append([0xff, 0]).Build()),
            ("none", new NullArray(1)),
            ("view", new StringViewArray.Builder().Append("longer than twelve bytes").Build()),
            (
                "category",
                new DictionaryArray(
                    new DictionaryType(Int8Type.Default, StringType.Default, false),
                    new Int8Array.Builder().Append(1).Build(),
                    new StringArray.Builder().Append("a").Append("b").Build()
                )
            )
        );
        Assert.Equal(
            "{\"i8\":-1,\"u8\":255,\"i16\":-300,\"u16\":65535,\"u32\":4294967295,\"i64\":-9223372036854775808,"
                + "\"u64\":18446744073709551615,\"f16\":1.5,\"f32\":0.1,\"f64\":9.0,\"nan\":null,\"decimal\":-12.500,"
                + "\"date\":\"2024-02-29\",\"date64\":\"2024-02-29\",\"utc\":\"2024-02-29T12:00:00.250Z\","
                + "\"local\":\"2024-02-29T12:00:00.250\",\"bytes\":\"ok\",\"other\":\"/wA=\",\"none\":null,"
                + "\"view\":\"longer than twelve bytes\",\"category\":\"b\"}",
            Assert.Single(TableFile.Rows(Written(isFile: false, null, batch), "a.arrow"))
        );
    }

    [Fact]
    public void Lists_of_every_kind_are_lists()
    {
        var map = new MapArray.Builder(new MapType(StringType.Default, Int64Type.Default));
        map.Append();
        ((StringArray.Builder)map.KeyBuilder).Append("a").Append("b");
        ((Int64Array.Builder)map.ValueBuilder).Append(1).Append(2);
        var three = new FixedSizeListArray.Builder(Int8Type.Default, 3);
        three.Append();
        ((Int8Array.Builder)three.ValueBuilder).Append(1).Append(2).Append(3);
        var view = new ListViewArray.Builder(Int8Type.Default);
        view.Append();
        ((Int8Array.Builder)view.ValueBuilder).Append(4).Append(5);
        ArrowBuffer Offsets(params long[] offsets) => new ArrowBuffer.Builder<long>().AppendRange(offsets).Build();
        var text = new ArrayData(
            LargeStringType.Default,
            1,
            0,
            0,
            [ArrowBuffer.Empty, Offsets(0, 4), new ArrowBuffer("long"u8.ToArray())]
        );
        ArrayData items = new Int8Array.Builder().Append(6).Append(7).Build().Data;
        var large = new ArrayData(new LargeListType(Int8Type.Default), 1, 0, 0, [ArrowBuffer.Empty, Offsets(0, 2)], [items]);
        Assert.Equal(
            """{"map":{"a":1,"b":2},"three":[1,2,3],"view":[4,5],"text":"long","large":[6,7],"""
                + "\"time\":\"12:30:00\",\"fine\":\"12:30:00.000000001\"}",
            Assert.Single(
                TableFile.Rows(
                    Written(
                        isFile: true,
                        null,
                        Batch(
                            ("map", map.Build()),
                            ("three", three.Build()),
                            ("view", view.Build()),
                            ("text", new LargeStringArray(text)),
                            ("large", new LargeListArray(large)),
                            ("time", new Time32Array.Builder(TimeUnit.Second).Append(45_000).Build()),
                            ("fine", new Time64Array.Builder(TimeUnit.Nanosecond).Append(45_000_000_000_001).Build())
                        )
                    ),
                    "a.arrow"
                )
            )
        );
    }

    private static byte[] Good(bool isFile = false) =>
        Written(isFile, null, Batch(("t", new StringArray.Builder().Append("first").Append("second").Build())));

    [Fact]
    public void What_is_cut_off_is_refused()
    {
        Assert.Equal(
            "a.arrow is damaged: it begins as an Arrow file and does not end so; fetch or write the file again.",
            TableFile.Error(Good(isFile: true)[..^10], "a.arrow")
        );
        Assert.Equal(
            "a.arrow is damaged: it ends too early; fetch or write the file again.",
            TableFile.Error(Good()[..^30], "a.arrow")
        );
        Assert.Equal(
            "a.arrow is damaged: it ends too early; fetch or write the file again.",
            TableFile.Error(Good()[..40], "a.arrow")
        );
    }

    [Fact]
    public void What_is_not_read_is_named()
    {
        Assert.StartsWith(
            "a.feather is Feather of version 1, which Simper does not read; write it again",
            TableFile.Error([.. "FEA1"u8, 0, 0, 0, 0, .. "FEA1"u8], "a.feather"),
            StringComparison.Ordinal
        );
        RecordBatch twice = Batch(
            ("t", new Int8Array.Builder().Append(1).Build()),
            ("t", new Int8Array.Builder().Append(1).Build())
        );
        Assert.Equal(
            "a.arrow has two columns called t; give them different names.",
            TableFile.Error(Written(isFile: false, null, twice), "a.arrow")
        );
    }

    [Fact]
    public void A_table_without_rows_has_none() =>
        Assert.Empty(TableFile.Rows(Written(isFile: true, null, Batch(("t", new StringArray.Builder().Build()))), "a.arrow"));
}
