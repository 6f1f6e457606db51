using System.Text.Json.Nodes;
using Simper.Cli.Demo;
using Simper.Runs;

namespace Simper.Cli.Tests.Commands;

public sealed class LedgerCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("simper-ledger-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string At(string name) => Path.Combine(_folder, name);

    private static async Task<string> Failing(params string[] args)
    {
        (int code, string output, string errors) = await Typed.Run(["ledger", .. args]);
        Assert.Equal((2, ""), (code, output));
        return errors.Trim();
    }

    [Fact]
    public async Task A_run_s_questions_are_answered_in_lines_in_JSON_and_on_a_page_with_tokens()
    {
        Recipe recipe = DemoRun.Recipe(At("run"), seed: 1) with { MaxSteps = 12, Samples = 0, LedgerTrainRows = 100 };
        Assert.IsType<RunEvent.Finished>(new TrainingRun(recipe).Events().Last());

        (int code, string lines, string errors) = await Typed.Run("ledger", At("run"), "--top", "1");
        Assert.Equal((0, ""), (code, errors));
        Assert.Contains("140 held-out pairs, ", lines, StringComparison.Ordinal);
        Assert.Contains(
            "its averages are those of metrics.jsonl to the bit: 30 figures of 2 evaluations",
            lines,
            StringComparison.Ordinal
        );
        foreach (string title in (string[])["learned: wrong at first", "always right: ", "never right: ", "likely mislabelled: "])
            Assert.Contains(title, lines, StringComparison.Ordinal);
        Assert.Contains("    chosen    ", lines, StringComparison.Ordinal);

        (_, string json, _) = await Typed.Run("ledger", At("run"), "--json", "--question", "never_right", "--split", "held_out");
        JsonObject report = JsonNode.Parse(json)!.AsObject();
        JsonNode answer = Assert.Single(report["answers"]!.AsArray())!;
        Assert.Equal(("never_right", "held_out"), ((string)answer["question"]!, (string)answer["split"]!));
        JsonArray pairs = answer["pairs"]!.AsArray();
        Assert.Equal(3, pairs.Count);
        string[] rows = await File.ReadAllLinesAsync(recipe.EvalDatasetName!, TestContext.Current.CancellationToken);
        foreach (JsonNode? pair in pairs)
        {
            Assert.All(pair!["moments"]!.AsArray(), m => Assert.True((double)m!["margin"]! < 0));
            JsonNode row = JsonNode.Parse(rows[(int)pair["row"]! - 1])!;
            Assert.Equal(((string)row["prompt"]!, (string)row["chosen"]!), ((string)pair["prompt"]!, (string)pair["chosen"]!));
        }
        Assert.Contains($"never right {answer["count"]}", Words(lines), StringComparison.Ordinal);

        string page = At("page.html");
        (code, lines, _) = await Typed.Run("ledger", At("run"), "--rows", "3,17", "--split", "held_out", "--html", page);
        Assert.Equal(0, code);
        Assert.EndsWith($"the page: {page}\n", lines, StringComparison.Ordinal);
        string html = await File.ReadAllTextAsync(page, TestContext.Current.CancellationToken);
        Assert.Contains("<h2>Token by token</h2>", html, StringComparison.Ordinal);
        Assert.Contains("<h3>held out, row 3</h3>", html, StringComparison.Ordinal);
        Assert.Contains("<h3>held out, row 17</h3>", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<h3>train", html, StringComparison.Ordinal);
        Assert.Matches("<span class=\"un\\d\" title=\"log p .* → .*\">", html);
        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("http://", html, StringComparison.Ordinal);

        Assert.Contains(
            "of which the ledger knows nothing",
            await Failing(At("run"), "--rows", "5000", "--html", page),
            StringComparison.Ordinal
        );
    }

    private static string Words(string text) =>
        string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    [Fact]
    public async Task What_it_cannot_answer_is_one_sentence()
    {
        Assert.Equal($"{At("none")} is no folder; give the output_dir of a run.", await Failing(At("none")));
        Assert.Contains("is not the folder of a run", await Failing(_folder), StringComparison.Ordinal);
        Assert.Contains(
            "--question is \"best\"; it has to be one of learned",
            await Failing(_folder, "--question", "best"),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "--split is \"test\"; it has to be one of held_out",
            await Failing(_folder, "--split", "test"),
            StringComparison.Ordinal
        );
        Assert.Contains("say where it goes by --html", await Failing(_folder, "--tokens"), StringComparison.Ordinal);
        Assert.Contains(
            "--rows has \"x\"",
            await Failing(_folder, "--rows", "3,x", "--html", "p.html"),
            StringComparison.Ordinal
        );
        Assert.Contains("--top is below 0", await Failing(_folder, "--top", "-1"), StringComparison.Ordinal);
        File.WriteAllText(At("metrics.jsonl"), "");
        Assert.Contains("has no ledger", await Failing(_folder), StringComparison.Ordinal);
        Directory.CreateDirectory(At("ledger"));
        File.WriteAllText(At("ledger/eval-00000000-before.parquet"), "PAR1");
        File.WriteAllText(At("recipe.yaml"), "model_name_or_path: m\ndataset_name: d\n");
        Assert.Contains("before.parquet is damaged", await Failing(_folder), StringComparison.Ordinal);
    }
}
