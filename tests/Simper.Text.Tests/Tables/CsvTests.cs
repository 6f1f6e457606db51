using System.Text;
using Simper.Text.Preferences;
using Simper.Text.Tests.Preferences;

namespace Simper.Text.Tests.Tables;

/// <summary>Tables of texts: what their cells become, and the sentence for each way in which they are broken.</summary>
public class CsvTests
{
    private static string[] Rows(string text, string name = "a.csv") =>
        TableFile.Read(
            Encoding.UTF8.GetBytes(text),
            name,
            f => RowReader.Read(f).Select(r => $"{r.Row} {Encoding.UTF8.GetString(r.Utf8)}").ToArray()
        );

    [Theory]
    [InlineData("prompt,chosen,rejected\na,b,c\n")]
    [InlineData("\"prompt\",\"chosen\",\"rejected\"\n\"a\",\"b\",\"c\"\n")]
    [InlineData("prompt;chosen;rejected\r\na;b;c\r\n")]
    [InlineData("prompt\tchosen\trejected\ra\tb\tc")]
    [InlineData("prompt|chosen|rejected\n\na|b|c\n\n")]
    [InlineData("\ufeffprompt , chosen,rejected\na,b,c\n")]
    [InlineData(",prompt,chosen,rejected\n0,a,b,c\n")]
    [InlineData("Unnamed: 0,prompt,chosen,rejected\n0,a,b,c\n")]
    public void Tables_are_read_whatever_they_are_called(string text)
    {
        foreach (string name in (string[])["rows.csv", "rows.tsv", "rows.jsonl", "rows.txt", "rows"])
            Assert.EndsWith(
                """{"prompt":"a","chosen":"b","rejected":"c"}""",
                Assert.Single(Rows(text, name)),
                StringComparison.Ordinal
            );
    }

    [Fact]
    public void Records_are_counted_by_the_line_at_which_they_begin() =>
        Assert.Equal(
            ["2 {\"a\":\"x\\ny\",\"b\":\"1\"}", "4 {\"a\":\"\\\"q\\\", z\",\"b\":null}", "6 {\"a\":null,\"b\":\"2\"}"],
            Rows("a,b\n\"x\ny\",1\n\"\"\"q\"\", z\",\"\"\n\n,2\n")
        );

    [Fact]
    public void Words_stay_words_and_labels_become_labels()
    {
        Assert.Equal(
            [
                "2 {\"prompt\":\"True\",\"completion\":\"1\",\"label\":true}",
                "3 {\"prompt\":\"null\",\"completion\":\"[1]\",\"label\":0}",
            ],
            Rows("prompt,completion,label\nTrue,1,True\nnull,[1],0\n")
        );
        Assert.Equal(
            [
                "2 {\"chosen\":\"9\",\"score_chosen\":9.50,\"score_rejected\":null}",
                "3 {\"chosen\":\"8\",\"score_chosen\":\"high\",\"score_rejected\":-1}",
            ],
            Rows("chosen,score_chosen,score_rejected\n9,9.50,nan\n8,high,-1\n")
        );
    }

