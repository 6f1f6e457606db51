using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using Simper.Text.Tokenization;

namespace Simper.Text.Tests.Tokenization;

/// <summary>Broken and hostile files are refused with a sentence that names the file and the place.</summary>
public class HostileFileTests
{
    private const string Model = """{"type":"BPE","unk_token":"<unk>","vocab":{"<unk>":0,"a":1,"b":2,"ab":3},"merges":["a b"]}""";

    private static Tokenizer Parse(string json) => Tokenizer.Parse(System.Text.Encoding.UTF8.GetBytes(json), "its.json");

    private static Tokenizer With(string key, string value)
    {
        var file = new JsonObject { ["model"] = JsonNode.Parse(Model) };
        string[] path = key.Split('.');
        JsonObject at = file;
        foreach (string part in path[..^1])
            at = (JsonObject)at[part]!;
        at[path[^1]] = JsonNode.Parse(value);
        return Parse(file.ToJsonString());
    }

    [Theory]
    [InlineData("model", "7", "$.model")]
    [InlineData("model.type", "\"Morfessor\"", "$.model.type")]
    [InlineData("model.vocab", "[]", "$.model.vocab")]
    [InlineData("model.vocab", """{"a":-1}""", "$.model.vocab[\"a\"]")]
    [InlineData("model.vocab", """{"a":1.5}""", "$.model.vocab[\"a\"]")]
    [InlineData("model.vocab", """{"a":4000000}""", "$.model.vocab[\"a\"]")]
    [InlineData("model.vocab", """{"a":99999999999}""", "$.model.vocab[\"a\"]")]
    [InlineData("model.vocab", """{"a":1,"b":1}""", "$.model.vocab[\"b\"]")]
    [InlineData("model.merges", """["a c"]""", "$.model.merges[0]")]
    [InlineData("model.merges", """["a b","b a"]""", "$.model.merges[1]")]
    [InlineData("model.merges", """["ab"]""", "$.model.merges[0]")]
    [InlineData("model.merges", """[["a","b","ab"]]""", "$.model.merges[0]")]
    [InlineData("model.merges", """[3]""", "$.model.merges[0]")]
    [InlineData("model.unk_token", "\"?\"", "$.model.unk_token")]
    [InlineData("model.dropout", "0.1", "$.model.dropout")]
    [InlineData("model.byte_fallback", "\"yes\"", "$.model.byte_fallback")]
    [InlineData("model.end_of_word_suffix", "7", "$.model.end_of_word_suffix")]
    [InlineData(
        "model",
        """{"type":"BPE","vocab":{"a":0},"merges":[],"byte_fallback":true,"end_of_word_suffix":"</w>"}""",
        "$.model.byte_fallback"
    )]
    [InlineData("model", """{"type":"Unigram","unk_id":2,"vocab":[["a",0],["b",-1]]}""", "$.model.unk_id")]
    [InlineData("model", """{"type":"Unigram","unk_id":0,"vocab":[["a",0],["a",-1]]}""", "$.model.vocab[1][0]")]
    [InlineData("model", """{"type":"Unigram","unk_id":0,"vocab":[["a"]]}""", "$.model.vocab[0]")]
    [InlineData("model", """{"type":"WordLevel","unk_token":"b","vocab":{"a":0}}""", "$.model.unk_token")]
    [InlineData("added_tokens", """[{"id":4,"content":""}]""", "$.added_tokens[0].content")]
    [InlineData("added_tokens", """[{"content":"x"}]""", "$.added_tokens[0].id")]
    [InlineData("added_tokens", """[{"id":4000000,"content":"x"}]""", "$.added_tokens[0].id")]
    [InlineData("added_tokens", """[{"id":2,"content":"a"}]""", "$.added_tokens[0].id")]
    [InlineData("added_tokens", """[{"id":1,"content":"x"}]""", "$.added_tokens[0].id")]
    [InlineData("added_tokens", """[{"id":4,"content":"x"},{"id":4,"content":"y"}]""", "$.added_tokens[1].id")]
    [InlineData("added_tokens", """[{"id":4,"content":"x"},{"id":5,"content":"x"}]""", "$.added_tokens[1].id")]
    [InlineData("normalizer", """{"type":"Precompiled","precompiled_charsmap":"AA=="}""", "$.normalizer.precompiled_charsmap")]
    [InlineData("normalizer", """{"type":"Precompiled","precompiled_charsmap":"?"}""", "$.normalizer.precompiled_charsmap")]
    [InlineData("normalizer", """{"type":"Precompiled","precompiled_charsmap":null}""", "$.normalizer.precompiled_charsmap")]
    [InlineData(
        "normalizer",
        """{"type":"Precompiled","precompiled_charsmap":"/////wAAAAAAAAAA"}""",
        "$.normalizer.precompiled_charsmap"
    )]
    [InlineData("pre_tokenizer", """{"type":"UnicodeScripts"}""", "$.pre_tokenizer.type")]
    [InlineData("pre_tokenizer", """{"type":"Sequence","pretokenizers":[null]}""", "$.pre_tokenizer.pretokenizers[0]")]
    [InlineData("normalizer", """{"type":"Sequence","normalizers":[null]}""", "$.normalizer.normalizers[0]")]
    [InlineData("decoder", """{"type":"Sequence","decoders":[null]}""", "$.decoder.decoders[0]")]
    [InlineData("pre_tokenizer", """{"type":"FixedLength","length":0}""", "$.pre_tokenizer.length")]
    [InlineData("decoder", """{"type":"BPEDecoder","suffix":""}""", "$.decoder.suffix")]
    [InlineData("decoder", """{"type":"Replace","pattern":{"Regex":"("},"content":""}""", "$.decoder.pattern")]
    [InlineData(
        "normalizer",
        """{"type":"Sequence","normalizers":[{"type":"NFC"},{"type":"?"}]}""",
        "$.normalizer.normalizers[1].type"
    )]
    [InlineData("normalizer", """{"type":"Replace","pattern":{"String":""},"content":"x"}""", "$.normalizer.pattern")]
    [InlineData("normalizer", """{"type":"Replace","pattern":{"Regex":"("},"content":"x"}""", "$.normalizer.pattern")]
    [InlineData(
        "pre_tokenizer",
        """{"type":"Split","pattern":{"Regex":"[a&&b]"},"behavior":"Isolated"}""",
        "$.pre_tokenizer.pattern"
    )]
    [InlineData(
        "pre_tokenizer",
        """{"type":"Split","pattern":{"Regex":"a"},"behavior":"Shredded"}""",
        "$.pre_tokenizer.behavior"
    )]
    [InlineData(
        "post_processor",
        """{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<s>"}}],"special_tokens":{}}""",
        "$.post_processor.single[0].SpecialToken.id"
    )]
    [InlineData(
        "post_processor",
        """{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"s"}}],"special_tokens":{"s":{"ids":[9]}}}""",
        "$.post_processor.special_tokens.s.ids[0]"
    )]
    [InlineData("post_processor", """{"type":"BertProcessing","cls":[],"sep":["a",1]}""", "$.post_processor.cls")]
    [InlineData("decoder", """{"type":"CTC"}""", "$.decoder.type")]
    [InlineData("decoder", """{"type":"Strip","content":"ab","start":1}""", "$.decoder.content")]
    public void What_is_wrong_is_named_with_its_place(string key, string value, string place)
    {
        string message = Assert.Throws<SimperException>(() => With(key, value)).Message;
        Assert.StartsWith("its.json: " + place, message);
        Assert.EndsWith(".", message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("{\"model\":{\"type\":\"BPE\",\"vocab\":{\"\\ud800\":0},\"merges\":[]}}")]
    public void What_is_no_tokenizer_is_refused(string json) =>
        Assert.StartsWith("its.json", Assert.Throws<SimperException>(() => Parse(json)).Message);

    [Fact]
    public void Without_an_unknown_token_an_unknown_character_is_refused()
    {
        Tokenizer tokenizer = With("model", """{"type":"Unigram","unk_id":null,"vocab":[["a",0],["ab",-1]]}""");
        Assert.Equal([1, 0], tokenizer.EncodeToIds("aba"));
        Assert.Contains("unk_id", Assert.Throws<SimperException>(() => tokenizer.EncodeToIds("abc")).Message);
    }

    [Fact]
    public void Deep_nesting_is_refused_without_a_stack_overflow()
    {
        string deep = string.Concat(Enumerable.Repeat("{\"type\":\"Sequence\",\"normalizers\":[", 50_000));
        Assert.Throws<SimperException>(() => Parse($"{{\"normalizer\":{deep}"));
    }

    [Fact]
    public void More_than_a_million_tokens_are_refused()
    {
        var json = new StringBuilder("{\"model\":{\"type\":\"BPE\",\"merges\":[],\"vocab\":{");
        for (int i = 0; i <= 1_000_000; i++)
            json.Append(CultureInfo.InvariantCulture, $"\"{i}\":{i},");
        json.Length--;
        Assert.Contains(
            "at most 1000000 tokens; it has 1000001",
            Assert.Throws<SimperException>(() => Parse(json.Append("}}}").ToString())).Message
        );
    }

    [Fact]
    public void A_file_that_unpacks_to_gigabytes_is_refused()
    {
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".gz");
        try
        {
            using (var zip = new GZipStream(File.Create(path), CompressionLevel.Fastest))
            {
                var zeros = new byte[1 << 20];
                for (int i = 0; i < 300; i++)
                    zip.Write(zeros);
            }
            Assert.Contains("unpacks to more than 256 MB", Assert.Throws<SimperException>(() => Tokenizer.Load(path)).Message);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void A_missing_file_is_named() =>
        Assert.StartsWith(
            "/no/such/tokenizer.json",
            Assert.Throws<SimperException>(() => Tokenizer.Load("/no/such/tokenizer.json")).Message
        );

    [Fact]
    public void A_chain_of_replacements_cannot_fill_the_memory()
    {
        string step = $$"""{"type":"Replace","pattern":{"String":"a"},"content":"{{new string('a', 64)}}"}""";
        string steps = string.Join(',', Enumerable.Repeat(step, 12));
        Assert.Contains(
            "not safe",
            Assert
                .Throws<SimperException>(() =>
                    With("normalizer", $$"""{"type":"Sequence","normalizers":[{{steps}}]}""").Encode("aaaa")
                )
                .Message
        );
        Assert.Contains(
            "not safe",
            Assert
                .Throws<SimperException>(() =>
                    With("decoder", $$"""{"type":"Sequence","decoders":[{{steps}}]}""").Decode([1, 1, 1])
                )
                .Message
        );
    }

    [Fact(Timeout = 120_000)]
    public async Task A_pattern_that_backtracks_for_ever_is_stopped()
    {
        Tokenizer tokenizer = With("pre_tokenizer", """{"type":"Split","pattern":{"Regex":"(a|aa)+$"},"behavior":"Isolated"}""");
        string message = (
            await Assert.ThrowsAsync<SimperException>(() =>
                Task.Run(() => tokenizer.Encode(new string('a', 60) + "b"), TestContext.Current.CancellationToken)
            )
        ).Message;
        Assert.StartsWith("its.json: $.pre_tokenizer.pattern", message);
    }

    [Fact(Timeout = 120_000)]
    public async Task Long_added_tokens_that_nearly_match_everywhere_cost_linear_time()
    {
        var tokens = new JsonArray();
        for (int i = 0; i < 200; i++)
            tokens.Add(
                new JsonObject
                {
                    ["id"] = 10 + i,
                    ["content"] = new string('a', 2000 + i) + "b",
                    ["special"] = true,
                }
            );
        Tokenizer tokenizer = With("added_tokens", tokens.ToJsonString());
        string text = new string('a', 1 << 20) + "b";
        int[] ids = await Task.Run(() => tokenizer.EncodeToIds(text), TestContext.Current.CancellationToken);
        Assert.Equal(10 + 199, ids[^1]);
    }
}
