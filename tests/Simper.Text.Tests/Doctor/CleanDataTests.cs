using Simper.Testing;
using Simper.Text.Doctor;
using Simper.Text.Preferences;

namespace Simper.Text.Tests.Doctor;

/// <summary>
/// Data that others published, and files of our own in all layouts: no error is invented, and every warning was looked at and is
/// true. The table of docs/doctor.md has the same counts.
/// </summary>
public class CleanDataTests
{
    // Rows of each warning, all looked at.
    private static readonly Dictionary<string, (string Check, long Rows)[]> True = new(StringComparer.Ordinal)
    {
        ["hh-rlhf/harmless-base-test.jsonl.gz"] = [("empty-answer", 4), ("assistant-twice", 9), ("private-use", 1)],
        ["llama-factory/alpaca_en_demo.json.gz"] = [("duplicate-row", 14)],
        ["llama-factory/dpo_en_demo.json.gz"] =
        [
            ("duplicate-row", 5),
            ("cut-to-nothing", 1),
            ("byte-order-mark", 1),
            ("control-characters", 2),
            ("mojibake", 1),
            ("html-entities", 1),
            ("literal-escapes", 6),
        ],
        ["llama-factory/dpo_zh_demo.json.gz"] =
        [
            ("duplicate-row", 11),
            ("cut-answer", 1),
            ("cut-to-nothing", 1),
            ("answer-runs-on", 1),
            ("zero-width", 1),
            ("replacement-character", 6),
        ],
        ["llama-factory/kto_en_demo.json.gz"] =
        [
            ("cut-answer", 1),
            ("foreign-marker", 1),
            ("answer-runs-on", 2),
            ("control-characters", 1),
            ("mojibake", 2),
            ("html-entities", 1),
            ("literal-escapes", 1),
        ],
    };

    // What the golden rows have on purpose, in the row with all kinds of characters and those with tools and ties.
    private static readonly string[] Golden =
    [
        "mixed-normal-forms",
        "looping-answer",
        "ranked-alike",
        "tools-unwritten",
        "calls-unwritten",
        "answer-unwritten",
        "answer-part-unwritten",
    ];

    public static TheoryData<string> Published =>
        SharedFiles.Rows(() =>
            ((string[])["hh-rlhf", "llama-factory", "torchtune"])
                .SelectMany(f => Directory.GetFiles(SharedFiles.Path("data", f)).Select(p => $"{f}/{Path.GetFileName(p)}"))
                .Where(f => f.Contains(".json", StringComparison.Ordinal))
                .Order(StringComparer.Ordinal)
        );

    public static TheoryData<string> Formats =>
        SharedFiles.Rows(() =>
            Directory
                .GetFiles(SharedFiles.Path("golden", "data", "formats", "jsonl"))
                .Concat(Directory.GetFiles(SharedFiles.Path("golden", "data", "formats", "parquet")))
                .Concat(Directory.GetFiles(SharedFiles.Path("golden", "data", "formats", "csv")))
                .Select(p => Path.GetRelativePath(SharedFiles.Path("golden", "data", "formats"), p))
                .Order(StringComparer.Ordinal)
        );

    private static DoctorReport Examine(string path, Compatibility mode = Compatibility.Strict) =>
        new DataDoctor(SmolLm2.Tokenizing(new TokenizationOptions { MaxLength = 4096, Compatibility = mode })).Examine(
            path,
            null,
            TestContext.Current.CancellationToken
        );

    [Theory]
    [MemberData(nameof(Published))]
    public void No_error_is_invented_in_published_data_and_warnings_are_true(string file)
    {
        DoctorReport report = Examine(SharedFiles.Path(["data", .. file.Split('/')]));
        Assert.DoesNotContain(report.Findings, f => f.Grade == Grade.Error);
        Assert.Equal(
            True.GetValueOrDefault(file, []).Order(),
            report.Findings.Where(f => f.Grade == Grade.Warning).Select(f => (f.Check.Id, f.Count)).Order()
        );
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void No_error_is_invented_in_any_layout_and_warnings_are_what_rows_have_on_purpose(string file)
    {
        DoctorReport report = Examine(
            SharedFiles.Path(["golden", "data", "formats", .. file.Split(Path.DirectorySeparatorChar)])
        );
        Assert.DoesNotContain(report.Findings, f => f.Grade == Grade.Error);
        Assert.Empty(report.Findings.Where(f => f.Grade == Grade.Warning).Select(f => f.Check.Id).Except(Golden));
    }

    [Theory]
    [InlineData(Compatibility.Trl)]
    [InlineData(Compatibility.TrlCpo)]
    [InlineData(Compatibility.SimPerReference)]
    public void Other_modes_are_examined_too(Compatibility mode)
    {
        DoctorReport report = Examine(SharedFiles.Path("data", "hh-rlhf", "harmless-base-test.jsonl.gz"), mode);
        Assert.Equal(2312, report.Rows);
        Assert.Equal(Grade.Error, report.Findings.Single(f => f.Check.Id == "empty-answer").Grade);
        Assert.DoesNotContain(report.Findings, f => f.Check.Id is "no-stop-token" or "unscored-stop-token" or "double-bos");
    }
}
