using CsCheck;
using Simper.Text.Tokenization;

namespace Simper.Text.Tests.Tokenization;

/// <summary>Splitters written by hand against the patterns that they stand for.</summary>
public class WordSplitterTests
{
    private static readonly string[] Endings =
    [
        "",
        " ",
        "  ",
        "\n",
        " \n",
        "\r\n ",
        "a",
        "é",
        "7",
        "½",
        "'s",
        "'S",
        "'ll",
        "'LL",
        "'re",
        "'Ve",
        "'",
        "!",
        " !",
        "\n\n",
        "\u00a0",
        "\u3000",
        "𝒜",
        "𑄶",
        "👩",
        "\u0301",
        "٣",
        "Ⅷ",
    ];

    private static readonly Gen<string> Texts = Gen.OneOf(
        Gen.Int[0, Endings.Length - 1].Select(i => Endings[i]).Array[0, 12].Select(string.Concat),
        Gen.Char[" \t\r\n'sStTrReEvVmMlLdD1!\u00a0"].Array[0, 16].Select(c => new string(c)),
        Gen.Int[0, 0x10ffff]
            .Where(c => c is < 0xd800 or > 0xdfff)
            .Select(char.ConvertFromUtf32)
            .Array[0, 12]
            .Select(string.Concat)
    );

    public static TheoryData<string> Names => ["gpt2", "digits, gpt2", "llama3", "qwen2"];

    private static (WordSplitter Splitter, PreTokenizer Pattern) Named(string name) =>
        name switch
        {
            "gpt2" => (new WordSplitter.Gpt2(digitsAlone: false), Isolating(KnownPatterns.Gpt2)),
            "digits, gpt2" => (
                new WordSplitter.Gpt2(digitsAlone: true),
                new PreTokenizer.Sequence([Isolating(KnownPatterns.Digit), Isolating(KnownPatterns.Gpt2)])
            ),
            "llama3" => (new WordSplitter.Llama3(digits: 3), Isolating(KnownPatterns.Llama3)),
            _ => (new WordSplitter.Llama3(digits: 1), Isolating(KnownPatterns.Qwen2)),
        };

    private static PreTokenizer.Split Isolating(string pattern) =>
        new(new CodePointRegex(pattern, "pattern").Matches, SplitBehavior.Isolated, invert: false);

    private static void ExpectSame(string name, string text)
    {
        (WordSplitter splitter, PreTokenizer pattern) = Named(name);
        var words = new List<string>();
        for (int at = 0, end; at < text.Length; at = end)
            words.Add(text[at..(end = splitter.End(text, at))]);
        Assert.Equal(pattern.Apply([new AlignedText(text, 0)]).Select(p => p.Text), words);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_character_is_split_as_by_the_pattern(string name)
    {
        // All characters up to where letters end, and beyond, where nothing is assigned or all is alike, some.
        int[] all = [.. Enumerable.Range(0, 0x110000).Where(c => c is < 0xd800 or > 0xdfff && (c < 0x33000 || c % 97 == 0))];
        foreach (string around in (string[])["", " ", "1", "!", "'", "\n"])
        {
            foreach (int[] some in all.Chunk(4096))
                ExpectSame(name, string.Concat(some.Select(c => around + char.ConvertFromUtf32(c) + "x ")));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Any_text_is_split_as_by_the_pattern(string name) => Texts.Sample(text => ExpectSame(name, text), iter: 20_000);

    [Fact]
    public void Words_of_marks_cover_the_text_and_begin_at_marks() =>
        Gen.Char[" ▁ab\n"]
            .Array[0, 20]
            .Select(c => new string(c))
            .Sample(
                text =>
                {
                    var splitter = new WordSplitter.Marks('▁');
                    for (int at = 0, end; at < text.Length; at = end)
                    {
                        end = splitter.End(text, at);
                        Assert.True(end > at);
                        Assert.True(
                            end == text.Length || (text[end] is ' ' or '▁' && text[end - 1] is not (' ' or '▁')),
                            $"a word of \"{text}\" ends at {end}"
                        );
                    }
                },
                iter: 3000
            );
}
