using System.Text;
using global::Parquet;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using global::Parquet.Serialization;
using Simper.Testing;
using Simper.Text.Preferences;

namespace Simper.Text.Tests.Tables;

/// <summary>
/// Tables and packed files with a few bytes changed, cut, doubled or exchanged: read, or refused by a sentence that names the
/// file.
/// </summary>
public sealed class TableMutationTests : IDisposable
{
    private const int Row = 16;
    private const int MarkBytes = 8; // by which a file is known; a shorter one is an empty text, or one of a few letters

    private readonly string _folder = Directory.CreateTempSubdirectory("simper-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private sealed class Message
    {
        public string? role { get; set; }
        public string? content { get; set; }
    }

    private sealed class Pair
    {
        public string? prompt { get; set; }
        public List<Message>? chosen { get; set; }
        public string? rejected { get; set; }
        public double? score { get; set; }
    }

    private static Pair[] Pairs =>
        [
            .. Enumerable
                .Range(0, 6)
                .Select(i => new Pair
                {
                    prompt = i == 3 ? null : $"prompt {i}",
                    chosen = [.. Enumerable.Range(0, i % 3).Select(c => new Message { role = "user", content = $"text {c}" })],
                    rejected = "no",
                    score = i / 3.0,
                }),
        ];

    private static byte[] ParquetOf(CompressionMethod codec)
    {
        using var file = new MemoryStream();
        ParquetSerializer.SerializeAsync(Pairs, file, new ParquetOptions { CompressionMethod = codec, RowGroupSize = 4 }).Wait();
        return file.ToArray();
    }

    private static byte[] ArrowOf(bool isFile, CompressionCodecType? codec)
    {
        RecordBatch batch = new RecordBatch.Builder()
            .Append("prompt", true, new StringArray.Builder().AppendRange(Pairs.Select(p => p.prompt ?? "")))
            .Append("score", true, new DoubleArray.Builder().AppendRange(Pairs.Select(p => p.score!.Value)))
            .Append("flag", true, new BooleanArray.Builder().AppendRange(Pairs.Select(p => p.prompt is null)))
            .Build();
        return ArrowTests.Written(isFile, codec, batch);
    }

    private static byte[] Lines =>
        Encoding.UTF8.GetBytes(string.Concat(Pairs.Select(p => System.Text.Json.JsonSerializer.Serialize(p) + "\n")));

    private static readonly (string Name, Func<byte[]> Good)[] Kinds =
    [
        ("none.parquet", () => ParquetOf(CompressionMethod.None)),
        ("snappy.parquet", () => ParquetOf(CompressionMethod.Snappy)),
        ("zstd.parquet", () => ParquetOf(CompressionMethod.Zstd)),
        ("gzip.parquet", () => ParquetOf(CompressionMethod.Gzip)),
        ("lz4.parquet", () => ParquetOf(CompressionMethod.Lz4Raw)),
        ("brotli.parquet", () => ParquetOf(CompressionMethod.Brotli)),
        ("stream.arrow", () => ArrowOf(isFile: false, null)),
        ("file.arrow", () => ArrowOf(isFile: true, null)),
        ("zstd.feather", () => ArrowOf(isFile: true, CompressionCodecType.Zstd)),
        ("lz4.feather", () => ArrowOf(isFile: true, CompressionCodecType.Lz4Frame)),
        (
            "rows.csv",
            () => Encoding.UTF8.GetBytes("prompt,chosen,rejected,score\n\"a \"\"b\"\"\nc\",[1],no,1.5\n,x,\u00e9,true\n")
        ),
        ("rows.jsonl.zst", () => PackedBytes.Zstd(Lines)),
        ("rows.jsonl.gz", () => PackedBytes.Gzip(Lines)),
        ("rows.jsonl.bz2", () => PackedBytes.Bzip2(Lines)),
    ];

    public static TheoryData<string> Names => [.. Kinds.Select(k => k.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_changed_file_is_refused_by_a_sentence_or_read(string name)
    {
        byte[] good = System.Array.Find(Kinds, k => k.Name == name).Good();
        string path = Path.Combine(_folder, name);
        MutationRun.Read(
            Row,
            $"bytes of {name}",
            Counts.Of(400, 5_000),
            seed => new Mutator(seed).Text(good),
            file =>
            {
                File.WriteAllBytes(path, file);
                try
                {
                    foreach (RowReader.RawRow row in RowReader.Read(path))
                        _ = RowJson.Parse(row.Utf8, path);
                }
                catch (SimperException e)
                {
                    Assert.Contains(name, e.Message, StringComparison.Ordinal);
                    throw;
                }
            }
        );
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_file_that_is_cut_off_anywhere_is_refused_by_a_sentence(string name)
    {
        byte[] good = System.Array.Find(Kinds, k => k.Name == name).Good();
        string path = Path.Combine(_folder, name);
        for (int length = 0; length < good.Length; length += 1 + good.Length / Counts.Of(100, 1000))
        {
            File.WriteAllBytes(path, good[..length]);
            bool isRead = false;
            try
            {
                foreach (RowReader.RawRow row in RowReader.Read(path))
                    _ = RowJson.Parse(row.Utf8, path);
                isRead = length > MarkBytes;
            }
            catch (SimperException e)
            {
                Assert.Contains(name, e.Message, StringComparison.Ordinal);
            }
            // The end of a text may be anywhere, and streams of Arrow may lack the mark of theirs.
            Assert.False(isRead && name is not ("rows.csv" or "stream.arrow"), $"{name}, {length} of {good.Length} bytes");
        }
    }
}