    [Fact]
    public void Labels_of_a_table_are_learnt_from()
    {
        PreferenceDataset rows = RowFile.Named(
            "a.csv",
            Encoding.UTF8.GetBytes("prompt,completion,label\np,a,True\np,b,false\np,c,1\n")
        );
        Assert.Equal([1, -1, 1], rows.Select(r => Assert.Single(r.Weights!)));
        Assert.Contains(
            "line 3: \"label\" has to be true or false",
            Assert
                .Throws<SimperException>(() =>
                    RowFile.Named("a.csv", Encoding.UTF8.GetBytes("prompt,completion,label\np,a,True\np,b,good\n"))
                )
                .Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Lists_in_cells_are_lists_where_lists_are_read()
    {
        Assert.Equal(
            "2 {\"prompt\":\"p\",\"responses\":[\"a\", \"b\"],\"scores\":[1, 2.5]}",
            Assert.Single(Rows("prompt,responses,scores\np,\"[\"\"a\"\", \"\"b\"\"]\",\"[1, 2.5]\"\n"))
        );
        Assert.Equal("2 {\"chosen\":\"[1]\",\"messages\":\"[a]\"}", Assert.Single(Rows("chosen,messages\n[1],[a]\n")));
    }

    [Fact]
    public void Messages_in_cells_are_messages_and_what_python_prints_is_refused()
    {
        const string Table =
            "prompt,chosen,rejected\np,\"[{\"\"role\"\":\"\"assistant\"\",\"\"content\"\":\"\"a\"\"}]\","
            + "\"[{\"\"role\"\":\"\"assistant\"\",\"\"content\"\":\"\"b\"\"}]\"\n";
        Assert.Equal(
            "user: p -> assistant: a / assistant: b",
            RowFile.Told(Assert.Single(RowFile.Named("a.csv", Encoding.UTF8.GetBytes(Table))))
        );
        byte[] printed = Encoding.UTF8.GetBytes("prompt,chosen,rejected\np,\"[{'role': 'user', 'content': 'a'}]\",b\n");
        Assert.Contains(
            "a.csv, line 2: \"chosen\" is a list as Python prints it",
            Assert.Throws<SimperException>(() => RowFile.Named("a.csv", printed)).Message,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("{\"prompt\": \"p\", \"chosen\": \"a\", \"rejected\": \"b\"}\n{\"prompt\": \"q\", \"chosen\": \"a\"}\n", 2)]
    [InlineData("[{\"prompt\": \"p\", \"chosen\": \"a\", \"rejected\": \"b\"}]", 1)]
    public void Json_that_is_called_csv_is_json(string text, int rows) => Assert.Equal(rows, Rows(text).Length);

    [Theory]
    [InlineData("a,b\n1,2\n1,2,3\n", "a.csv, line 3, has 3 cells, and the first line names 2")]
    [InlineData("a,b\n1,2\n\n\n1\n", "a.csv, line 5, has 1 cell, and the first line names 2")]
    [InlineData("a,b\n1,2\n\"x,2\n1,2\n", "a.csv, line 3, has a quote that is opened in line 3 and not closed")]
    [InlineData("a,b\n1,\"x\" y\n", "a.csv, line 2, has text behind a closing quote in line 2")]
    [InlineData(
        "a,b\n1,\"say \\\"hi\\\"\"\n",
        "behind a closing quote in line 2; quotes within a quoted text have to be doubled"
    )]
    [InlineData("a,b,a\n1,2,3\n", "a.csv names two columns a in its first line")]
    [InlineData("a,,b\n1,2,3\n", "a.csv has nothing in place of the name of column 2; its first line has to name the columns")]
    [InlineData("a,2.5\n1,2\n", "a.csv has \"2.5\" in place of the name of column 2")]
    [InlineData("\"a\nb\",c\n1,2\n", "in place of the name of column 1")]
    [InlineData(
        "prompt^chosen^rejected\na^b^c\n",
        "a.csv has no comma, semicolon, tab or bar in its first line, \"prompt^chosen^rejected\""
    )]
    public void Broken_tables_are_refused_with_their_line(string text, string expected) =>
        Assert.Contains(expected, TableFile.Error(Encoding.UTF8.GetBytes(text), "a.csv"), StringComparison.Ordinal);

    [Fact]
    public void Bad_bytes_are_named_with_their_line() =>
        Assert.Contains(
            "a.csv, line 3, is not valid UTF-8; write the file in UTF-8, with iconv",
            TableFile.Error([.. "a,b\n1,2\n"u8, 0xe9, .. ",2\n"u8], "a.csv"),
            StringComparison.Ordinal
        );

    [Theory]
    [InlineData("")]
    [InlineData("\n\n")]
    [InlineData("prompt,chosen,rejected\n")]
    public void A_table_without_rows_has_none(string text) => Assert.Empty(Rows(text));

    [Theory]
    [InlineData("unicode", 0)]
    [InlineData("unicode", 2)]
    [InlineData("unicodeFFFE", 0)]
    [InlineData("unicodeFFFE", 2)]
    public void Tables_in_utf16_are_read(string name, int skipped)
    {
        var encoding = Encoding.GetEncoding(name);
        byte[] text = [.. encoding.GetPreamble(), .. encoding.GetBytes("prompt;chosen;rejected\r\n\u00e9;b;c\r\n")];
        Assert.Equal(
            "user: \u00e9 -> assistant: b / assistant: c",
            RowFile.Told(Assert.Single(RowFile.Named("a.csv", text[skipped..])))
        );
    }
}
