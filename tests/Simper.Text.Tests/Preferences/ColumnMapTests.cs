using Simper.Text.Preferences;

namespace Simper.Text.Tests.Preferences;

/// <summary>Columns renamed by the user, and the advice for columns without a layout.</summary>
public class ColumnMapTests
{
    private const string Row = "{\"q\": \"p\", \"good one\": \"x\", \"meta\": {\"bad\": \"y\"}, \"instruction\": \"not this\"}";

    [Theory]
    [InlineData("prompt=q,chosen=good one,rejected=meta.bad")]
    [InlineData(" prompt = q , chosen=good one, rejected=meta.bad ")]
    [InlineData("""{"prompt": "q", "chosen": "good one", "rejected": "meta.bad"}""")]
    public void Named_columns_are_read_and_decide_the_layout(string columns)
    {
        PreferenceDataset dataset = RowFile.Mapped(columns, Row);
        Assert.Equal("user: p -> assistant: x / assistant: y", RowFile.Told(Assert.Single(dataset)));
        Assert.Equal("strings (prompt, chosen, rejected)", dataset.Layout);
        Assert.Equal(["meta", "instruction"], dataset.UnusedColumns);
    }

    [Fact]
    public void A_column_may_take_the_place_of_another()
    {
        string row = """{"prompt": "p", "chosen": "x", "rejected": "y", "best": "b", "question": "other"}""";
        Assert.Equal("user: p -> assistant: b / assistant: y", RowFile.Told(Assert.Single(RowFile.Mapped("chosen=best", row))));
        Assert.Equal("user: other -> assistant: x / assistant: y", RowFile.Told(Assert.Single(RowFile.Mapped("question", row))));
        Assert.Equal(
            "user: x -> assistant: p / assistant: y",
            RowFile.Told(Assert.Single(RowFile.Mapped("prompt=chosen,chosen=prompt", row)))
        );
        Assert.Equal("user: p -> assistant: p", RowFile.Told(Assert.Single(RowFile.Mapped("prompt,completion=prompt", row))));
    }

