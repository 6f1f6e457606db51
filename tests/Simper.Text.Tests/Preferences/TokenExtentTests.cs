using Simper.Text.Preferences;

namespace Simper.Text.Tests.Preferences;

/// <summary>The largest sizes of a few groups, added by hand, and the first rows of each kind.</summary>
public class TokenExtentTests
{
    private static TokenizedGroup Group(int row, int prompt, double[]? weights, params (int Tokens, int Scored)[] answers) =>
        new()
        {
            Prompt = new int[prompt],
            Answers =
            [
                .. answers.Select(a => new TokenizedAnswer
                {
                    Ids = new int[a.Tokens],
                    IsScored = [.. Enumerable.Range(0, a.Tokens).Select(i => i < a.Scored)],
                }),
            ],
            Weights = weights,
            Row = row,
        };

    [Fact]
    public void Sizes_are_the_largest_of_each_whatever_group_they_are_of()
    {
        TokenExtent extent = TokenExtent.OfAll([
            Group(1, 10, null, (3, 2), (5, 5)),
            Group(2, 2, null, (12, 1), (1, 1)),
            Group(3, 4, null, (6, 4), (7, 1)),
        ]);
        Assert.Equal(10 + 3 + 5, extent.LongestGroup);
        Assert.Equal(10 + 5, extent.LongestAnswer);
        Assert.Equal(2 + 12, extent.LongestFirstAnswer);
        Assert.Equal(2 + 5, extent.MostScored);
        Assert.Equal(4, extent.MostScoredFirst);
    }

    [Fact]
    public void Kinds_of_rows_are_known_by_the_first_of_each()
    {
        TokenExtent pairs = TokenExtent.OfAll([Group(7, 1, null, (1, 1), (1, 1)), Group(8, 1, null, (1, 1), (1, 1))]);
        Assert.Equal((null, null, null, 7, 7), Of(pairs));
        Assert.Null(pairs.UnlabelledRow);

        TokenExtent singles = TokenExtent.OfAll([
            Group(1, 1, [1], (1, 1)),
            Group(2, 1, [-1], (1, 1)),
            Group(3, 1, null, (1, 1)),
            Group(4, 1, [0.5, 0, -0.5], (1, 1), (1, 1), (1, 1)),
        ]);
        Assert.Equal((1, 4, 2, 1, 2), Of(singles));
        Assert.Equal(3, singles.UnlabelledRow);

        // An answer that is only observed is neither good nor rejected, but learning it would be wrong.
        TokenExtent observed = TokenExtent.OfAll([Group(5, 1, [0], (1, 1))]);
        Assert.Equal((5, null, 5, null, null), Of(observed));
        Assert.Null(observed.UnlabelledRow);

        static (int?, int?, int?, int?, int?) Of(TokenExtent e) => (e.SingleRow, e.ManyRow, e.BadRow, e.GoodRow, e.RejectedRow);
    }

    [Fact]
    public void What_is_written_is_read()
    {
        TokenExtent extent = TokenExtent.OfAll([
            Group(1, 10, [1], (3, 2)),
            Group(2, 2, [-1], (12, 1)),
            Group(3, 1, null, (1, 1)),
        ]);
        using var stream = new MemoryStream();
        using (var writer = new BinaryWriter(stream, System.Text.Encoding.UTF8, leaveOpen: true))
            extent.Write(writer);
        stream.Position = 0;
        using var reader = new BinaryReader(stream);
        Assert.Equal(extent, TokenExtent.Read(reader));
        Assert.Equal(stream.Length, stream.Position);
    }
}
