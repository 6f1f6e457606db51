using System.Text;
using Simper.Testing;
using Simper.Text.Preferences;

namespace Simper.Text.Tests.Preferences;

/// <summary>Files in every encoding and wrapping: read, or refused in one true sentence.</summary>
public class DataFileTests
{
    private const string Good = """{"prompt": "Say hi.", "chosen": "Hi.", "rejected": "No."}""";

    private static PreferenceDataset Open(string text, string name = "rows.jsonl", Encoding? encoding = null) =>
        RowFile.Named(
            name,
            [.. (encoding ?? new UTF8Encoding(false)).GetPreamble(), .. (encoding ?? new UTF8Encoding(false)).GetBytes(text)]
        );

    private static string Error(string text, string name = "rows.jsonl") => Error(Encoding.UTF8.GetBytes(text), name);

    private static string Error(byte[] content, string name = "rows.jsonl") =>
        Assert.Throws<SimperException>(() => RowFile.Named(name, content)).Message;

    [Theory]
    [InlineData("array_named_jsonl.jsonl", 2)]
    [InlineData("bom.jsonl", 3)]
    [InlineData("bom_array.json", 2)]
    [InlineData("crlf.jsonl", 3)]
    [InlineData("lines_named_json.json", 2)]
    [InlineData("nan_extra.jsonl", 1)]
    [InlineData("no_final_newline.jsonl", 3)]
    [InlineData("single_object.json", 1)]
    [InlineData("table.csv", 1)]
    [InlineData("utf16.jsonl", 3)]
    [InlineData("wrapped.json", 1)]
    public void Files_from_the_field_are_read(string file, int rows)
    {
        PreferenceDataset dataset = PreferenceDataset.Open(RowFile.Case("encodings", file));
        Assert.Equal(rows, dataset.Count);
        if (file != "nan_extra.jsonl")
            Assert.Equal("user: Say hi. -> assistant: Hi. / assistant: No.", RowFile.Told(dataset[0]));
    }

    [Theory]
    [InlineData("bad_utf8.jsonl", "line 1: byte 16 (0xFF) is not valid UTF-8")]
    [InlineData("cut_off.jsonl", "line 4: it is not valid JSON, since it ends in the middle; the file may be cut off")]
    [InlineData("lone_surrogate.jsonl", "line 2: \"prompt\" is not valid Unicode, since it holds half of a character")]
    [InlineData("nan_score.jsonl", "line 1: \"scores[1]\" has to be a number, not null or NaN")]
    [InlineData("null_score.jsonl", "line 1: \"scores[1]\" has to be a number, not null or NaN")]
    [InlineData("string_score.jsonl", "line 1: \"scores[0]\" has to be a number, not \"8\"")]
    public void Files_from_the_field_are_refused_truly(string file, string expected) =>
        Assert.Contains(
            expected,
            Assert.Throws<SimperException>(() => PreferenceDataset.Open(RowFile.Case("encodings", file))).Message,
            StringComparison.Ordinal
        );

    [Theory]
    [InlineData("{\n  \"prompt\": \"Say hi.\",\n  \"chosen\": \"Hi.\",\n  \"rejected\": \"No.\"\n}\n", 1)]
    [InlineData(
        "{\n  \"prompt\": \"Say hi.\",\n  \"chosen\": \"Hi.\",\n  \"rejected\": \"No.\"\n}\n"
            + Good
            + "\n{\n"
            + "\"prompt\": \"p\", \"chosen\": \"a\", \"rejected\": \"b\"}",
        3
    )]
    [InlineData("{\"data\": [" + Good + ",\n" + Good + "]}", 2)]
    [InlineData("{\"version\": \"1\",\n \"rows\": [" + Good + "]\n}", 1)]
    [InlineData("\n\n  " + Good + "\n\n", 1)]
    [InlineData(" \r\n[\n" + Good + "\n]\n", 1)]
    public void Json_over_many_lines_is_read(string text, int rows)
    {
        Assert.Equal(rows, Open(text, "rows.json").Count);
        Assert.Equal(rows, Open(text).Count);
    }

    // Python's json reads them; only in a column that is read there is no text to make tokens of.
    [Theory]
    [InlineData("\"s\": \"\\ud83d\"")]
    [InlineData("\"s\": [{\"a\": \"\\ude00\"}]")]
    public void Half_a_character_may_stand_where_nobody_reads(string column) =>
        Assert.Single(RowFile.Open(Good[..^1] + ", " + column + "}"));

