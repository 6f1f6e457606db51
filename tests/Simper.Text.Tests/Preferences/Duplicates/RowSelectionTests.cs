using Simper.Text.Preferences;
using Simper.Text.Preferences.Duplicates;

namespace Simper.Text.Tests.Preferences.Duplicates;

public class RowSelectionTests
{
    private const string Words = "some words that stand in front of what is asked so that it is long enough to be like another";

    private static readonly string[] Rows =
    [
        Pair("p", "a", "b"),
        Pair("q", "a", "b"),
        Pair("p", "a", "b"), // repeats row 1
        Pair("q", "b", "a"), // contradicts row 2
        Pair("r " + Words, Words + " one two three", Words),
        Pair("r " + Words, Words + " one two four", Words), // nearly row 5
        Pair("s", "a", "b"),
    ];

    [Fact]
    public void What_is_there_is_said_and_kept_by_default()
    {
        PreferenceDataset all = RowFile.Open(Rows);
        PreferenceDataset kept = RowSelection.Apply(all);
        Assert.Equal(all.Select(g => g.Row), kept.Select(g => g.Row));
        Assert.Equal(all.Fingerprint, kept.Fingerprint);
        Assert.Empty(kept.Dropped);
        Assert.Equal(
            [
                "2 rows contradict each other (row 2 and row 4: of the same two answers each is preferred to the other); "
                    + "contradictions: drop leaves them out",
                "1 row repeats an earlier one word for word (row 3 repeats row 1); dedup: exact leaves them out",
            ],
            kept.Notes
        );
    }

    [Fact]
    public void Clean_data_is_not_talked_about() =>
        Assert.Empty(RowSelection.Apply(RowFile.Open(Rows[0], Rows[1], Rows[4], Rows[5])).Notes);

    [Theory]
    [InlineData(Deduplication.Exact, ContradictionRule.Keep, "1 2 4 5 6 7", "3")]
    [InlineData(Deduplication.Near, ContradictionRule.Keep, "1 2 4 5 7", "3 6")]
    [InlineData(Deduplication.None, ContradictionRule.Drop, "1 3 5 6 7", "2 4")]
    [InlineData(Deduplication.Near, ContradictionRule.Drop, "1 5 7", "2 4 3 6")]
    public void What_is_left_out_is_counted_with_its_reason(
        Deduplication dedup,
        ContradictionRule rule,
        string kept,
        string dropped
    )
    {
        PreferenceDataset all = RowFile.Open(Rows);
        PreferenceDataset left = RowSelection.Apply(all, new SelectionOptions { Dedup = dedup, Contradictions = rule });
        Assert.Equal(kept, string.Join(' ', left.Select(g => g.Row)));
        Assert.Equal(dropped.Split(' ').Order(), left.Dropped.Select(d => $"{d.Row}").Order());
        Assert.All(
            left.Dropped,
            d =>
                Assert.Equal(
                    d.Row switch
                    {
                        3 => "it repeats an earlier row word for word",
                        6 => "it is nearly the same as an earlier row",
                        _ => "it contradicts another row",
                    },
                    d.Reason
                )
        );
        Assert.Equal(left.Select(g => GroupHash.Of(g).Whole), left.Hashes.Wholes.ToArray());
        Assert.NotEqual(all.Fingerprint, left.Fingerprint);
        Assert.Equal(
            left.Fingerprint,
            RowSelection.Apply(all, new SelectionOptions { Dedup = dedup, Contradictions = rule }).Fingerprint
        );
    }

    [Fact]
    public void Contradictions_are_refused_with_their_places()
    {
        string message = Assert
            .Throws<SimperException>(() =>
                RowSelection.Apply(RowFile.Open(Rows), new SelectionOptions { Contradictions = ContradictionRule.Raise })
            )
            .Message;
        Assert.Contains("rows.jsonl, line 2 and ", message, StringComparison.Ordinal);
        Assert.Contains("rows.jsonl, line 4 contradict each other", message, StringComparison.Ordinal);
        RowSelection.Apply(RowFile.Open(Rows[..3]), new SelectionOptions { Contradictions = ContradictionRule.Raise });
    }

    [Fact]
    public void Prompts_that_are_trained_on_are_told_of_what_is_held_out()
    {
        PreferenceDataset train = RowFile.Open(Pair("p", "a", "b"), Pair("q", "a", "b"));
        PreferenceDataset heldOut = RowFile.Open(Pair("x", "a", "b"), Pair(" q ", "c", "d"), Pair("y", "a", "b"));
        Assert.StartsWith(
            "1 of 3 rows have a prompt that is trained on as well, so they are not held out (row 2 that of ",
            RowSelection.LeakNote(train, heldOut),
            StringComparison.Ordinal
        );
        Assert.Null(RowSelection.LeakNote(train, RowFile.Open(Pair("x", "a", "b"))));
    }

    private static string Pair(string prompt, string chosen, string rejected) =>
        $$"""{"prompt": "{{prompt}}", "chosen": "{{chosen}}", "rejected": "{{rejected}}"}""";
}
