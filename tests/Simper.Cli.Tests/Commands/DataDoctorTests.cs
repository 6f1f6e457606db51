using System.Text.Json.Nodes;
using Simper.Testing;

namespace Simper.Cli.Tests.Commands;

/// <summary>simper data doctor: what it prints and writes, and its exit codes.</summary>
public sealed class DataDoctorTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("simper-test-").FullName;

    private static readonly string Model = Path.Combine(SharedFiles.Repository, "assets", "demo", "model");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string At(string name) => Path.Combine(_folder, name);

    private string Rows(params string[] rows)
    {
        File.WriteAllLines(At("rows.jsonl"), rows);
        return At("rows.jsonl");
    }

    private const string Sound = """{"prompt": "What is two and two?", "chosen": "It is four.", "rejected": "It is five."}""";
    private const string Marked = """{"prompt": "Who is there?", "chosen": "A fri\u200bend.", "rejected": "Nobody <script>."}""";
    private const string Broken = """{"prompt": "Who goes <|end|> there?", "chosen": "A friend.", "rejected": "Nobody."}""";

    private static Task<(int Code, string Output, string Errors)> Run(params string[] args) =>
        Typed.Run(["data", "doctor", .. args, "--model_name_or_path", Model, "--benchmarks", "none"]);

    [Fact]
    public async Task Exit_codes_tell_errors_and_warnings()
    {
        Assert.Equal(0, (await Run(Rows(Sound))).Code);
        Assert.Equal(0, (await Run(Rows(Sound, Marked))).Code);
        Assert.Equal(1, (await Run(Rows(Sound, Marked), "--strict")).Code);
        Assert.Equal(1, (await Run(Rows(Sound, Broken))).Code);
    }

    [Fact]
    public async Task Findings_are_printed_with_rows_reason_and_remedy()
    {
        (_, string text, string errors) = await Run(Rows(Sound, Marked));
        Assert.Empty(errors);
        Assert.Contains("warning 1 row: characters without width stand in a text", text, StringComparison.Ordinal);
        Assert.Contains("    row 2: chosen, character 6 (U+200B)", text, StringComparison.Ordinal);
        Assert.Contains("To do: Take them out. (--fix does)", text, StringComparison.Ordinal);
        Assert.Contains("0 errors, 1 warning, 1 note", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_row_is_shown_token_by_token()
    {
        (_, string text, _) = await Run(Rows(Sound, Marked), "--row", "1");
        Assert.Contains("{<|user|>}", text, StringComparison.Ordinal);
        Assert.Contains("]]{", text.Replace("[[{", "]]{", StringComparison.Ordinal), StringComparison.Ordinal);
        (int code, _, string errors) = await Run(Rows(Sound), "--row", "7");
        Assert.Equal(2, code);
        Assert.Contains("has no row 7", errors, StringComparison.Ordinal);
        Assert.Contains("rows count from 1", (await Run(Rows(Sound), "--row", "0")).Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_page_needs_nothing_from_elsewhere_and_escapes_what_rows_say()
    {
        await Run(Rows(Sound, Marked), "--html", At("report.html"));
        string page = await File.ReadAllTextAsync(At("report.html"), TestContext.Current.CancellationToken);
        Assert.DoesNotContain("<script>.", page, StringComparison.Ordinal);
        Assert.Contains("script-src 'sha256-", page, StringComparison.Ordinal);
        Assert.DoesNotMatch("(src|href)=\"(?!#|data:)", page);
        Assert.Contains("data-check=\"zero-width\"", page, StringComparison.Ordinal);
        Assert.Contains("id=\"row-0-2\"", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_report_is_there_as_json()
    {
        await Run(Rows(Sound, Marked), "--json", At("report.json"));
        JsonObject report = JsonNode
            .Parse(await File.ReadAllTextAsync(At("report.json"), TestContext.Current.CancellationToken))!
            .AsObject();
        Assert.Equal((1, 2, 1), ((int)report["schema"]!, (int)report["rows"]!, (int)report["warnings"]!));
        JsonNode finding = report["findings"]!.AsArray().Single(f => (string?)f!["grade"] == "warning")!;
        Assert.Equal(("zero-width", 2), ((string)finding["check"]!, (int)finding["first_rows"]![0]!["row"]!));
    }

    [Fact]
    public async Task A_mended_copy_is_sound()
    {
        (int code, string text, _) = await Run(Rows(Sound, Marked), "--fix", At("mended.jsonl"));
        Assert.Equal(0, code);
        Assert.Contains("1 row mended, 0 rows left out", text, StringComparison.Ordinal);
        (_, string again, _) = await Run(At("mended.jsonl"));
        Assert.Contains("0 errors, 0 warnings", again, StringComparison.Ordinal);
        (int refused, _, string errors) = await Run(At("mended.jsonl"), "--fix", At("mended.jsonl"));
        Assert.Equal(2, refused);
        Assert.Contains("give the copy another name", errors, StringComparison.Ordinal);
    }
}
