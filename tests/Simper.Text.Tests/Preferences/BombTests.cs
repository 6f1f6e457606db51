using System.Text;
using Simper.Testing;
using Simper.Text.Preferences;

namespace Simper.Text.Tests.Preferences;

/// <summary>Small files that would fill the memory or the stack: refused by a limit, with a sentence.</summary>
public sealed class BombTests : IDisposable
{
    private const string Row = """{"prompt": "p", "chosen": "c", "rejected": "r"}""";
    private const long MostAllocated = 1536L << 20; // in all: of a third of a million rows each is parsed

    private readonly string _folder = Directory.CreateTempSubdirectory("simper-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static byte[] Filled(char letter) => [.. Enumerable.Repeat((byte)letter, 1 << 20)];

    private static IEnumerable<byte[]> Many(byte[] part, int times) => Enumerable.Repeat(part, times);

    private static readonly (string What, string Name, string Expected, Func<byte[]> File)[] Bombs =
    [
        ("zeros", "a.jsonl.gz", "unpacks to more than 100 times its size", () => PackedBytes.Gzip(Many(new byte[1 << 20], 300))),
        (
            "one line without an end",
            "a.jsonl.gz",
            "unpacks to more than 100 times its size",
            () => PackedBytes.Gzip([Encoding.ASCII.GetBytes("{\"prompt\": \""), .. Many(Filled('a'), 300)])
        ),
        (
            "a million equal rows",
            "a.jsonl.gz",
            "unpacks to more than 100 times its size",
            () => PackedBytes.Gzip(Many(Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(Row + "\n", 20_000))), 60))
        ),
        (
            "an array of equal rows",
            "a.json.gz",
            "unpacks to more than 100 times its size",
            () =>
                PackedBytes.Gzip([
                    [(byte)'['],
                    .. Many(Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(Row + ",", 20_000))), 60),
                ])
        ),
        (
            "blank lines",
            "a.jsonl.gz",
            "unpacks to more than 100 times its size",
            () => PackedBytes.Gzip([Encoding.ASCII.GetBytes(Row), .. Many(Filled('\n'), 300)])
        ),
        ("a file in a file", "a.jsonl.gz", "binary file", () => PackedBytes.Gzip(PackedBytes.Gzip(Many(new byte[1 << 20], 300)))),
        (
            "arrays in arrays",
            "a.jsonl",
            "line 2",
            () => Encoding.ASCII.GetBytes(Row + "\n{\"prompt\": " + new string('[', 200_000))
        ),
        (
            "objects in objects",
            "a.jsonl",
            "line 2",
            () => Encoding.ASCII.GetBytes(Row + "\n" + string.Concat(Enumerable.Repeat("{\"a\":", 200_000)))
        ),
        ("an array of arrays", "a.json", "a.json", () => Encoding.ASCII.GetBytes(new string('[', 500_000))),
        (
            "Parquet without an end",
            "a.parquet",
            "is damaged: it begins as Parquet and does not end so",
            () => [.. "PAR1"u8, .. new byte[42_000]]
        ),
        ("zstd", "a.jsonl.zst", "is damaged: it is not valid zstd", () => [0x28, 0xb5, 0x2f, 0xfd, .. new byte[100]]),
        ("zeros in zstd", "a.jsonl.zst", "unpacks to more than 100 times its size", () => PackedBytes.Zstd(new byte[64 << 20])),
        ("zeros in bzip2", "a.jsonl.bz2", "unpacks to more than 100 times its size", () => PackedBytes.Bzip2(new byte[20 << 20])),
        ("zip", "a.zip", "is a zip archive", () => [.. "PK\u0003\u0004"u8, .. new byte[100]]),
        ("xz", "a.jsonl.xz", "is damaged: it is not valid xz", () => [0xfd, .. "7zXZ"u8, .. new byte[100]]),
        ("bzip2", "a.jsonl.bz2", "is damaged: it is not valid bzip2", () => [.. "BZh9"u8, .. new byte[100]]),
    ];

    public static TheoryData<string> Names => [.. Bombs.Select(b => b.What)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_bomb_is_refused_by_its_limit(string what)
    {
        (_, string name, string expected, Func<byte[]> make) = Array.Find(Bombs, b => b.What == what);
        string path = Path.Combine(_folder, name);
        byte[] file = make();
        File.WriteAllBytes(path, file);
        long began = System.Diagnostics.Stopwatch.GetTimestamp();
        long before = GC.GetAllocatedBytesForCurrentThread();
        string message = Assert.Throws<SimperException>(() => PreferenceDataset.Open(path)).Message;
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.StartsWith(path, message, StringComparison.Ordinal);
        Assert.Contains(expected, message, StringComparison.Ordinal);
        Assert.True(allocated < MostAllocated, $"{allocated >> 20} MB");
        double took = System.Diagnostics.Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        Counts.Tell(21, $"{what}, {file.Length / 1e3:F1} kB: refused after {took:F0} ms, {allocated / 1e6:F1} MB allocated");
    }

    [Fact]
    public void A_file_that_is_packed_well_is_read()
    {
        string path = Path.Combine(_folder, "a.jsonl.gz");
        File.WriteAllBytes(
            path,
            PackedBytes.Gzip(
                Enumerable
                    .Range(0, 60_000)
                    .Select(i =>
                        Encoding.ASCII.GetBytes(
                            Row.Replace("\"p\"", $"\"{i * 2654435761L:x} {new string('p', 300)}\"", StringComparison.Ordinal)
                                + "\n"
                        )
                    )
            )
        );
        Assert.Equal(60_000, PreferenceDataset.Open(path).Count); // 22 MB, about thirty times its size
    }
}
