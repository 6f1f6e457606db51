using Simper.Testing;

namespace Simper.Cli.Tests.Commands;

/// <summary>Good and bad answers: one class alone is said before the first step, and what is no label is refused.</summary>
public sealed class LabelTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("simper-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private Task<(int Code, string Output, string Errors)> Train(string loss, params string[] rows)
    {
        string file = Path.Combine(_folder, "rows.jsonl");
        File.WriteAllLines(file, rows);
        return Train(file, loss);
    }

    private Task<(int Code, string Output, string Errors)> Train(string file, string loss) =>
        Typed.Run(
            "train",
            "--model_name_or_path",
            Path.Combine(SharedFiles.Repository, "assets", "demo", "model"),
            "--dataset_name",
            file,
            "--loss_type",
            loss,
            "--output_dir",
            Path.Combine(_folder, "run"),
            "--overwrite_output_dir",
            "true",
            "--dtype",
            "float32",
            "--max_steps",
            "1",
            "--test_split_size",
            "0",
            "--per_device_train_batch_size",
            "2",
            "--learning_rate",
            "1e-5"
        );

    private static string Row(string label, string answer) =>
        $$"""{"prompt": "Name a fish.", "completion": "{{answer}}", "label": {{label}}}""";

    [Theory]
    [InlineData("kto", "true", "all 2 answers are labelled good and none bad; loss_type kto")]
    [InlineData("kto", "1.0", "labelled good and none bad")]
    [InlineData("kto", "0", "all 2 answers are labelled bad and none good")]
    [InlineData("bco", "true", "labelled good and none bad; loss_type bco")]
    [InlineData("simper", "false", "labelled bad and none good; loss_type simper")]
    public async Task One_class_alone_is_said_before_the_first_step(string loss, string label, string expected)
    {
        (_, string text, string errors) = await Train(loss, Row(label, "Trout."), Row(label, "Pike."));
        Assert.Equal("", errors);
        int said = text.IndexOf(expected, StringComparison.Ordinal);
        int step = text.IndexOf("step 1/1", StringComparison.Ordinal);
        Assert.True(said >= 0 && said < step, text);
    }

    [Fact]
    public async Task Both_classes_are_nothing_to_speak_of()
    {
        (int code, string text, _) = await Train("kto", Row("true", "Trout."), Row("false", "Oak."));
        Assert.Equal(0, code);
        Assert.DoesNotContain("labelled", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("one_class.jsonl", "")]
    [InlineData("plus.jsonl", "")]
    [InlineData("float0.jsonl", "")]
    [InlineData("float1.jsonl", "")]
    [InlineData("alpaca_kto.jsonl", "")]
    [InlineData("null.jsonl", "Row 1 has one answer and no label; loss_type kto needs to know good answers from bad ones")]
    [InlineData("string_false.jsonl", "line 1: \"label\" has to be true or false, or 1 or 0, not \"false\"")]
    [InlineData("string_1.jsonl", "or 1 or 0, not \"1\"")]
    [InlineData("string_True.jsonl", "or 1 or 0, not \"True\"")]
    [InlineData("desirable.jsonl", "or 1 or 0, not \"desirable\"")]
    [InlineData("neg.jsonl", "or 1 or 0, not -1")]
    [InlineData("int2.jsonl", "or 1 or 0, not 2")]
    [InlineData("label_missing_in_one_row.jsonl", "line 3: this row has no label (label or kto_tag is missing or null), but")]
    public async Task Labels_from_the_field_are_read_or_refused_truly(string file, string expected)
    {
        (int code, _, string errors) = await Train(SharedFiles.Path("cases", "labels", file), "kto");
        Assert.Equal(expected.Length > 0 ? 2 : 0, code);
        Assert.Contains(expected, errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_label_of_null_in_every_row_is_none_for_losses_that_need_none()
    {
        (int code, _, string errors) = await Train("sft", Row("null", "Trout."), Row("NaN", "Pike."));
        Assert.Equal(("", 0), (errors, code));
        (code, _, errors) = await Train("kto", Row("null", "Trout."), Row("true", "Pike."));
        Assert.Equal(2, code);
        Assert.Contains("line 1: this row has no label", errors, StringComparison.Ordinal);
        (code, _, errors) = await Train("dpo", Row("true", "Trout."), Row("false", "Pike."));
        Assert.Equal(2, code);
        Assert.Contains(
            "Row 1 has one answer; loss_type dpo needs a chosen and a rejected one",
            errors,
            StringComparison.Ordinal
        );
    }
}
