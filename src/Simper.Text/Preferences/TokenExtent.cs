namespace Simper.Text.Preferences;

/// <summary>
/// The maximum sizes of a data set's groups, in tokens: what a memory plan needs, without reading the groups again.
/// </summary>
public sealed record TokenExtent
{
    /// <summary>Tokens of the longest group, its prompt once.</summary>
    public int LongestGroup { get; private init; }

    /// <summary>Tokens of the longest prompt with one of its answers.</summary>
    public int LongestAnswer { get; private init; }

    /// <summary>Tokens of the longest prompt with its first answer.</summary>
    public int LongestFirstAnswer { get; private init; }

    /// <summary>Scored tokens of the group with the most.</summary>
    public int MostScored { get; private init; }

    /// <summary>The same for first answers.</summary>
    public int MostScoredFirst { get; private init; }

    /// <summary>Row of the first group with a single answer, or null.</summary>
    public int? SingleRow { get; private init; }

    /// <summary>Row of the first group with more than two answers, or null.</summary>
    public int? ManyRow { get; private init; }

    /// <summary>Row of the first group whose first answer is bad, or null.</summary>
    public int? BadRow { get; private init; }

    /// <summary>Row of the first group whose first answer is good, or null.</summary>
    public int? GoodRow { get; private init; }

    /// <summary>Row of the first group with a single answer without a label, or null.</summary>
    public int? UnlabelledRow { get; private init; }

    /// <summary>Row of the first group with a rejected or otherwise bad answer, or null.</summary>
    public int? RejectedRow { get; private init; }

    /// <summary>The extent of groups: stored for a data set, computed once for a view, and each time for others.</summary>
    public static TokenExtent Of(IReadOnlyList<TokenizedGroup> groups) =>
        groups switch
        {
            TokenizedDataset known => known.Extent,
            UnpairedGroups view => view.Extent,
            MismatchedGroups view => view.Extent,
            ReorderedGroups view => view.Extent,
            _ => OfAll(groups),
        };

    internal static TokenExtent OfAll(IEnumerable<TokenizedGroup> groups) =>
        groups.Aggregate(new TokenExtent(), (extent, group) => extent.With(group));

    /// <summary>The extent with one more group.</summary>
    internal TokenExtent With(TokenizedGroup group)
    {
        (int tokens, int longest, int scored) = (group.Prompt.Length, 0, 0);
        foreach (TokenizedAnswer answer in group.Answers)
        {
            tokens += answer.Ids.Length;
            longest = Math.Max(longest, answer.Ids.Length);
            scored += answer.IsScored.AsSpan().Count(true);
        }
        TokenizedAnswer first = group.Answers[0];
        return new TokenExtent
        {
            LongestGroup = Math.Max(LongestGroup, tokens),
            LongestAnswer = Math.Max(LongestAnswer, group.Prompt.Length + longest),
            LongestFirstAnswer = Math.Max(LongestFirstAnswer, group.Prompt.Length + first.Ids.Length),
            MostScored = Math.Max(MostScored, scored),
            MostScoredFirst = Math.Max(MostScoredFirst, first.IsScored.AsSpan().Count(true)),
            SingleRow = SingleRow ?? (group.Answers.Length < 2 ? group.Row : null),
            ManyRow = ManyRow ?? (group.Answers.Length > 2 ? group.Row : null),
            RejectedRow =
                RejectedRow ?? (Enumerable.Range(0, group.Answers.Length).Any(a => group.WeightOf(a) < 0) ? group.Row : null),
            BadRow = BadRow ?? (group.WeightOf(0) <= 0 ? group.Row : null),
            GoodRow = GoodRow ?? (group.WeightOf(0) > 0 ? group.Row : null),
            UnlabelledRow = UnlabelledRow ?? (group.Answers.Length < 2 && group.Weights is null ? group.Row : null),
        };
    }

    internal void Write(BinaryWriter writer)
    {
        foreach (
            int number in (ReadOnlySpan<int>)
                [
                    LongestGroup,
                    LongestAnswer,
                    LongestFirstAnswer,
                    MostScored,
                    MostScoredFirst,
                    SingleRow ?? -1,
                    ManyRow ?? -1,
                    BadRow ?? -1,
                    RejectedRow ?? -1,
                    GoodRow ?? -1,
                    UnlabelledRow ?? -1,
                ]
        )
            writer.Write(number);
    }

    internal static TokenExtent Read(BinaryReader reader) =>
        new()
        {
            LongestGroup = reader.ReadInt32(),
            LongestAnswer = reader.ReadInt32(),
            LongestFirstAnswer = reader.ReadInt32(),
            MostScored = reader.ReadInt32(),
            MostScoredFirst = reader.ReadInt32(),
            SingleRow = Row(reader),
            ManyRow = Row(reader),
            BadRow = Row(reader),
            RejectedRow = Row(reader),
            GoodRow = Row(reader),
            UnlabelledRow = Row(reader),
        };

    private static int? Row(BinaryReader reader) => reader.ReadInt32() is >= 0 and var row ? row : null;
}
