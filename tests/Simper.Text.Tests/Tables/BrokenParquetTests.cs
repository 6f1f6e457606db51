using Simper.Testing;
using static Simper.Text.Tests.Tables.ParquetBytes;

namespace Simper.Text.Tests.Tables;

/// <summary>Parquet that is damaged, of a kind that is not read, or claims more than it can have: one sentence each.</summary>
public class BrokenParquetTests
{
    private const long Petabyte = 1L << 50;

    private static readonly byte[] Good = Texts(2, 0, Plain("a", "b"));

    private static readonly (string What, byte[] File, string Expected)[] Files =
    [
        (
            "cut off",
            Good[..^20],
            "a.parquet is damaged: it begins as Parquet and does not end so; fetch or write the file again."
        ),
        ("four bytes", Good[..4], "a.parquet is damaged: it begins as Parquet and does not end so"),
        ("encrypted footer", [.. "PARE"u8, .. new byte[20], .. "PARE"u8], "a.parquet is encrypted, which Simper does not read"),
        (
            "footer longer than the file",
            [.. "PAR1"u8, .. new byte[8], 0xff, 0xff, 0, 0, .. "PAR1"u8],
            "its metadata are longer than the file"
        ),
        ("footer of zeros", [.. "PAR1"u8, .. new byte[8], 4, 0, 0, 0, .. "PAR1"u8], "its schema is not valid"),
        (
            "encrypted columns",
            File([], (1, 1L), (2, new object[] { Root(1), Leaf("t") }), (3, 0L), (4, Array.Empty<object>()), (8, new Fields())),
            "a.parquet is encrypted"
        ),
        ("rows elsewhere", Elsewhere(), "a.parquet holds no rows, but names files that do (part-0.parquet); give those"),
        (
            "unknown codec",
            Texts(1, 0, Plain("a"), codec: 3),
            "a.parquet has its column t compressed as lzo, which Simper does not read"
        ),
        ("codec of the future", Texts(1, 0, Plain("a"), codec: 99), "compressed as number 99"),
        ("not snappy", Texts(1, 0, Plain("a"), codec: 1), "row 1, column t is damaged: a page is not valid snappy"),
        (
            "snappy of a gigabyte",
            Texts(1, 0, [0x80, 0x80, 0x80, 0x80, 0x04, 0x01], codec: 1),
            "row 1, column t is damaged: a page is not valid snappy"
        ),
        ("not zstd", Texts(1, 0, Plain("a"), codec: 6), "a page is not valid zstd"),
        ("not gzip", Texts(1, 0, Plain("a"), codec: 2), "a page is not valid gzip"),
        ("not brotli", Texts(1, 0, Plain("a"), codec: 4), "a page is not valid brotli"),
        ("not lz4", Texts(1, 0, Plain("a"), codec: 7), "a page is not valid lz4_raw"),
        ("not lz4 of Hadoop", Texts(1, 0, Plain("a"), codec: 5), "a page is not valid lz4"),
        ("unknown encoding", Texts(1, 77, Plain("a")), "the encoding 77 of a page is not known"),
        ("unknown type", Texts(1, 0, Plain("a"), type: 12), "the type 12 of a column is not known"),
        (
            "text longer than its page",
            Texts(1, 0, [200, 0, 0, 0, 1]),
            "row 1, column t is damaged: a text is longer than its page"
        ),
        ("too few values", Texts(3, 0, Plain("a", "b")), "row 3, column t is damaged: a page has fewer values than it says"),
        ("too many values", Of(Page(3, 0, Plain("a", "b", "c")), 2), "a column has more values than there are rows"),
        ("no dictionary", Texts(1, 8, [1, 2, 0]), "a column has no dictionary, but places in one"),
        (
            "outside of its dictionary",
            Of([.. Dictionary(1, Plain("a")), .. Page(1, 8, [3, 2, 5])], 1),
            "a value is not in its dictionary"
        ),
        (
            "half a dictionary",
            Of([.. Dictionary(2, Plain("a")), .. Page(1, 8, [3, 2, 0])], 1),
            "a dictionary has fewer values than it says"
        ),
        ("no UTF-8", Texts(1, 0, [1, 0, 0, 0, 0xff]), "row 1, column t has a text that is not valid UTF-8"),
        ("two columns of one name", Twice(), "a.parquet has two columns called t; give them different names"),
        ("rows miscounted", Miscounted(), "it says that it has 7 rows, and its row groups have 2"),
        ("fewer values than rows", Few(), "a column has fewer values than there are rows"),
        ("a petabyte in a column", Texts(1, 0, Plain("a"), unpacked: Petabyte), "unpacks to more than 100 times its size"),
        ("a quintillion rows", Of(Page(1, 0, Plain("a")), Petabyte), "says that it has more than 2 billion rows"),
        (
            "a page of two gigabytes",
            Of(Page(1, 0, Plain("a"), unpacked: int.MaxValue), 1, codec: 1),
            "a page of more than 1024 MB is not read"
        ),
        (
            "pages of many times their size",
            Of(Page(1, 0, Plain("a"), unpacked: 200 << 20), 1, codec: 1),
            "unpacks to more than 100 times its size"
        ),
        ("one dictionary for petabytes", Repeated(), "says that its columns take more room than it has"),
        ("rows of one long text", Long(), "unpacks to more than 100 times its size"),
        ("a billion differences", Texts(1 << 26, 5, Differences(), type: 2), "unpacks to more than 100 times its size"),
        ("a list of a billion nulls", Nulls(), "has a row of more than 64 MB"),
    ];

