using System.Text;
using Simper.Testing;
using Simper.Text.Preferences;

namespace Simper.Text.Tests.Preferences;

public class PreferenceDatasetTests
{
    private static PreferenceDataset Open(string content, string name = "rows.jsonl") =>
        OpenBytes(Encoding.UTF8.GetBytes(content), name);

    private static PreferenceDataset OpenBytes(byte[] content, string name = "rows.jsonl")
    {
        string folder = Directory.CreateTempSubdirectory("simper-test-").FullName;
        try
        {
            File.WriteAllBytes(Path.Combine(folder, name), content);
            return PreferenceDataset.Open(Path.Combine(folder, name));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string Error(string content) => Assert.Throws<SimperException>(() => Open(content)).Message;

    private const string Good = """{"prompt": "a", "chosen": "b", "rejected": "c"}""";

    [Fact]
    public void All_2312_rows_of_hh_rlhf_are_read()
    {
        PreferenceDataset dataset = PreferenceDataset.Open(SharedFiles.Path("data", "hh-rlhf", "harmless-base-test.jsonl.gz"));
        Assert.Equal(2312, dataset.Rows);
        Assert.Equal(dataset.Rows, dataset.Count + dataset.Dropped.Count);
        Assert.True(dataset.Count > 2290, string.Join("; ", dataset.Dropped.Select(d => $"{d.Place}: {d.Reason}")));
        Assert.All(dataset, g => Assert.Equal("user", g.Prompt[0].Role));
    }

    [Theory]
    [InlineData("dpo_en_demo.json.gz", 300)]
    [InlineData("dpo_zh_demo.json.gz", 300)]
    [InlineData("alpaca_en_demo.json.gz", 999)]
    [InlineData("kto_en_demo.json.gz", 300)]
    public void Other_published_files_are_read(string file, int rows) =>
        Assert.Equal(rows, PreferenceDataset.Open(SharedFiles.Path("data", "llama-factory", file)).Rows);

    [Fact]
    public void Rows_that_teach_nothing_are_left_out_with_their_reason()
    {
        PreferenceDataset dataset = Open(
            $$"""
            {{Good}}
            {"prompt": "a", "chosen": "", "rejected": "c"}

            {"prompt": "a", "chosen": "b", "rejected": "b"}
            """
        );
        Assert.Single(dataset);
        Assert.Equal([(2, "an answer is empty"), (4, "the answers are equal")], dataset.Dropped.Select(d => (d.Row, d.Reason)));
    }

    [Fact]
    public void A_byte_order_mark_and_windows_line_ends_do_no_harm() =>
        Assert.Equal(2, OpenBytes([.. Encoding.UTF8.Preamble, .. Encoding.UTF8.GetBytes(Good + "\r\n" + Good + "\r\n")]).Count);

    [Fact]
    public void Lines_and_arrays_are_told_apart_by_content_not_by_name()
    {
        Assert.Equal(2, Open($"[{Good}, {Good}]", "rows.jsonl").Count);
        Assert.Equal(2, Open($"{Good}\n{Good}", "rows.json").Count);
    }

    [Theory]
    [InlineData("{\"prompt\": \"a\", \"chosen\": \"b\"", "line 1: it is not valid JSON")]
    [InlineData("{\"prompt\": \"a\", \"prompt\": \"b\", \"chosen\": \"b\", \"rejected\": \"c\"}", "a key stands twice")]
    [InlineData("7", "a row has to be a JSON object")]
    [InlineData("{\"prompt\": 7, \"chosen\": \"b\", \"rejected\": \"c\"}", "\"prompt\" has to be a list of messages")]
    [InlineData("{\"text\": \"a\"}", "the column text alone is no layout")]
    [InlineData("{\"chosen\": \"The sky is blue.\", \"rejected\": \"The sky is black.\"}", "add a column prompt")]
    [InlineData("{\"prompt\": [{\"role\": \"user\"}, 3], \"chosen\": [], \"rejected\": []}", "prompt[1]")]
    [InlineData("{\"prompt\": \"a\", \"chosen\": \"\\ud800\", \"rejected\": \"c\"}", "line 1:")]
    [InlineData("", "holds no rows")]
    public void What_is_wrong_is_said_with_its_place(string content, string expected) =>
        Assert.Contains(expected, Error(content), StringComparison.Ordinal);

    [Fact]
    public void Deep_nesting_bad_utf8_and_truncated_gzip_are_refused()
    {
        Assert.Contains("line 1", Error("{\"prompt\": " + new string('[', 100_000)), StringComparison.Ordinal);
        Assert.Contains(
            "UTF-8",
            Assert.Throws<SimperException>(() => OpenBytes([.. "{\"prompt\": \""u8, 0xff, 0xfe, .. "\"}"u8])).Message,
            StringComparison.Ordinal
        );
        using var packed = new MemoryStream();
        using (
            var zip = new System.IO.Compression.GZipStream(
                packed,
                System.IO.Compression.CompressionMode.Compress,
                leaveOpen: true
            )
        )
            zip.Write(
                Encoding.UTF8.GetBytes(
                    string.Concat(Enumerable.Range(0, 500).Select(i => $"{Good[..^1]}, \"n\": {i * 7919 % 1000}}}\n"))
                )
            );
        Assert.Throws<SimperException>(() => OpenBytes(packed.ToArray()[..^30], "rows.jsonl.gz"));
        Assert.Throws<SimperException>(() => OpenBytes("no gzip"u8.ToArray(), "rows.jsonl.gz"));
    }

    [Fact]
    public void A_row_of_another_layout_stops_with_its_line() =>
        Assert.Contains(
            "line 2",
            Error(
                Good
                    + "\n{\"messages\": [{\"role\": \"user\", \"content\": \"a\"}, {\"role\": \"assistant\", \"content\": "
                    + "\"b\"}]}"
            ),
            StringComparison.Ordinal
        );

    [Fact]
    public void A_split_is_a_partition_the_same_for_the_same_seed()
    {
        PreferenceDataset dataset = Open(
            string.Concat(
                Enumerable.Range(0, 100).Select(i => $"{{\"prompt\": \"{i}\", \"chosen\": \"b\", \"rejected\": \"c\"}}\n")
            )
        );
        (PreferenceDataset train, PreferenceDataset heldOut) = dataset.Split(0.2, seed: 7);
        Assert.Equal((80, 20), (train.Count, heldOut.Count));
        Assert.Equal(Enumerable.Range(1, 100), train.Concat(heldOut).Select(g => g.Row).Order());
        Assert.Equal(heldOut.Select(g => g.Row), dataset.Split(20, seed: 7).HeldOut.Select(g => g.Row));
        Assert.NotEqual(heldOut.Select(g => g.Row), dataset.Split(20, seed: 8).HeldOut.Select(g => g.Row));
        Assert.Throws<SimperException>(() => dataset.Split(100, seed: 7));
    }
}
