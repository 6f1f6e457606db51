using Simper.Text.Preferences;

namespace Simper.Text.Tests.Preferences;

/// <summary>The layout of a file is that of its rows, not of its first one; what other programs call their columns.</summary>
public class RecognitionTests
{
    private const string Pair = "\"chosen\": \"x\", \"rejected\": \"y\"";

    [Theory]
    [InlineData("\"question\": \"p\", " + Pair)]
    [InlineData("\"query\": \"p\", " + Pair)]
    [InlineData("\"input\": \"p\", " + Pair)]
    [InlineData("\"instruction\": \"p\", \"input\": \"\", " + Pair)]
    [InlineData("\"instruction\": \"p\", \"chosen_response\": \"x\", \"rejected_response\": \"y\"")]
    [InlineData("\"prompt\": \"p\", \"chosen_response\": \"x\", \"rejected_response\": \"y\"")]
    [InlineData("\"query\": \"p\", \"response\": \"x\", \"rejected_response\": \"y\"")]
    [InlineData("\"instruction\": \"p\", \"input\": null, \"output\": [\"x\", \"y\"]")]
    [InlineData("\"instruction\": \"p\", \"generations\": [\"y\", \"x\"], \"ratings\": [1, 2]")]
    [InlineData("\"question\": \"p\", \"answers\": [{\"text\": \"y\", \"pm_score\": 1}, {\"text\": \"x\", \"pm_score\": 4}]")]
    [InlineData("\"messages\": [{\"role\": \"user\", \"content\": \"p\"}], " + Pair)]
    [InlineData(
        "\"messages\": [{\"role\": \"user\", \"content\": \"p\"}], \"chosen\": {\"role\": \"assistant\", \"content\": \"x\"}, "
            + "\"rejected\": {\"role\": \"assistant\", \"content\": \"y\"}"
    )]
    [InlineData(
        "\"chosen_conversations\": [{\"from\": \"human\", \"value\": \"p\"}, {\"from\": \"gpt\", \"value\": \"x\"}], "
            + "\"rejected_conversations\": [{\"from\": \"human\", \"value\": \"p\"}, {\"from\": \"gpt\", \"value\": \"y\"}]"
    )]
    public void Pairs_of_other_programs_are_pairs(string columns) =>
        Assert.Equal("user: p -> assistant: x / assistant: y", RowFile.Told(Assert.Single(RowFile.Open($"{{{columns}}}"))));

    [Fact]
    public void Messages_beside_two_answers_may_end_with_the_chosen_one()
    {
        const string turns =
            "\"messages\": [{\"role\": \"user\", \"content\": \"p\"}, {\"role\": \"assistant\", \"content\": \"x\"}], ";
        Assert.Equal("user: p -> assistant: x / assistant: y", RowFile.Told(Assert.Single(RowFile.Open($"{{{turns}{Pair}}}"))));
        Assert.Contains(
            "\"messages\" has to end where the answers begin",
            RowFile.Error($"{{{turns}\"chosen\": \"z\", \"rejected\": \"y\"}}"),
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("\"query\": \"p\", \"response\": \"x\"")]
    [InlineData("\"input\": \"p\", \"output\": \"x\"")]
    [InlineData("\"question\": \"p\", \"completion\": \"x\"")]
    public void Single_answers_of_other_programs_are_answers(string columns)
    {
        Assert.Equal("user: p -> assistant: x", RowFile.Told(Assert.Single(RowFile.Open($"{{{columns}}}"))));
        Assert.Equal([-1], Assert.Single(RowFile.Open($"{{{columns}, \"label\": false}}")).Weights!);
    }

    [Fact]
    public void A_first_row_with_an_empty_cell_does_not_mislead()
    {
        string labelled = """{"prompt": "p", "completion": "x", "label": true}""";
        Assert.Contains(
            "line 1: this row has no label",
            RowFile.Error("""{"prompt": "p", "completion": "x", "label": null}""", labelled, labelled),
            StringComparison.Ordinal
        );
        string pair = $"{{\"prompt\": \"p\", {Pair}, \"instruction\": null}}";
        // one row has another column filled: the file's layout reads it all the same
        PreferenceDataset dataset = RowFile.Open($"{{\"prompt\": \"p\", {Pair}, \"instruction\": \"i\"}}", pair, pair);
        Assert.Equal("strings (prompt, chosen, rejected)", dataset.Layout);
        Assert.Equal(["user: p", "user: p", "user: p"], dataset.Select(g => RowFile.Told(g.Prompt)));
        Assert.Equal(["instruction"], dataset.UnusedColumns);
    }

    [Fact]
    public void Messages_stored_as_json_in_texts_are_messages()
    {
        string row =
            """{"messages": "[{\"role\": \"user\", \"content\": \"p\"}, {\"role\": \"assistant\", \"content\": \"x\"}]", """
            + """ "rejected_response": "y"}""";
        Assert.Equal("user: p -> assistant: x / assistant: y", RowFile.Told(Assert.Single(RowFile.Open(row))));
        Assert.Contains(
            "line 1: \"messages\" is a list as Python prints it",
            RowFile.Error(row.Replace("\\\"", "'", StringComparison.Ordinal)),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void An_answer_that_happens_to_be_json_stays_a_text()
    {
        string plain = $"{{\"prompt\": \"p\", {Pair}}}";
        string json = plain.Replace("\"x\"", "\"[{\\\"role\\\": \\\"user\\\"}]\"", StringComparison.Ordinal);
        Assert.Equal("[{\"role\": \"user\"}]", RowFile.Open(plain, json, plain)[1].Answers[0][0].Content);
    }

    [Fact]
    public void Rows_that_differ_from_most_are_named()
    {
        string pair = $"{{\"prompt\": \"p\", {Pair}}}";
        Assert.Contains(
            "line 1: this row is of the layout completions (prompt, completion), but",
            RowFile.Error("""{"prompt": "p", "completion": "x"}""", pair, pair),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "line 2: \"rejected\" is null or NaN",
            RowFile.Error(pair, """{"prompt": "p", "chosen": "x", "rejected": null}""", pair),
            StringComparison.Ordinal
        );
    }
}
