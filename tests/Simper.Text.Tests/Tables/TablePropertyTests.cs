using System.Text;
using System.Text.Json;
using global::Parquet;
using CsCheck;
using global::Parquet.Serialization;

namespace Simper.Text.Tests.Tables;

/// <summary>Whatever the cells are: written as a table and read as rows, they are what they were.</summary>
public class TablePropertyTests
{
    private static readonly Gen<string> Letter = Of("a", "\u00e9", "\ud83d\ude00", "\"", ",", ";", "\t", "\n", "\r\n", " ", "1");
    private static readonly Gen<string> Words = Letter.Array[1, 12].Select(l => string.Concat(l));

    private static Gen<T> Of<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private sealed class Message
    {
        public string? role { get; set; }
        public List<long>? ids { get; set; }
    }

    private sealed class Row
    {
        public string? prompt { get; set; }
        public List<Message>? chosen { get; set; }
        public double? score { get; set; }
    }

    [Fact]
    public void Cells_of_csv_come_back() =>
        Gen.Select(Words.Array[3].List[1, 30], Of(',', ';', '\t', '|'), Of("\n", "\r\n"))
            .Sample(
                (rows, delimiter, end) =>
                {
                    string Line(IEnumerable<string> cells) =>
                        string.Join(delimiter, cells.Select(c => $"\"{c.Replace("\"", "\"\"", StringComparison.Ordinal)}\""))
                        + end;
                    string text = Line(["prompt", "chosen", "rejected"]) + string.Concat(rows.Select(Line));
                    TableFile.Same(
                        rows.Select(r =>
                            JsonSerializer.Serialize(
                                new
                                {
                                    prompt = r[0],
                                    chosen = r[1],
                                    rejected = r[2],
                                }
                            )
                        ),
                        TableFile.Rows(Encoding.UTF8.GetBytes(text), "a.csv")
                    );
                },
                iter: 300
            );

    [Fact]
    public void Nested_rows_of_parquet_come_back()
    {
        Gen<Message> message = Gen.Select(Words.Null(), Gen.Long.List[0, 3].Null(), (r, i) => new Message { role = r, ids = i });
        Gen.Select(
                Gen.Select(
                    Words.Null(),
                    message.List[0, 3].Null(),
                    Gen.Double[-1e9, 1e9].Select(d => (double?)(Math.Floor(d) + 0.5)),
                    (p, c, s) =>
                        new Row
                        {
                            prompt = p,
                            chosen = c,
                            score = s,
                        }
                ).List[1, 40],
                Of(CompressionMethod.None, CompressionMethod.Snappy, CompressionMethod.Zstd),
                Gen.Int[1, 20]
            )
            .Sample(
                (rows, codec, group) =>
                {
                    using var file = new MemoryStream();
                    ParquetSerializer
                        .SerializeAsync(rows, file, new ParquetOptions { CompressionMethod = codec, RowGroupSize = group })
                        .GetAwaiter()
                        .GetResult();
                    TableFile.Same(rows.Select(r => JsonSerializer.Serialize(r)), TableFile.Rows(file.ToArray()));
                },
                iter: 200
            );
    }
}