    public static TheoryData<string> Names => [.. Files.Select(f => f.What)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_file_is_refused_by_a_sentence(string what)
    {
        (_, byte[] file, string expected) = Array.Find(Files, f => f.What == what);
        long before = GC.GetAllocatedBytesForCurrentThread();
        string error = TableFile.Error(file);
        Assert.Contains(expected, error, StringComparison.Ordinal);
        Assert.StartsWith("a.parquet", error, StringComparison.Ordinal);
        Assert.DoesNotContain("\n", error, StringComparison.Ordinal);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(allocated < 512L << 20, $"{allocated >> 20} MB");
        Counts.Tell(21, $"Parquet, {what}, {file.Length / 1e3:F1} kB: refused, {allocated / 1e6:F1} MB allocated");
    }

    [Fact]
    public void An_empty_table_has_no_rows() => Assert.Empty(TableFile.Rows(Of([], 0)));

    private static byte[] Elsewhere()
    {
        var chunk = new Fields([(1, "part-0.parquet"), .. Chunk(4, 4, 1).Values]);
        return File([], (2, new object[] { Root(1), Leaf("t") }), (3, 1L), (4, new object[] { Group(1, chunk) }));
    }

    private static byte[] Twice() =>
        File([], (2, new object[] { Root(2), Leaf("t"), Leaf("t") }), (3, 0L), (4, Array.Empty<object>()));

    private static byte[] Miscounted()
    {
        byte[] page = Page(2, 0, Plain("a", "b"));
        return File(
            page,
            (2, new object[] { Root(1), Leaf("t") }),
            (3, 7L),
            (4, new object[] { Group(2, Chunk(4, page.Length, 2)) })
        );
    }

    private static byte[] Few()
    {
        byte[] page = Page(1, 0, Plain("a"));
        return File(
            page,
            (2, new object[] { Root(1), Leaf("t") }),
            (3, 2L),
            (4, new object[] { Group(2, Chunk(4, page.Length, 1)) })
        );
    }

    // 42.parquet: every row group unpacks the same pages again.
    private static byte[] Repeated()
    {
        byte[] pages = [.. Dictionary(1, Plain(new string('x', 10_000))), .. Page(1000, 8, [1, 0xd0, 0x0f, 0])];
        object[] groups = [.. Enumerable.Range(0, 200).Select(_ => Group(1000, Chunk(4, pages.Length, 1000)))];
        return File(pages, (2, new object[] { Root(1), Leaf("t") }), (3, 200_000L), (4, groups));
    }

    // A run of a million rows with one value of the dictionary.
    private static byte[] Long() =>
        Of([.. Dictionary(1, Plain(new string('x', 10_000))), .. Page(1_000_000, 8, [1, 0x80, 0x89, 0x7a, 0])], 1_000_000);

    // Blocks of equal differences, which take no bits.
    private static byte[] Differences() => [0x80, 0x80, 0x04, 0x01, 0x80, 0x80, 0x80, 0x20, 0, .. new byte[4096]];

    // Each run of levels is one entry after the other of a single list.
    private static byte[] Nulls()
    {
        const int Count = 500_000_000;
        byte[] run = [0x80, 0x94, 0xeb, 0xdc, 0x03]; // Count, shifted by one
        byte[] repetitions = [.. Run([2, 0, .. run, 1])];
        byte[] definitions = [.. Run([.. run, 1, 2, 1])];
        byte[] page = Page(Count + 1, 0, [.. repetitions, .. definitions]);
        return File(
            page,
            (
                2,
                new object[]
                {
                    Root(1),
                    new Fields((3, 0L), (4, "l"), (5, 1L), (6, 3L)),
                    new Fields((3, 2L), (4, "list"), (5, 1L)),
                    Leaf("element", repetition: 1),
                }
            ),
            (3, 1L),
            (4, new object[] { Group(1, Chunk(4, page.Length, Count + 1)) })
        );
        static byte[] Run(byte[] bytes) => [.. BitConverter.GetBytes(bytes.Length), .. bytes];
    }
}
