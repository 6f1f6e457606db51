using System.Text;
using Simper.Testing;
using Simper.Text.Preferences;

namespace Simper.Text.Tests.Preferences.Cache;

/// <summary>What is kept of a data set is what reading it shows, and is made again when it must be.</summary>
public sealed class DatasetCacheTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("simper-test-").FullName;

    private string CacheFolder => Path.Combine(_folder, "cache");

    private DatasetOptions Options => new() { CacheFolder = CacheFolder };

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("jsonl/strings_system.jsonl")] // read again by offset
    [InlineData("json/kto_messages.json")] // the others from a copy
    [InlineData("parquet/tools_trl.parquet")]
    [InlineData("csv/shp")]
    [InlineData("containers/messages")]
    public void The_second_time_it_is_what_it_was_the_first_time(string of)
    {
        string formats = SharedFiles.Path("golden", "data", "formats", of);
        string[] files = Directory.Exists(formats)
            ? [.. Directory.GetFileSystemEntries(formats).Order(StringComparer.Ordinal)]
            : [formats];
        Assert.NotEmpty(files);
        foreach (string file in files)
        {
            PreferenceDataset plain = PreferenceDataset.Open(file);
            PreferenceDataset first = PreferenceDataset.Open(file, Options);
            Dictionary<string, DateTime> kept = Kept();
            PreferenceDataset second = PreferenceDataset.Open(file, Options);
            Assert.Equal(kept, Kept());
            ExpectSame(plain, first);
            ExpectSame(plain, second);
        }
    }

    [Fact]
    public void Rows_that_are_dropped_and_columns_that_are_not_read_are_kept_too()
    {
        string file = Rows(
            """{"prompt": "a", "chosen": "b", "rejected": "c", "note": "d"}""",
            """{"prompt": "a", "chosen": "b", "rejected": "b", "note": "d"}""",
            """{"prompt": "a", "chosen": "", "rejected": "b", "note": "d"}"""
        );
        PreferenceDataset first = PreferenceDataset.Open(file, Options);
        Assert.Equal(2, first.Dropped.Count);
        Assert.Equal(["note"], first.UnusedColumns);
        ExpectSame(first, PreferenceDataset.Open(file, Options));
    }

    [Fact]
    public void A_file_that_changed_is_read_again_though_its_size_and_name_did_not()
    {
        string file = Rows("""{"prompt": "a", "chosen": "b", "rejected": "c"}""");
        Assert.Equal("b", PreferenceDataset.Open(file, Options)[0].Answers[0][0].Content);
        Rows("""{"prompt": "a", "chosen": "d", "rejected": "c"}""");
        Assert.Equal("d", PreferenceDataset.Open(file, Options)[0].Answers[0][0].Content);
        File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddHours(-2)); // from now on its hash is kept
        Assert.Equal("d", PreferenceDataset.Open(file, Options)[0].Answers[0][0].Content);
        Assert.Single(Directory.GetFiles(CacheFolder, "*.hash"));
        Rows("""{"prompt": "a", "chosen": "e", "rejected": "c"}""");
        Assert.Equal("e", PreferenceDataset.Open(file, Options)[0].Answers[0][0].Content);
    }

    [Fact]
    public void How_rows_are_read_is_part_of_what_they_are_kept_under()
    {
        string file = Rows("""{"prompt": "a", "chosen": "b", "rejected": "c", "other": "d"}""");
        Assert.Equal("b", PreferenceDataset.Open(file, Options)[0].Answers[0][0].Content);
        DatasetOptions renamed = Options with { Columns = ColumnMap.Parse("prompt,chosen=other,rejected") };
        Assert.Equal("d", PreferenceDataset.Open(file, renamed)[0].Answers[0][0].Content);
        Assert.Equal("b", PreferenceDataset.Open(file, Options)[0].Answers[0][0].Content);
    }

    [Theory]
    [InlineData("*.index")]
    [InlineData("*.rows")]
    public void What_is_damaged_is_made_again(string which)
    {
        string file = Path.Combine(_folder, "rows.json");
        File.WriteAllText(file, """[{"prompt": "a", "chosen": "b", "rejected": "c"}]""");
        PreferenceDataset first = PreferenceDataset.Open(file);
        ExpectSame(first, PreferenceDataset.Open(file, Options));
        string kept = Assert.Single(Directory.GetFiles(CacheFolder, which));
        byte[] bytes = File.ReadAllBytes(kept);
        for (int i = 0; i < bytes.Length; i += 3)
        {
            byte[] flipped = [.. bytes];
            flipped[i] ^= 16;
            File.WriteAllBytes(kept, flipped);
            ExpectSame(first, PreferenceDataset.Open(file, Options));
            Assert.Equal(bytes, File.ReadAllBytes(kept));
            File.WriteAllBytes(kept, bytes[..i]);
            ExpectSame(first, PreferenceDataset.Open(file, Options));
            Assert.Equal(bytes, File.ReadAllBytes(kept));
        }
        File.Delete(kept);
        ExpectSame(first, PreferenceDataset.Open(file, Options));
        Assert.True(File.Exists(kept));
    }

    [Fact]
    public void Reading_that_fails_or_is_stopped_leaves_nothing_behind()
    {
        string wrong = Path.Combine(_folder, "wrong.json");
        File.WriteAllText(
            wrong,
            $"[{string.Concat(Enumerable.Repeat("""{"prompt": "a", "chosen": "b", "rejected": "c"},""", 600))}{{}}]"
        );
        Assert.Throws<SimperException>(() => PreferenceDataset.Open(wrong, Options));
        Assert.Empty(Directory.GetFiles(CacheFolder));

        string right = Path.Combine(_folder, "right.json");
        File.WriteAllText(right, """[{"prompt": "a", "chosen": "b", "rejected": "c"}]""");
        Assert.Throws<OperationCanceledException>(() =>
            PreferenceDataset.Open(right, Options, new CancellationToken(canceled: true))
        );
        Assert.Empty(Directory.GetFiles(CacheFolder));
    }

    [Fact]
    public void A_folder_that_cannot_be_made_costs_only_time()
    {
        string file = Rows("""{"prompt": "a", "chosen": "b", "rejected": "c"}""");
        Assert.Single(PreferenceDataset.Open(file, Options with { CacheFolder = Path.Combine(file, "cache") }));
    }

    private string Rows(params string[] rows)
    {
        string file = Path.Combine(_folder, "rows.jsonl");
        File.WriteAllText(file, string.Join('\n', rows) + "\n", new UTF8Encoding(false));
        return file;
    }

    private Dictionary<string, DateTime> Kept() => Directory.GetFiles(CacheFolder).ToDictionary(f => f, File.GetLastWriteTimeUtc);

    private static void ExpectSame(PreferenceDataset expected, PreferenceDataset found)
    {
        Assert.Equal(
            (expected.Count, expected.Rows, expected.Layout, expected.Fingerprint),
            (found.Count, found.Rows, found.Layout, found.Fingerprint)
        );
        Assert.Equal(expected.Dropped, found.Dropped);
        Assert.Equal(expected.UnusedColumns, found.UnusedColumns);
        Assert.Equal(expected.Hashes.Prompts.ToArray(), found.Hashes.Prompts.ToArray());
        Assert.Equal(expected.Hashes.Wholes.ToArray(), found.Hashes.Wholes.ToArray());
        for (int i = 0; i < expected.Count; i++)
        {
            Assert.Equal(expected.PlaceOf(i), found.PlaceOf(i));
            Assert.Equal(expected.Hashes.AnswersOf(i).ToArray(), found.Hashes.AnswersOf(i).ToArray());
            Assert.Equal(expected[i].Prompt.Select(m => m.Content), found[i].Prompt.Select(m => m.Content));
            Assert.Equal(
                expected[i].Answers.SelectMany(a => a).Select(m => m.Content),
                found[i].Answers.SelectMany(a => a).Select(m => m.Content)
            );
        }
    }
}
