using System.Text.Json.Nodes;
using Simper.Testing;
using Simper.Text.Tokenization;

namespace Simper.Text.Tests.Tokenization;

/// <summary>Real tokenizers against the ids of Hugging Face's tokenizers library and of llama.cpp: none may be wrong.</summary>
public class ReferenceVectorTests
{
    private static readonly Dictionary<string, string[]> Files = new()
    {
        ["gpt2"] = ["data", "tokenizers", "gpt2", "tokenizer.json.gz"],
        ["qwen3"] = ["data", "tokenizers", "qwen3", "tokenizer.json.gz"],
        ["stories260K"] = ["data", "stories260K-hf", "tokenizer.json"],
        ["smollm2"] = ["models", "smollm2-135m-instruct", "tokenizer.json"],
    };

    private static readonly Dictionary<string, Lazy<Tokenizer>> Loaded = Files.ToDictionary(
        f => f.Key,
        f => new Lazy<Tokenizer>(() => Tokenizer.Load(SharedFiles.Path(f.Value)))
    );

    private static int[] Ids(JsonNode node) => [.. node.AsArray().Select(n => (int)n!)];

    private static JsonNode Read(params string[] parts) => JsonNode.Parse(File.ReadAllText(SharedFiles.Path(parts)))!;

    [Theory]
    [InlineData("gpt2")]
    [InlineData("qwen3")]
    [InlineData("stories260K")]
    public void Ids_and_decoded_texts_are_the_reference_s(string name)
    {
        Tokenizer tokenizer = Loaded[name].Value;
        foreach (JsonNode? vector in Read("data", "tokenizers", "vectors.json")["vectors"]![name]!.AsArray())
        {
            string text = (string)vector!["text"]!;
            Assert.Equal(Ids(vector["ids"]!), tokenizer.EncodeToIds(text, addSpecialTokens: true));
            Assert.Equal(Ids(vector["ids_without_special"]!), tokenizer.EncodeToIds(text));
            Assert.Equal((string)vector["decoded_skip_special"]!, tokenizer.Decode(Ids(vector["ids"]!), skipSpecialTokens: true));
            Assert.Equal(
                vector["tokens"]!.AsArray().Select(t => (string?)t),
                Ids(vector["ids_without_special"]!).Select(tokenizer.TokenOf)
            );
            ExpectIncremental(tokenizer, Ids(vector["ids"]!));
            ExpectOffsets(tokenizer, text);
        }
    }

    [Fact]
    public void SmolLm2_gives_the_ids_and_texts_of_its_own_file()
    {
        Tokenizer tokenizer = Loaded["smollm2"].Value;
        foreach (JsonNode? case_ in Read("golden", "smollm2", "tokens.json")["cases"]!.AsArray())
        {
            string text = (string)case_!["text"]!;
            Assert.Equal(Ids(case_["ids"]!), tokenizer.EncodeToIds(text));
            Assert.Equal((string)case_["decoded"]!, tokenizer.Decode(Ids(case_["ids"]!)));
            ExpectIncremental(tokenizer, Ids(case_["ids"]!));
            ExpectOffsets(tokenizer, text);
        }
    }

    [Fact]
    public void A_whole_source_file_gives_every_one_of_its_11378_ids()
    {
        string text = File.ReadAllText(SharedFiles.Path("data", "tokenizers", "gpt2", "lib.rs.txt"));
        int[] expected = Ids(Read("data", "tokenizers", "gpt2", "tokens_gpt2.json"));
        Assert.Equal(expected, Loaded["gpt2"].Value.EncodeToIds(text));
        Assert.Equal(text, Loaded["gpt2"].Value.Decode(expected));
    }

    [Theory]
    [InlineData("gpt2", "gpt-2.out")]
    [InlineData("qwen3", "qwen2.out")]
    public void Llama_cpp_s_hard_texts_give_its_ids(string name, string answers)
    {
        string[] texts = File.ReadAllText(SharedFiles.Path("data", "tokenizers", "llama.cpp", "tests.inp"))
            .Split("\n__ggml_vocab_test__\n");
        string[] lines = File.ReadAllLines(SharedFiles.Path("data", "tokenizers", "llama.cpp", answers));
        Assert.True(lines.Length >= 46 && texts.Length >= lines.Length);
        for (int i = 0; i < lines.Length; i++)
            Assert.Equal(lines[i].Trim(), string.Join(' ', Loaded[name].Value.EncodeToIds(texts[i])));
    }

    [Theory(Timeout = 300_000)]
    [InlineData("gpt2")]
    [InlineData("qwen3")]
    [InlineData("smollm2")]
    [InlineData("stories260K")]
    public async Task A_mebibyte_of_one_thing_is_done_in_time_near_linear(string name)
    {
        // Quadratic merging would take hours; the test's own limit is the judge.
        foreach (string unit in (string[])["a", " ", "^", "😀", "e\u0301", "\u0301", "aB9 "])
        {
            string text = string.Concat(Enumerable.Repeat(unit, (1 << 20) / unit.Length));
            int[] ids = await Task.Run(() => Loaded[name].Value.EncodeToIds(text), TestContext.Current.CancellationToken);
            Assert.Equal(text, name == "qwen3" ? text : Loaded[name].Value.Decode(ids)); // Qwen composes characters first
        }
    }

    private static void ExpectIncremental(Tokenizer tokenizer, int[] ids)
    {
        var decoder = new IncrementalDecoder(tokenizer, skipSpecialTokens: false);
        string pieces = "";
        foreach (int id in ids)
        {
            string piece = decoder.Append(id);
            Assert.False(piece.Length > 0 && char.IsHighSurrogate(piece[^1]), "half a character was given out");
            pieces += piece;
        }
        Assert.Equal(tokenizer.Decode(ids), pieces + decoder.Flush());
    }

    private static void ExpectOffsets(Tokenizer tokenizer, string text)
    {
        Encoding encoding = tokenizer.Encode(text);
        int last = 0;
        foreach ((int start, int end) in encoding.Offsets)
        {
            Assert.InRange(start, last, text.Length);
            Assert.InRange(end, start, text.Length);
            last = start;
        }
        if (encoding.Offsets.Length > 0)
            Assert.Equal(text.Length, encoding.Offsets.Max(o => o.End));
    }
}
