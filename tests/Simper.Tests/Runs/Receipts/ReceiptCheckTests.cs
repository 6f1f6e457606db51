using System.Text.Json.Nodes;
using Simper.Runs.Receipts;
using Simper.Tests.Checkpoints;

namespace Simper.Tests.Runs.Receipts;

/// <summary>What was changed about a run is found, and named before anything that follows from it.</summary>
public sealed class ReceiptCheckTests : IClassFixture<FinishedRun>, IDisposable
{
    private readonly FinishedRun _run;
    private readonly TemporaryFolder _folder = new();

    public ReceiptCheckTests(FinishedRun run)
    {
        _run = run;
        run.CopyTo(_folder);
    }

    public void Dispose() => _folder.Dispose();

    private List<ReceiptFinding> Findings(int? steps = null, bool all = false) =>
        [
            .. new ReceiptCheck(_folder["run"])
            {
                Moved = FinishedRun.Check(_folder).Moved,
                Steps = steps,
                All = all,
            }.Findings(TestContext.Current.CancellationToken),
        ];

    private static ReceiptFinding FirstOther(IEnumerable<ReceiptFinding> findings) =>
        findings.First(f => f.Verdict == ReceiptVerdict.Differs);

    private void Rewrite(Func<RunReceipt, RunReceipt> change) =>
        File.WriteAllText(_folder["run/receipt.json"], ReadableJson.Indented(change(RunReceipt.Read(_folder["run"])).ToJson()));

    private void Flip(string file)
    {
        byte[] bytes = File.ReadAllBytes(_folder[file]);
        bytes[^3] ^= 1;
        File.WriteAllBytes(_folder[file], bytes);
    }

    [Fact]
    public void It_is_written_before_the_first_step_and_completed_at_the_end()
    {
        RunReceipt begun = Assert.IsType<RunReceipt>(_run.Begun);
        Assert.Empty(begun.Trace);
        Assert.Null(begun.Result);
        RunReceipt ended = _run.Receipt;
        Assert.True(ended.IsAsWritten);
        Assert.Equal([1, 2, 3, 4, 5], ended.Trace.Select(s => s.Step));
        Assert.Equal(7, ended.Result!.Steps);
        Assert.Contains(ended.Result.Model, f => f.Name == "model.safetensors");
        Assert.Contains(ended.Model.Files, f => f.Name == "model.safetensors");
        Assert.Contains(ended.Model.Tokenizer, f => f.Name == "tokenizer.json");
        Assert.Equal((14, 4), (ended.Train.Groups, ended.HeldOut!.Groups));
        Assert.All(ended.Trace, s => Assert.Equal(2, s.Rows.Count));
        Assert.Equal(ended.Model.Weights, ended.Trace[0].Weights); // the first rate of a warm-up is 0
        Assert.Equal(5, ended.Trace.Select(s => s.Weights).Distinct().Count());
        Assert.Equal(begun with { Trace = ended.Trace, Result = ended.Result }, ended, Same);

        static bool Same(RunReceipt a, RunReceipt b) => a.ToJson().ToJsonString() == b.ToJson().ToJsonString();
    }

    [Fact]
    public void A_run_that_nobody_touched_is_the_same_to_its_last_bit_and_stays_as_it_was()
    {
        Dictionary<string, DateTime> before = Times();
        List<ReceiptFinding> findings = Findings();
        Assert.All(findings, f => Assert.Equal(ReceiptVerdict.Same, f.Verdict));
        Assert.Equal(["step 1", "step 2", "step 3", "step 4", "step 5"], findings.TakeLast(5).Select(f => f.What));
        Assert.Equal(
            "weights after step 7",
            Assert
                .Single(
                    Findings(all: true),
                    f => f.What.StartsWith("weights after", StringComparison.Ordinal) && f.Verdict == ReceiptVerdict.Same
                )
                .What
        );
        Assert.Equal(before, Times());

        Dictionary<string, DateTime> Times() =>
            Directory.GetFiles(_folder["run"], "*", SearchOption.AllDirectories).ToDictionary(f => f, File.GetLastWriteTimeUtc);
    }

