using Simper.Server.Answers;

namespace Simper.Server.Tests.Answers;

public class StopScannerTests
{
    // Every way of cutting a text into pieces.
    private static IEnumerable<string[]> Cuts(string text)
    {
        for (int cuts = 0; cuts < 1 << (text.Length - 1); cuts++)
        {
            var pieces = new List<string>();
            int from = 0;
            for (int i = 1; i <= text.Length; i++)
            {
                if (i < text.Length && (cuts >> (i - 1) & 1) == 0)
                    continue;
                pieces.Add(text[from..i]);
                from = i;
            }
            yield return [.. pieces];
        }
    }

    private static (string Text, bool IsStopped) Read(string[] pieces, params string[] stops)
    {
        var scanner = new StopScanner(stops);
        string text = string.Concat(pieces.Select(scanner.Push));
        return (text + scanner.Flush(), scanner.IsStopped);
    }

    [Theory]
    [InlineData("abcdef", "cd", "ab")]
    [InlineData("ababac", "abac", "ab")]
    [InlineData("aaab", "aab", "a")]
    [InlineData("x\n\nQ: y", "\n\nQ:", "x")]
    [InlineData("stop", "stop", "")]
    public void A_stop_text_is_cut_out_however_the_text_is_cut_into_pieces(string text, string stop, string shown)
    {
        foreach (string[] pieces in Cuts(text))
            Assert.Equal((shown, true), Read(pieces, stop));
    }

    [Theory]
    [InlineData("abcabcab", "abcd")]
    [InlineData("<|im_en", "<|im_end|>")]
    [InlineData("abc", "zzz")]
    public void What_only_begins_like_a_stop_text_is_shown_in_the_end(string text, string stop)
    {
        foreach (string[] pieces in Cuts(text))
            Assert.Equal((text, false), Read(pieces, stop));
    }

    [Fact]
    public void The_first_of_several_counts_and_nothing_follows()
    {
        var scanner = new StopScanner(["c", "b"]);
        Assert.Equal("a", scanner.Push("abc"));
        Assert.True(scanner.IsStopped);
        Assert.Equal("", scanner.Push("more") + scanner.Flush());
    }

    [Fact]
    public void Without_stop_texts_nothing_is_held_back()
    {
        var scanner = new StopScanner([]);
        Assert.Equal("abc", scanner.Push("abc"));
    }

    [Fact]
    public void Only_what_may_begin_a_stop_text_is_held_back()
    {
        var scanner = new StopScanner(["###"]);
        Assert.Equal("a", scanner.Push("a#"));
        Assert.Equal("#b", scanner.Push("b"));
        Assert.Equal("c", scanner.Push("c##"));
        Assert.Equal("##", scanner.Flush());
    }
}
