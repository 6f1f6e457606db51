using System.Globalization;
using System.Text;
using Simper.Text.Tokenization;

namespace Simper.Text.Tests.Tokenization;

/// <summary>Patterns of tokenizer.json mean in .NET what they mean in Oniguruma, for characters of all planes.</summary>
public class CodePointRegexTests
{
    private static IEnumerable<string> Matches(string pattern, string text) =>
        new CodePointRegex(pattern, "its.json").Matches(text).Select(m => text.Substring(m.Start, m.Length));

    [Theory]
    [InlineData(@"\p{Lu}", UnicodeCategory.UppercaseLetter)]
    [InlineData(@"\p{Ll}", UnicodeCategory.LowercaseLetter)]
    [InlineData(@"\p{Lo}", UnicodeCategory.OtherLetter)]
    [InlineData(@"\p{Lm}", UnicodeCategory.ModifierLetter)]
    [InlineData(@"\p{Mn}", UnicodeCategory.NonSpacingMark)]
    [InlineData(@"\p{Mc}", UnicodeCategory.SpacingCombiningMark)]
    [InlineData(@"\p{Nd}", UnicodeCategory.DecimalDigitNumber)]
    [InlineData(@"\p{Nl}", UnicodeCategory.LetterNumber)]
    [InlineData(@"\p{No}", UnicodeCategory.OtherNumber)]
    [InlineData(@"\p{Pd}", UnicodeCategory.DashPunctuation)]
    [InlineData(@"\p{Po}", UnicodeCategory.OtherPunctuation)]
    [InlineData(@"\p{Sm}", UnicodeCategory.MathSymbol)]
    [InlineData(@"\p{Sc}", UnicodeCategory.CurrencySymbol)]
    [InlineData(@"\p{Sk}", UnicodeCategory.ModifierSymbol)]
    [InlineData(@"\p{So}", UnicodeCategory.OtherSymbol)]
    [InlineData(@"\p{Cf}", UnicodeCategory.Format)]
    [InlineData(@"\p{Co}", UnicodeCategory.PrivateUse)]
    [InlineData(@"\p{Cn}", UnicodeCategory.OtherNotAssigned)]
    public void Characters_beyond_the_first_plane_have_their_category(string pattern, UnicodeCategory category)
    {
        string[] all =
        [
            .. Enumerable.Range(0x10000, 0x110000 - 0x10000).Where(c => c < 0x33000 || c % 97 == 0).Select(char.ConvertFromUtf32),
        ];
        string[] expected = [.. all.Where(c => Rune.GetUnicodeCategory(Rune.GetRuneAt(c, 0)) == category)];
        Assert.NotEmpty(expected);
        Assert.Equal(expected, Matches(pattern, string.Concat(all)));
    }

    [Fact]
    public void Every_category_beyond_the_first_plane_is_among_those_above()
    {
        UnicodeCategory[] found =
        [
            .. Enumerable.Range(0x10000, 0x100000).Select(c => Rune.GetUnicodeCategory(new Rune(c))).Distinct(),
        ];
        int listed = typeof(CodePointRegexTests)
            .GetMethod(nameof(Characters_beyond_the_first_plane_have_their_category))!
            .GetCustomAttributes(typeof(InlineDataAttribute), inherit: false)
            .Length;
        Assert.Equal(listed, found.Length);
    }

    [Theory]
    [InlineData("^.", "ab\ncd", "a|c")]
    [InlineData(".$", "ab\ncd", "b|d")]
    [InlineData("(?m:a.b)", "a\nb", "a\nb")]
    [InlineData("a.b", "a\nb", "")]
    [InlineData(@"\w+", "a1_\u0301 ① Ⓐ²", "a1_\u0301|Ⓐ²")]
    [InlineData(@"\W", "a-①", "-|①")]
    [InlineData(@"\bx\b", "x xa x", "x|x")]
    [InlineData(@"\h+", "fg0G", "f|0")]
    [InlineData("[^(x|[yz])]+", "abxcy|(d)z", "ab|c|d")]
    [InlineData("a++b?", "aaab", "aaab")]
    [InlineData("a*+a", "aaa", "")]
    [InlineData("(ab)?+a", "aba", "aba")]
    [InlineData("[ab]++a", "aba", "")]
    [InlineData("x{1,2}+y", "xxxxxy", "xxxxxy")]
    [InlineData("x{,2}y", "xxxy", "xxy")]
    [InlineData("x{y", "x{y", "x{y")]
    [InlineData(@"\p{^L}+", "a12b", "12")]
    [InlineData(@"\P{^L}+", "a12b", "a|b")]
    [InlineData(@"\x{e9}", "é", "é")]
    [InlineData(@"[\w]+", "a²-", "a²")]
    public void Oniguruma_s_meaning_is_kept(string pattern, string text, string expected) =>
        Assert.Equal(expected, string.Join('|', Matches(pattern, text)));

    [Theory]
    [InlineData("[a&&b]")]
    [InlineData("[[:alpha:]]")]
    [InlineData("[a[^b]]")]
    [InlineData("[a")]
    [InlineData("(a")]
    [InlineData(@"[\W]")]
    [InlineData(@"\R")]
    [InlineData(@"\p{Hiragana}")]
    [InlineData(@"\p{L")]
    [InlineData(@"\x{1f600}")]
    [InlineData("😀+")]
    public void What_has_no_counterpart_is_refused(string pattern) =>
        Assert.StartsWith("its.json: ", Assert.Throws<SimperException>(() => new CodePointRegex(pattern, "its.json")).Message);

    [Fact]
    public void Patterns_of_published_tokenizers_are_copied_as_they_stand()
    {
        foreach (string pattern in (string[])[KnownPatterns.Gpt2, KnownPatterns.Llama3, KnownPatterns.Qwen2])
        {
            Assert.Equal(pattern, OnigurumaPattern.ToDotNet(pattern, "its.json"));
            Assert.NotNull(KnownPatterns.Find(pattern));
        }
    }
}
