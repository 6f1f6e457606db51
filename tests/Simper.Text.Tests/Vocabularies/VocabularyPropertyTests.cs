using System.Text.Json.Nodes;
using CsCheck;
using Simper.Text.Tokenization;

namespace Simper.Text.Tests.Vocabularies;

/// <summary>What holds for every text, on small vocabularies.</summary>
public class VocabularyPropertyTests
{
    private static readonly string[] Fragments =
    [
        " ",
        "  ",
        "\n",
        "\t",
        "the",
        "answer",
        "x",
        "aaa",
        "é",
        "e\u0301",
        "ﬁ",
        "日本",
        "👩‍👧",
        "\u2581",
        "12",
        "'s",
        ".",
    ];

    private static readonly Gen<string> Texts = Gen.Int[0, Fragments.Length - 1]
        .Select(i => Fragments[i])
        .Array[0, 12]
        .Select(string.Concat);

    [Theory]
    [InlineData("bpe")]
    [InlineData("unigram-bytes")]
    public void Ids_with_bytes_give_the_text_back(string model)
    {
        using var folder = new TokenizerFolder();
        Tokenizer tokenizer = folder.AddModel(model).Tokenizer();
        Texts.Sample(text => tokenizer.Decode(tokenizer.EncodeToIds(text)) == text.Replace('\u2581', ' '));
    }

    [Fact]
    public void Tekken_ids_give_the_text_back()
    {
        using var folder = new TokenizerFolder();
        IEnumerable<JsonNode> bytes = Enumerable
            .Range(0, 256)
            .Select(b => new JsonObject { ["rank"] = b, ["token_bytes"] = Convert.ToBase64String([(byte)b]) });
        IEnumerable<JsonNode> joined = new[] { "th", "the", " a", "aa", "aaaa", "é", "日" }.Select(
            (t, i) =>
                new JsonObject
                {
                    ["rank"] = 256 + i,
                    ["token_bytes"] = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(t)),
                }
        );
        var file = new JsonObject
        {
            ["config"] = new JsonObject
            {
                ["pattern"] = KnownPatterns.Llama3,
                ["default_vocab_size"] = 283,
                ["default_num_special_tokens"] = 20,
                ["version"] = "v3",
            },
            ["vocab"] = new JsonArray([.. bytes, .. joined]),
        };
        Tokenizer tokenizer = folder.Add("tekken.json", file.ToJsonString()).Tokenizer();
        Texts.Sample(text => tokenizer.Decode(tokenizer.EncodeToIds(text)) == text);
        Assert.Equal([1, 20 + 257], tokenizer.EncodeToIds("the", addSpecialTokens: true));
        Assert.Equal("</s>", tokenizer.TokenOf(2));
    }

    [Fact]
    public void A_unigram_model_finds_the_best_of_all_segmentations()
    {
        Gen<(string, double)[]> vocabularies = Gen.Select(
            Gen.Char["abc"].Array[1, 4].Select(c => new string(c)),
            Gen.Double[-9, 0]
        ).Array[1, 12];
        Gen.Select(vocabularies, Gen.Char["abcd"].Array[0, 9].Select(c => new string(c)))
            .Sample(
                (given, text) =>
                {
                    (string Text, double Score)[] vocabulary = [("<unk>", 0), .. given.DistinctBy(t => t.Item1)];
                    Tokenizer tokenizer = Unigram(vocabulary);
                    Encoding encoding = tokenizer.Encode(text);
                    double unknown = vocabulary.Min(t => t.Score) - 10;
                    double found = 0;
                    for (int i = 0; i < encoding.Ids.Length; i++)
                    {
                        int length = encoding.Offsets[i].End - encoding.Offsets[i].Start;
                        found += encoding.Ids[i] == 0 ? length * unknown : vocabulary[encoding.Ids[i]].Score;
                        if (encoding.Ids[i] != 0)
                            Assert.Equal(vocabulary[encoding.Ids[i]].Text, text.Substring(encoding.Offsets[i].Start, length));
                    }
                    Assert.Equal(Best(text, vocabulary, unknown), found, 1e-9);
                }
            );
    }

    // All segmentations, one by one.
    private static double Best(string text, (string Text, double Score)[] vocabulary, double unknown)
    {
        if (text.Length == 0)
            return 0;
        double best = double.NegativeInfinity;
        foreach ((string token, double score) in vocabulary)
        {
            if (text.StartsWith(token, StringComparison.Ordinal))
                best = Math.Max(best, score + Best(text[token.Length..], vocabulary, unknown));
        }
        return vocabulary.Any(t => t.Text == text[..1]) ? best : Math.Max(best, unknown + Best(text[1..], vocabulary, unknown));
    }

    private static Tokenizer Unigram((string Text, double Score)[] vocabulary)
    {
        var file = new JsonObject
        {
            ["model"] = new JsonObject
            {
                ["type"] = "Unigram",
                ["unk_id"] = 0,
                ["vocab"] = new JsonArray([.. vocabulary.Select(t => new JsonArray(t.Text, t.Score))]),
            },
        };
        return Tokenizer.Parse(System.Text.Encoding.UTF8.GetBytes(file.ToJsonString()), "it");
    }
}
