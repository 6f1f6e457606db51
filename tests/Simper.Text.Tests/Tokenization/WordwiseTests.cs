using System.IO.Compression;
using System.Text.Json.Nodes;
using CsCheck;
using Simper.Testing;
using Simper.Text.Tokenization;

namespace Simper.Text.Tests.Tokenization;

/// <summary>Word by word, with a cache, a tokenizer gives the ids and parts that its steps give one by one.</summary>
public class WordwiseTests
{
    private static readonly string[] Fragments =
    [
        " ",
        "  ",
        "\n",
        "\r\n\r\n",
        "\t",
        "the",
        " hello",
        " Hello",
        "'s",
        "'LL",
        "2024",
        " 7",
        "½",
        "é",
        "e\u0301",
        "\u0323",
        "İ",
        "日本",
        "한",
        "\u1112\u1161\u11ab",
        "𠀀𐐷",
        "𝒜",
        "👩‍👩‍👧",
        "<s>",
        " <s>",
        "<|im_start|>",
        "<|endoftext|>",
        "<0x41>",
        "▁",
        " ▁",
        "▁ a",
        "Ġ",
        "\ufffd",
        "\ud800",
        "\udc00",
        "\0",
        "=====",
        "{",
        "क्ष",
        "antidisestablishmentarianism-and-so-on-and-so-forth-and-further",
    ];

    private static readonly Gen<string> Texts = Gen.OneOf(
        Gen.Int[0, Fragments.Length - 1].Select(i => Fragments[i]).Array[0, 16].Select(string.Concat),
        Gen.Char[" ▁aeinst\n."].Array[0, 40].Select(c => new string(c)),
        Gen.Int[0, 0x10ffff]
            .Where(c => c is < 0xd800 or > 0xdfff)
            .Select(char.ConvertFromUtf32)
            .Array[0, 12]
            .Select(string.Concat),
        Gen.String
    );

    private static readonly Dictionary<string, string[]> Files = new()
    {
        ["gpt2"] = ["data", "tokenizers", "gpt2", "tokenizer.json.gz"],
        ["qwen3"] = ["data", "tokenizers", "qwen3", "tokenizer.json.gz"],
        ["stories260K"] = ["data", "stories260K-hf", "tokenizer.json"],
        ["smollm2"] = ["models", "smollm2-135m-instruct", "tokenizer.json"],
    };

    private static readonly Dictionary<string, Lazy<(Tokenizer Fast, Tokenizer Stepwise)>> Loaded = Files.ToDictionary(
        f => f.Key,
        f => new Lazy<(Tokenizer, Tokenizer)>(() => Both(Bytes(SharedFiles.Path(f.Value))))
    );

    private static byte[] Bytes(string path)
    {
        using Stream stream = path.EndsWith(".gz", StringComparison.Ordinal)
            ? new GZipStream(File.OpenRead(path), CompressionMode.Decompress)
            : File.OpenRead(path);
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }

    private static (Tokenizer, Tokenizer) Both(byte[] json)
    {
        TokenizerParts parts = TokenizerReader.Read(json, "test");
        Assert.NotNull(WordwiseEncoder.For(parts));
        return (new Tokenizer(parts), new Tokenizer(parts, wordwise: false));
    }

    [Theory]
    [InlineData("gpt2")]
    [InlineData("qwen3")]
    [InlineData("smollm2")]
    [InlineData("stories260K")]
    public void Ids_and_parts_are_those_of_the_steps(string name)
    {
        (Tokenizer fast, Tokenizer stepwise) = Loaded[name].Value;
        Texts.Sample(
            text =>
            {
                (Encoding expected, Encoding got) = (
                    stepwise.Encode(text, addSpecialTokens: true),
                    fast.Encode(text, addSpecialTokens: true)
                );
                Assert.Equal(expected.Ids, got.Ids);
                Assert.Equal(expected.Offsets, got.Offsets);
            },
            iter: 10_000
        );
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Merges_that_cross_a_mark_keep_the_text_whole(bool crosses)
    {
        // "a▁b" as one token: cutting before the mark would lose it.
        string[] tokens = ["<unk>", "▁", "a", "b", "▁b", .. crosses ? ["a▁", "a▁b"] : Array.Empty<string>()];
        var vocabulary = new JsonObject();
        for (int i = 0; i < tokens.Length; i++)
            vocabulary[tokens[i]] = i;
        JsonArray merges = crosses ? ["a ▁", "a▁ b"] : ["▁ b"];
        var file = new JsonObject
        {
            ["normalizer"] = new JsonObject
            {
                ["type"] = "Replace",
                ["pattern"] = new JsonObject { ["String"] = " " },
                ["content"] = "▁",
            },
            ["model"] = new JsonObject
            {
                ["type"] = "BPE",
                ["unk_token"] = "<unk>",
                ["vocab"] = vocabulary,
                ["merges"] = merges,
            },
        };
        byte[] json = System.Text.Encoding.UTF8.GetBytes(file.ToJsonString());
        Assert.Equal(crosses, WordwiseEncoder.For(TokenizerReader.Read(json, "test")) is null);
        Assert.Equal(crosses ? [6] : [2, 4], Tokenizer.Parse(json, "test").EncodeToIds("a b"));
    }

    [Fact]
    public void Few_symbols_are_joined_as_many_are()
    {
        // Behind a thousand lines the same piece has too many symbols for scanning: both ways have to agree.
        TokenizerParts parts = TokenizerReader.Read(Bytes(SharedFiles.Path(Files["smollm2"])), "test");
        var model = (BpeModel)parts.Model;
        Gen.Char["abcdefgenorstuTH"]
            .Array[1, 24]
            .Select(c => new string(c))
            .Sample(
                word =>
                {
                    // no merge joins the letter U+00A6 with these
                    string many = word + string.Concat(Enumerable.Repeat("\u0126", 70));
                    int[] alone = [.. model.Encode(word).Select(s => s.Id)];
                    Assert.Equal(alone, model.Encode(many).Select(s => s.Id).Take(alone.Length));
                },
                iter: 5000
            );
    }
}
