using Simper.Text.Preferences;

namespace Simper.Text.Tests.Preferences;

/// <summary>What belongs to a prompt is in it; what is not used is named.</summary>
public class UnusedColumnTests
{
    private const string Pair = "\"chosen\": \"good\", \"rejected\": \"bad\"";
    private const string Ranked = "\"responses\": [\"good\", \"bad\"], \"ranks\": [1, 2]";
    private const string Single = "\"completion\": \"good\"";

    [Theory]
    [InlineData("instruction", Pair)]
    [InlineData("instruction", Ranked)]
    [InlineData("prompt", Pair)]
    [InlineData("prompt", Ranked)]
    [InlineData("prompt", Single)]
    [InlineData("prompt", Single + ", \"label\": true")]
    [InlineData("question", Pair)]
    [InlineData("question", Ranked)]
    [InlineData("question", "\"response_j\": \"good\", \"response_k\": \"bad\"")]
    public void An_input_stands_a_line_below_what_asks_for_it_and_turns_before_it(string column, string answers)
    {
        PreferenceDataset dataset = RowFile.Open(
            $$"""{"{{column}}": "Rewrite it.", "input": "THE INPUT", "history": [["a", "b"]], {{answers}}}"""
        );
        Assert.Equal("user: a | assistant: b | user: Rewrite it.\nTHE INPUT", RowFile.Told(Assert.Single(dataset).Prompt));
        Assert.Empty(dataset.UnusedColumns);
    }

    [Fact]
    public void The_ranked_row_of_the_field_is_the_pair()
    {
        PreferenceGroup ranked = Assert.Single(PreferenceDataset.Open(RowFile.Case("ranked-rows-with-input", "rows.jsonl")));
        PreferenceGroup pair = Assert.Single(
            RowFile.Open("""{"instruction": "Rewrite it.", "input": "THE INPUT", "chosen": "good", "rejected": "bad"}""")
        );
        Assert.Equal(RowFile.Told(pair), RowFile.Told(ranked));
        Assert.Equal("user: Rewrite it.\nTHE INPUT -> assistant: good / assistant: bad", RowFile.Told(ranked));
    }

    [Fact]
    public void A_prompt_that_holds_its_input_keeps_it_once() =>
        Assert.Equal(
            "user: Rewrite it.\nTHE INPUT",
            RowFile.Told(
                Assert.Single(RowFile.Open($$"""{"prompt": "Rewrite it.\nTHE INPUT", "input": "THE INPUT", {{Pair}}}""")).Prompt
            )
        );

    [Theory]
    [InlineData(
        "\"prompt\": \"p\", \"note\": \"x\", \"id\": 7, \"score\": 0.5, \"empty\": \"\", \"none\": null, \"tags\": [\"t\"]",
        "note tags"
    )]
    [InlineData("\"prompt\": \"p\", \"history\": \"a text\"", "history")]
    [InlineData("\"prompt\": [{\"role\": \"user\", \"content\": \"p\"}], \"input\": \"x\"", "input")]
    [InlineData("\"prompt\": \"p\", \"messages\": [{\"role\": \"user\", \"content\": \"p\"}], \"numbers\": [1, [2]]", "messages")]
    public void Columns_with_text_that_are_not_used_are_named_once(string columns, string expected)
    {
        string row = $$"""{{{columns}}, {{Pair}}}""";
        PreferenceDataset dataset = RowFile.Open(row, row);
        Assert.Equal(expected, string.Join(' ', dataset.UnusedColumns));
        (PreferenceDataset train, PreferenceDataset heldOut) = dataset.Split(1, seed: 1);
        Assert.Equal(dataset.UnusedColumns, train.UnusedColumns);
        Assert.Empty(heldOut.UnusedColumns);
    }

    [Fact]
    public void The_report_names_them()
    {
        string file = Path.Combine(Path.GetTempPath(), $"simper-unused-{Guid.NewGuid():N}.jsonl");
        try
        {
            File.WriteAllText(file, $$"""{"prompt": "p", "note": "x", {{Pair}}}""");
            Assert.Contains(
                "columns with text that are not used: note",
                TokenizedDataset.Of(PreferenceDataset.Open(file), TrlTokens.Make(new TokenizationOptions())).Report()
            );
        }
        finally
        {
            File.Delete(file);
        }
    }
}