    [Fact]
    public void Encodings_are_told_by_the_bytes()
    {
        foreach (
            Encoding encoding in (Encoding[])
                [
                    new UTF8Encoding(true),
                    new UnicodeEncoding(false, true),
                    new UnicodeEncoding(true, true),
                    new UnicodeEncoding(false, false),
                    new UnicodeEncoding(true, false),
                ]
        )
        {
            Assert.Equal(
                "user: \u00e9\ud83d\ude00 -> assistant: Hi. / assistant: No.",
                RowFile.Told(
                    Open(
                        Good.Replace("Say hi.", "\u00e9\ud83d\ude00", StringComparison.Ordinal) + "\r\n" + Good,
                        encoding: encoding
                    )[0]
                )
            );
            Assert.Single(Open($"[{Good}]", encoding: encoding));
        }
        Assert.Contains(
            "UTF-32",
            Error([0xff, 0xfe, 0, 0, .. new UTF32Encoding(false, false).GetBytes(Good)]),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "is not valid UTF-16",
            Error([0xff, 0xfe, .. Encoding.Unicode.GetBytes("{\"a\": \""), 0x00, 0xd8, 0x20, 0x00]),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Packing_is_told_by_the_bytes_too()
    {
        byte[] packed = PackedBytes.Gzip([.. Encoding.UTF8.Preamble, .. Encoding.UTF8.GetBytes(Good)]);
        Assert.Single(RowFile.Named("rows.jsonl", packed));
        Assert.Single(RowFile.Named("rows.jsonl.gz", packed));
        Assert.Single(RowFile.Named("rows.jsonl.gz", Encoding.UTF8.GetBytes(Good)));
        Assert.Single(RowFile.Named("rows.txt", Encoding.UTF8.GetBytes(Good)));
    }

    [Theory]
    [InlineData("NaN")]
    [InlineData("Infinity")]
    [InlineData("-Infinity")]
    [InlineData("[NaN, {\"a\": -Infinity}]")]
    public void Numbers_of_python_may_stand_where_nobody_reads(string value)
    {
        Assert.Equal(
            "user: NaN \" Infinity -> assistant: a / assistant: b",
            RowFile.Told(
                Assert.Single(RowFile.Open($$"""{"prompt": "NaN \" Infinity", "x": {{value}}, "chosen": "a", "rejected": "b"}"""))
            )
        );
        Assert.Single(Open($$"""[{"prompt": "NaN", "x": {{value}}, "chosen": "a", "rejected": "b"}]"""));
        Assert.Single(Open($$"""{"data": [{"prompt": "NaN", "x": {{value}}, "chosen": "a", "rejected": "b"}]}"""));
    }

    [Theory]
    [InlineData("Infinity", "infinite")]
    [InlineData("-Infinity", "infinite")]
    [InlineData("NaN", "null or NaN")]
    public void Where_a_number_is_read_it_has_to_be_one(string value, string found)
    {
        Assert.Contains(
            $"\"scores[0]\" has to be a number, not {found}",
            RowFile.Error($$"""{"prompt": "p", "responses": ["a", "b"], "scores": [{{value}}, 1]}"""),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "\"responses[0].score\" has to be a number",
            RowFile.Error($$"""{"prompt": "p", "responses": [{"text": "a", "score": {{value}}}, {"text": "b", "score": 1}]}"""),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Deep_json_is_read_and_the_bottomless_refused()
    {
        string Nested(int levels) =>
            "{\"prompt\": \"p\", \"chosen\": \"a\", \"rejected\": \"b\", \"x\": "
            + $"{new string('[', levels)}{new string(']', levels)}}}";
        Assert.Single(RowFile.Open(Nested(65)));
        Assert.Single(Open("[" + Nested(500) + "]"));
        Assert.Single(
            RowFile.Open(
                Nested(300)
                    .Replace("\"x\"", "\"tools\"", StringComparison.Ordinal)
                    .Replace("[[", "[{\"name\": \"f\", \"parameters\": [", StringComparison.Ordinal)
                    .Replace("]]", "]}]", StringComparison.Ordinal)
            )
        );
        Assert.Contains("line 1: it is nested deeper than 1000 levels", RowFile.Error(Nested(5000)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("PAR1\u0015\u0004", "is damaged: it begins as Parquet and does not end so")]
    [InlineData("ARROW1\0\0", "is damaged: it begins as an Arrow file and does not end so")]
    [InlineData("version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "is a pointer of Git LFS")]
    [InlineData("<!DOCTYPE html>\n<html>", "is a web page")]
    [InlineData("BZh91AY", "is damaged: it is not valid bzip2, or cut off")]
    [InlineData("Human: hello there", "it begins with \"Human: hello there\"")]
    [InlineData("{'prompt': 'a', 'chosen': 'b', 'rejected': 'c'}", "line 1: it is not valid JSON but what Python prints")]
    [InlineData(
        "{\"prompt\": {\"0\": \"a\", \"1\": \"b\"}, \"chosen\": {\"0\": \"a\"}, \"rejected\": {\"0\": \"a\"}}",
        "holds columns, not rows"
    )]
    [InlineData(
        "{\"prompt\": [\"a\", \"b\"], \"chosen\": [\"a\", \"b\"], \"rejected\": [\"c\", \"d\"]}",
        "holds columns, not rows"
    )]
    [InlineData("{\"train\": [{\"a\": 1}], \"test\": [{\"a\": 1}]}", "holds several lists of rows (train, test)")]
    [InlineData("{\n \"prompt\": \"a\",\n \"chosen\": ]\n}", "line 3: it is not valid JSON")]
    [InlineData("{\"prompt\": \"a\", \"chosen\": \"b\",}", "a comma stands behind the last value; take it out")]
    [InlineData(Good + Good, "something stands behind the object; write one object a line")]
    [InlineData(Good + "\n// more\n" + Good, "line 2: it is not valid JSON (byte 0): JSON has no comments")]
    [InlineData("{}", "line 1: the row is empty, which is no layout that Simper knows")]
    [InlineData("{\"text\": \"a\"}", "line 1: the column text alone is no layout that Simper knows")]
    [InlineData("{\n \"prompt\": \"a\",\n \"chosen\": \"b", "it ends in the middle")]
    [InlineData("{\"prompt\": \"a\", \"chos\n" + Good, "line 1: it is not valid JSON, since it ends in the middle")]
    [InlineData("[" + Good + ",\n" + Good, "it ends in the middle")]
    [InlineData("{\"prompt\": \"\\ude00\", \"chosen\": [{\"role\": \"user\", \"content\": \"a\"}]}", "line 1:")]
    public void What_is_no_json_is_named_for_what_it_is(string content, string expected)
    {
        foreach (string name in (string[])["rows.jsonl", "rows.json", "rows.txt", "rows"])
        {
            string error = Error(content, name);
            Assert.Contains(expected, error, StringComparison.Ordinal);
            Assert.Contains(name, error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Bad_bytes_are_named_with_their_line() =>
        Assert.Contains(
            "line 2: byte 13 (0xE9) is not valid UTF-8",
            Error([
                .. Encoding.UTF8.GetBytes(Good + "\n"),
                .. Encoding.Latin1.GetBytes("{\"prompt\": \"\u00e9\", \"chosen\": \"b\", \"rejected\": \"c\"}"),
            ]),
            StringComparison.Ordinal
        );

    [Fact]
    public void Names_of_the_hub_and_folders_of_other_programs_are_told_the_way_on()
    {
        Assert.Contains(
            "simper pull org/some-data --dataset",
            Assert.Throws<SimperException>(() => PreferenceDataset.Open("org/some-data")).Message,
            StringComparison.Ordinal
        );
        Assert.DoesNotContain(
            "hub",
            Assert.Throws<SimperException>(() => PreferenceDataset.Open("data/pairs.jsonl")).Message,
            StringComparison.Ordinal
        );
        string folder = Directory.CreateTempSubdirectory("simper-test-").FullName;
        try
        {
            File.WriteAllText(Path.Combine(folder, "train.parquet"), "PAR1");
            Assert.Contains(
                "begins as Parquet and does not end so",
                Assert.Throws<SimperException>(() => PreferenceDataset.Open(folder)).Message,
                StringComparison.Ordinal
            );
            File.Delete(Path.Combine(folder, "train.parquet"));
            File.WriteAllText(Path.Combine(folder, "data-00000.arrow"), "");
            File.WriteAllText(Path.Combine(folder, "state.json"), "{}");
            Assert.Contains(
                "state.json names no files; save the data set again",
                Assert.Throws<SimperException>(() => PreferenceDataset.Open(folder)).Message,
                StringComparison.Ordinal
            );
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
