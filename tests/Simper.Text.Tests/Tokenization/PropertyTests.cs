using CsCheck;
using Simper.Testing;
using Simper.Text.Tokenization;

namespace Simper.Text.Tests.Tokenization;

/// <summary>What holds for every text, on real tokenizers.</summary>
public class PropertyTests
{
    private static readonly Lazy<Tokenizer> Gpt2 = new(() =>
        Tokenizer.Load(SharedFiles.Path("data", "tokenizers", "gpt2", "tokenizer.json.gz"))
    );
    private static readonly Lazy<Tokenizer> Qwen3 = new(() =>
        Tokenizer.Load(SharedFiles.Path("data", "tokenizers", "qwen3", "tokenizer.json.gz"))
    );
    private static readonly Lazy<Tokenizer> Stories = new(() =>
        Tokenizer.Load(SharedFiles.Path("data", "stories260K-hf", "tokenizer.json"))
    );

    private static readonly string[] Fragments =
    [
        " ",
        "  ",
        "\n",
        "\r\n",
        "\t",
        "the",
        " hello",
        "'s",
        "'LL",
        "2024",
        "½",
        "é",
        "e\u0301",
        "\u0323",
        "ß",
        "İ",
        "日本",
        "한",
        "각",
        "\u1112\u1161\u11ab",
        "\uac00\u11a8",
        "𠀀𐐷",
        "𑄮𑄧",
        "𝒜",
        "👩‍👩‍👧",
        "🇩🇪",
        "<s>",
        "<|endoftext|>",
        "<0x41>",
        "▁",
        "Ġ",
        "\ufffd",
        "\u200d",
        "\0",
        "\ufffe",
        "=====",
        "{",
        "क्ष",
    ];

    private static readonly Gen<string> Text = Gen.OneOf(
        Gen.Int[0, Fragments.Length - 1].Select(i => Fragments[i]).Array[0, 12].Select(string.Concat),
        Gen.Int[0, 0x10ffff]
            .Where(c => c is < 0xd800 or > 0xdfff)
            .Select(char.ConvertFromUtf32)
            .Array[0, 12]
            .Select(string.Concat),
        Gen.String.Select(s => string.Concat(s.EnumerateRunes()))
    );

    private static Tokenizer Named(string name) =>
        name switch
        {
            "gpt2" => Gpt2.Value,
            "qwen3" => Qwen3.Value,
            _ => Stories.Value,
        };

    [Fact]
    public void Byte_level_ids_give_the_text_back()
    {
        SharedFiles.Expect();
        Text.Sample(text => Assert.Equal(text, Gpt2.Value.Decode(Gpt2.Value.EncodeToIds(text))), iter: 3000);
    }

    [Fact]
    public void Sentence_piece_ids_with_bytes_give_the_text_back()
    {
        SharedFiles.Expect();
        Text.Sample(
            text =>
            {
                // The file's special tokens swallow nothing, but stand in front of a text with a mark of its own; "▁" itself
                // becomes a blank.
                if (!text.Contains('▁') && !text.Contains('<'))
                    Assert.Equal(text, Stories.Value.Decode(Stories.Value.EncodeToIds(text)));
            },
            iter: 3000
        );
    }

    [Theory]
    [InlineData("gpt2")]
    [InlineData("qwen3")]
    [InlineData("stories260K")]
    public void Text_that_comes_token_by_token_is_the_text_of_all(string name)
    {
        Tokenizer tokenizer = Named(name);
        Gen<int[]> ids = Gen.OneOf(
            Text.Select(t => tokenizer.EncodeToIds(t, addSpecialTokens: true)),
            Gen.Int[-2, tokenizer.VocabularySize + 2].Array[0, 40],
            Gen.Int[0, 400].Array[0, 40]
        ); // where the single bytes lie
        Gen.Select(ids, Gen.Bool)
            .Sample(
                (sequence, skip) =>
                {
                    var decoder = new IncrementalDecoder(tokenizer, skip);
                    string all = "";
                    foreach (int id in sequence)
                    {
                        string piece = decoder.Append(id);
                        Assert.False(
                            piece.Length > 0 && (char.IsHighSurrogate(piece[^1]) || char.IsLowSurrogate(piece[0])),
                            "half a character was given out"
                        );
                        all += piece;
                    }
                    Assert.Equal(tokenizer.Decode(sequence, skip), all + decoder.Flush());
                },
                iter: 3000
            );
    }

    [Theory]
    [InlineData("gpt2")]
    [InlineData("qwen3")]
    [InlineData("stories260K")]
    public void Offsets_are_in_order_and_cover_the_text(string name)
    {
        SharedFiles.Expect();
        Text.Sample(
            text =>
            {
                Encoding encoding = Named(name).Encode(text);
                Assert.Equal(encoding.Ids.Length, encoding.Offsets.Length);
                (int start, int end) = (0, 0);
                foreach ((int Start, int End) part in encoding.Offsets)
                {
                    Assert.InRange(part.Start, start, end); // no gap, and never back
                    Assert.InRange(part.End, Math.Max(end, part.Start + 1), text.Length);
                    Assert.False(
                        part.Start < text.Length && char.IsLowSurrogate(text[part.Start]),
                        "a part begins inside a character"
                    );
                    Assert.False(part.End < text.Length && char.IsLowSurrogate(text[part.End]), "a part ends inside a character");
                    (start, end) = part;
                }
                Assert.Equal(text.Length, end);
            },
            iter: 3000
        );
    }

    [Fact]
    public void Part_of_a_text_that_one_byte_level_token_stands_for_is_its_text()
    {
        SharedFiles.Expect();
        Text.Sample(
            text =>
            {
                Encoding encoding = Gpt2.Value.Encode(text);
                for (int i = 0; i < encoding.Ids.Length; i++)
                {
                    string alone = Gpt2.Value.Decode([encoding.Ids[i]]);
                    if (!alone.Contains('\ufffd'))
                        Assert.Equal(alone, text[encoding.Offsets[i].Start..encoding.Offsets[i].End]);
                }
            },
            iter: 3000
        );
    }

    [Fact]
    public void Lone_surrogates_are_read_as_replacement_characters() =>
        Assert.Equal(Gpt2.Value.EncodeToIds("a\ufffdb\ufffd"), Gpt2.Value.EncodeToIds("a\ud800b\udc00"));

    [Fact]
    public void Normal_forms_by_cluster_are_the_normal_forms_of_the_whole() =>
        Text.Sample(
            text =>
            {
                foreach (System.Text.NormalizationForm form in Enum.GetValues<System.Text.NormalizationForm>())
                    Assert.Equal(
                        string.Join('\ufffe', text.Split('\ufffe').Select(part => part.Normalize(form))),
                        new Normalizer.Unicode(form).Apply(new AlignedText(text, 0)).Text
                    );
            },
            iter: 3000
        );

    [Fact]
    public void Many_threads_get_the_same_ids()
    {
        string text = string.Concat(Enumerable.Range(0, 3000).Select(i => $" word{i} é{i}"));
        int[] expected = Tokenizer.Load(SharedFiles.Path("data", "stories260K-hf", "tokenizer.json")).EncodeToIds(text);
        Tokenizer fresh = Tokenizer.Load(SharedFiles.Path("data", "stories260K-hf", "tokenizer.json"));
        Parallel.For(0, 8, _ => Assert.Equal(expected, fresh.EncodeToIds(text)));
    }
}