    [Theory]
    [InlineData("run/model/model.safetensors", "model/model.safetensors", "its content is another one")]
    [InlineData("run/model/tokenizer.json", "model/tokenizer.json", "its content is another one")]
    [InlineData("model/model.safetensors", "start: model.safetensors", "its content is another one")]
    [InlineData("model/config.json", "start: config.json", "its content is another one")]
    [InlineData("model/tokenizer.json", "tokenizer: tokenizer.json", "its content is another one")]
    public void A_changed_bit_of_a_file_is_found_and_named(string file, string what, string why)
    {
        Flip(file);
        ReceiptFinding found = FirstOther(Findings(steps: 0));
        Assert.Equal(what, found.What);
        Assert.Contains(why, found.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_missing_or_was_added_is_found()
    {
        File.Delete(_folder["run/model/config.json"]);
        File.WriteAllText(_folder["run/model/added.txt"], "");
        Assert.Equal(
            ["model/config.json", "model/added.txt"],
            Findings(steps: 0).Where(f => f.Verdict == ReceiptVerdict.Differs).Select(f => f.What)
        );
    }

    [Fact]
    public void A_changed_row_is_named_by_its_number_and_nothing_is_made_of_it()
    {
        string[] lines = File.ReadAllLines(_folder["train.jsonl"]);
        JsonObject row = JsonNode.Parse(lines[10])!.AsObject();
        row["chosen"] = "another answer";
        lines[10] = row.ToJsonString();
        File.WriteAllLines(_folder["train.jsonl"], lines);
        List<ReceiptFinding> findings = Findings();
        Assert.Equal(
            new ReceiptFinding("training rows", ReceiptVerdict.Differs, "train.jsonl: row 11 changed"),
            FirstOther(findings)
        );
        Assert.Equal(("steps", ReceiptVerdict.Skipped), (findings[^1].What, findings[^1].Verdict));
    }

    [Fact]
    public void Rows_that_were_added_damaged_or_changed_where_nothing_is_read_are_found()
    {
        string held = File.ReadLines(_folder["heldout.jsonl"]).First();
        File.AppendAllText(_folder["heldout.jsonl"], held + "\n");
        Assert.Equal("heldout.jsonl: 4 then, 5 now", FirstOther(Findings(steps: 0)).Detail);
        string[] lines = File.ReadAllLines(_folder["train.jsonl"]);
        lines[2] = lines[2][..^1] + """, "note": 5}""";
        File.WriteAllLines(_folder["train.jsonl"], lines);
        Assert.Contains("the tokens are the same", FirstOther(Findings(steps: 0)).Detail, StringComparison.Ordinal);
        lines[2] = "{";
        File.WriteAllLines(_folder["train.jsonl"], lines);
        Assert.Contains("line 3", FirstOther(Findings(steps: 0)).Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_recipe_or_another_receipt_is_found()
    {
        string recipe = File.ReadAllText(_folder["run/recipe.yaml"]);
        File.WriteAllText(_folder["run/recipe.yaml"], recipe.Replace("seed: 42", "seed: 43", StringComparison.Ordinal));
        ReceiptFinding found = FirstOther(Findings(steps: 0));
        Assert.Equal("recipe.yaml", found.What);
        Assert.EndsWith("\"seed: 42\" then, \"seed: 43\" now", found.Detail, StringComparison.Ordinal);
        string receipt = File.ReadAllText(_folder["run/receipt.json"]);
        File.WriteAllText(_folder["run/receipt.json"], receipt.Replace("seed: 42", "seed: 43", StringComparison.Ordinal));
        Assert.Equal("receipt.json", FirstOther(Findings(steps: 0)).What);
    }

    [Fact]
    public void Another_template_is_found_and_named()
    {
        string template = _folder["model/chat_template.jinja"];
        File.WriteAllText(template, (File.Exists(template) ? File.ReadAllText(template) : "") + "{# another #}");
        Assert.Contains(Findings(steps: 0), f => f is { Verdict: ReceiptVerdict.Differs, What: "chat template: default" });
    }

    [Fact]
    public void A_step_that_comes_out_otherwise_is_named_with_both_numbers()
    {
        double real = _run.Receipt.Trace[2].Loss;
        ChangeThird(s => s with { Loss = Math.BitIncrement(real) });
        ReceiptFinding found = FirstOther(Findings());
        Assert.Equal("step 3", found.What);
        Assert.Equal(FormattableString.Invariant($"loss {Math.BitIncrement(real):R} then, {real:R} now"), found.Detail);
        ChangeThird(s => s with { Loss = real, Weights = "0123456789abcdef" });
        Assert.StartsWith("weights after it 0123456789abcdef then, ", FirstOther(Findings()).Detail, StringComparison.Ordinal);
        ChangeThird(s => s with { Rows = [1, 2] });
        Assert.StartsWith("rows 1, 2 then, ", FirstOther(Findings()).Detail, StringComparison.Ordinal);
        Assert.Equal(["step 1", "step 2"], Findings(steps: 2).TakeLast(2).Select(f => f.What));
    }

    [Fact]
    public void A_run_that_is_made_again_is_compared_with_its_log()
    {
        string log = File.ReadAllText(_folder["run/metrics.jsonl"]);
        File.WriteAllText(
            _folder["run/metrics.jsonl"],
            log.Replace("\"grad_norm\":", "\"grad_norm\":1", StringComparison.Ordinal)
        );
        ReceiptFinding found = FirstOther(Findings(all: true));
        Assert.Equal("metrics.jsonl", found.What);
        Assert.Matches("^step 1: gradient norm 1[0-9.]+ then, [0-9.]+ now$", found.Detail);
        Rewrite(r => r with { Result = r.Result! with { Weights = "0123456789abcdef" } });
        Assert.Equal("weights after step 7", Findings(all: true)[^1].What);
    }

    [Fact]
    public void A_model_of_the_hub_is_known_by_its_commit()
    {
        const string Commit = "0123456789abcdef0123456789abcdef01234567";
        string snapshot = _folder[$"hub/models--org--tiny/snapshots/{Commit}"];
        Directory.CreateDirectory(Path.GetDirectoryName(snapshot)!);
        Directory.Move(_folder["model"], snapshot);
        Simper.Runs.Recipe recipe = DemoRecipe.In(_folder, rows: 4, output: "other") with
        {
            ModelNameOrPath = snapshot,
            MaxSteps = 1,
        };
        Assert.NotEmpty(new Simper.Runs.TrainingRun(recipe).Events().ToList());
        Assert.Equal(Commit, RunReceipt.Read(_folder["other"]).Model.Commit);
    }

    [Fact]
    public void On_another_machine_numbers_may_be_rounded_otherwise_and_hashes_may_not()
    {
        Rewrite(r => r with { Program = new Dictionary<string, string>(r.Program) { ["threads"] = "1234" } });
        List<ReceiptFinding> findings = Findings();
        ReceiptFinding other = Assert.Single(findings, f => f.Verdict == ReceiptVerdict.Other);
        Assert.StartsWith("threads: 1234 then, ", other.Detail, StringComparison.Ordinal);
        Assert.DoesNotContain(findings, f => f.Verdict == ReceiptVerdict.Differs);
        ChangeThird(s => s with { GradientNorm = s.GradientNorm * 1.00005, Weights = "0123456789abcdef" });
        ReceiptFinding near = Assert.Single(Findings(), f => f.Verdict == ReceiptVerdict.Near);
        Assert.EndsWith("within 0.0001 of one another, relatively", near.Detail, StringComparison.Ordinal);
        ChangeThird(s => s with { GradientNorm = s.GradientNorm * 1.1 });
        Assert.EndsWith("more than 0.0001 apart, relatively", FirstOther(Findings()).Detail, StringComparison.Ordinal);
        ChangeThird(s => s with { LearningRate = s.LearningRate * 1.00005, GradientNorm = _run.Receipt.Trace[2].GradientNorm });
        Assert.StartsWith("learning rate ", FirstOther(Findings()).Detail, StringComparison.Ordinal);
        Flip("run/model/model.safetensors");
        Assert.Equal("model/model.safetensors", FirstOther(Findings(steps: 0)).What);
    }

    [Fact]
    public void What_cannot_be_checked_is_a_sentence()
    {
        Assert.Contains("has 5 steps; give --steps 5 at most", Refusal(() => Findings(steps: 6)), StringComparison.Ordinal);
        Assert.Contains(
            "given anew, as --model_name_or_path",
            Refusal(() =>
                _ = new ReceiptCheck(_folder["run"]) { Moved = [("model_name_or_path", _folder["nowhere"])] }
                    .Findings()
                    .ToList()
            ),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "seed is part of what is checked",
            Refusal(() =>
                _ = new ReceiptCheck(_folder["run"]) { Moved = [("seed", "1")] }
                    .Findings()
                    .ToList()
            ),
            StringComparison.Ordinal
        );
        Rewrite(r => r with { Result = null });
        Assert.Contains("did not come to its end", Refusal(() => Findings(all: true)), StringComparison.Ordinal);
        File.WriteAllText(_folder["run/receipt.json"], "{\"format\": 1}");
        Assert.Contains("is damaged", Refusal(() => Findings()), StringComparison.Ordinal);
        File.Delete(_folder["run/receipt.json"]);
        Assert.Contains("an earlier version", Refusal(() => Findings()), StringComparison.Ordinal);

        static string Refusal(Action check) => Assert.Throws<SimperException>(check).Message;
    }

    [Fact]
    public void A_receipt_cannot_name_files_outside()
    {
        File.WriteAllText(_folder["secret.txt"], "x");
        Rewrite(r =>
            r with
            {
                Result = r.Result! with { Model = [new ReceiptFile("../../secret.txt", 1, new string('0', 64))] },
            }
        );
        Assert.Equal("its name is none of a file in the folder", FirstOther(Findings(steps: 0)).Detail);
    }

    private void ChangeThird(Func<TracedStep, TracedStep> change) =>
        Rewrite(r => r with { Trace = [.. r.Trace.Select(s => s.Step == 3 ? change(s) : s)] });
}