    [Fact]
    public void Cells_of_a_table_of_texts_are_what_their_new_names_say()
    {
        string folder = Directory.CreateTempSubdirectory("simper-test-").FullName;
        try
        {
            string file = Path.Combine(folder, "rows.csv");
            File.WriteAllText(file, "prompt,reply,liked\np,12,True\np,13,False\n");
            PreferenceDataset dataset = PreferenceDataset.Open(
                file,
                new DatasetOptions { Columns = ColumnMap.Parse("completion=reply,label=liked") }
            );
            Assert.Equal([1, -1], dataset.Select(g => Assert.Single(g.Weights!)));
            Assert.Equal("user: p -> assistant: 12", RowFile.Told(dataset[0]));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void It_belongs_to_the_fingerprint_and_is_written_as_it_is_read()
    {
        string row = """{"prompt": "p", "chosen": "x", "rejected": "y", "best": "b"}""";
        Assert.NotEqual(RowFile.Open(row).Fingerprint, RowFile.Mapped("chosen=best", row).Fingerprint);
        foreach (string text in (string[])["prompt=q,chosen", """{"prompt":"a,b=c"}"""])
        {
            Assert.Equal(text, ColumnMap.Parse(text).ToString());
            Assert.Equal(ColumnMap.Parse(text), ColumnMap.Parse(ColumnMap.Parse(text).ToJson().ToJsonString()));
        }
    }

    [Theory]
    [InlineData("promt=q", "promt, which is no column of Simper's layouts; did you mean prompt?")]
    [InlineData("prompt=", "has to be pairs of a name and a column")]
    [InlineData("{\"prompt\": 3}", "has to be pairs of a name and a column")]
    [InlineData("{prompt: q}", "has to be pairs of a name and a column")]
    [InlineData("prompt=q,prompt=r", "gives prompt twice")]
    [InlineData(
        "prompt=question_text",
        "takes prompt from the column question_text, which is not there; the columns are q, good"
    )]
    [InlineData("prompt=q,chosen=goodone", "; did you mean chosen=good one?")]
    [InlineData("prompt=meta.q", "takes prompt from the column meta.q, which is not there")]
    [InlineData("prompt=meta,chosen=good one,rejected=q", "if its bad is meant, write dataset_columns: prompt=meta.bad")]
    [InlineData(
        "prompt=q,chosen=good one",
        "nearest is strings (prompt, chosen, rejected), which lacks rejected; name the columns that have it, as "
            + "dataset_columns: prompt=q,chosen=good one,rejected=COLUMN."
    )]
    public void What_cannot_be_is_refused(string columns, string expected) =>
        Assert.Contains(
            expected,
            Assert.Throws<SimperException>(() => RowFile.Mapped(columns, Row)).Message,
            StringComparison.Ordinal
        );

    [Theory]
    [InlineData("\"question\": \"p\", \"best\": \"x\", \"worst\": \"y\"", "chosen=best,rejected=worst")]
    [InlineData(
        "\"user_query\": \"p\", \"good_answer\": \"x\", \"badAnswer\": \"y\"",
        "prompt=user_query,chosen=good_answer,rejected=badAnswer"
    )]
    [InlineData(
        "\"id\": 3, \"prompt\": \"p\", \"preferred\": \"x\", \"non-preferred\": \"y\"",
        "chosen=preferred,rejected=non-preferred"
    )]
    [InlineData("\"prompt\": \"p\", \"choosen\": \"x\", \"rejectd\": \"y\"", "chosen=choosen,rejected=rejectd")]
    [InlineData("\"prompt\": \"p\", \"response\": \"x\", \"rating\": 3", "completion=response")]
    [InlineData("\"prompt\": \"p\", \"response\": \"x\", \"thumbs_up\": true", "completion=response,label=thumbs_up")]
    [InlineData(
        "\"dialog\": [{\"role\": \"user\", \"content\": \"p\"}, {\"role\": \"assistant\", \"content\": \"x\"}]",
        "messages=dialog"
    )]
    [InlineData("\"prompt\": \"p\", \"candidates\": [\"x\", \"y\"], \"scores\": [1, 2]", "responses=candidates")]
    [InlineData("\"prompt\": \"p\", \"response_1\": \"x\", \"response_2\": \"y\", \"winning\": 1", "better_response_id=winning")]
    [InlineData("\"prompt\": \"p\", \"response_a\": \"x\", \"response_b\": \"y\", \"label\": \"b\"", "better_response_id=label")]
    [InlineData("\"prompt\": \"p\", \"response_a\": \"x\", \"response_b\": \"y\"", "which lacks better_response_id; name")]
    [InlineData(
        "\"dialogue\": \"p\", \"chosen_answer\": \"x\", \"rejected_answer\": \"y\"",
        "prompt=dialogue,chosen=chosen_answer,"
    )]
    [InlineData(
        "\"question\": {\"id\": \"long name\", \"full_text\": \"p\"}, \"answer_0\": \"x\", \"score_0\": 1, \"answer_1\": \"y\", "
            + "\"score_1\": 0",
        "question=question.full_text"
    )]
    [InlineData("\"message_id\": \"a\", \"parent_id\": null, \"text\": \"x\", \"role\": \"prompter\"", "one message of a tree")]
    public void The_nearest_layout_comes_with_the_line_to_write(string columns, string line)
    {
        string message = RowFile.Error($"{{{columns}}}", $"{{{columns}}}");
        Assert.Contains("line 1: ", message, StringComparison.Ordinal);
        Assert.Contains(line, message, StringComparison.Ordinal);
        const string write = "write dataset_columns: ";
        if (message.IndexOf(write, StringComparison.Ordinal) is >= 0 and int at) // what it says works
        {
            string map = message[(at + write.Length)..].Split(" (")[0].TrimEnd('.');
            Assert.Equal(2, RowFile.Mapped(map, $"{{{columns}}}", $"{{{columns}}}").Rows);
        }
    }
}
