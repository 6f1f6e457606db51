using System.Text.Json.Nodes;
using Simper.Runs;
using Simper.Runs.Receipts;
using Simper.Tensors;
using Simper.Testing;
using Simper.Tests.Checkpoints;

namespace Simper.Tests.Runs.Receipts;

/// <summary>The receipt of a resumed run is that of its start; what was overridden is in it.</summary>
public sealed class ResumedReceiptTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private Recipe Recipe(string output) =>
        DemoRecipe.In(_folder, rows: 14, output: output) with
        {
            SaveSteps = 2,
            SaveTotalLimit = 0,
        };

    private static (List<string> Said, RunSummary? Summary) Run(Recipe recipe, int until = int.MaxValue, bool isKilled = false)
    {
        using var cancel = new CancellationTokenSource();
        var said = new List<string>();
        RunSummary? summary = null;
        foreach (RunEvent happened in new TrainingRun(recipe).Events(cancel.Token))
        {
            if (happened is RunEvent.Message message)
                said.Add(message.Text);
            if (happened is RunEvent.Finished finished)
                summary = finished.Summary;
            if (happened is not RunEvent.Step { Report.Number: var number } || number != until)
                continue;
            if (isKilled)
                break;
            cancel.Cancel();
        }
        return (said, summary);
    }

    private static List<ReceiptFinding> Check(string run, bool all = false) =>
        [.. new ReceiptCheck(run) { All = all }.Findings(TestContext.Current.CancellationToken)];

    [Theory]
    [InlineData(3, true)]
    [InlineData(3, false)]
    [InlineData(6, true)]
    public void A_resumed_run_has_the_receipt_of_the_unbroken_one(int stop, bool isKilled)
    {
        Run(Recipe("whole"));
        Run(Recipe("parts"), stop, isKilled);
        Run(Recipe("parts") with { ResumeFromCheckpoint = "true" });
        RunReceipt whole = RunReceipt.Read(_folder["whole"]);
        RunReceipt parts = RunReceipt.Read(_folder["parts"]);
        ResumedRun resumed = Assert.Single(parts.Resumed);
        Assert.Equal(isKilled ? (stop - 1) / 2 * 2 : stop, resumed.Step);
        Assert.Empty(resumed.Overridden);
        Assert.Equal(
            (whole with { Recipe = parts.Recipe, Passes = parts.Passes }).ToJson().ToJsonString(),
            (parts with { Resumed = [] }).ToJson().ToJsonString()
        );
        Assert.All(Check(_folder["parts"], all: true), f => Assert.Equal(ReceiptVerdict.Same, f.Verdict));
    }

    [Fact]
    public void Another_recipe_goes_on_only_where_that_is_allowed_and_is_recorded()
    {
        Run(Recipe("run"), 3, isKilled: true);
        Recipe other = Recipe("run") with { LearningRate = 1e-4, ResumeFromCheckpoint = "true" };
        Assert.EndsWith(
            "learning_rate was 0.0003 and is 0.0001. Give the recipe that it was begun with (recipe.yaml in the run's folder), "
                + "or begin anew; --resume_override recipe goes on all the same.",
            Refusal(other),
            StringComparison.Ordinal
        );
        Refusal(other with { ResumeOverride = ResumeOverride.Data });
        (List<string> said, RunSummary? summary) = Run(other with { ResumeOverride = ResumeOverride.Recipe });
        const string What = "learning_rate was 0.0003 and is 0.0001";
        Assert.Contains($"goes on with another recipe or other data: {What} (resume_override)", said);
        Assert.Equal([What], summary!.Overridden);
        JsonNode json = JsonNode.Parse(File.ReadAllText(_folder["run/summary.json"]))!;
        Assert.Equal(What, (string?)json["resume_override"]![0]);
        Assert.Contains(What, File.ReadAllText(_folder["run/report.html"]), StringComparison.Ordinal);
        RunReceipt receipt = RunReceipt.Read(_folder["run"]);
        ResumedRun resumed = Assert.Single(receipt.Resumed);
        Assert.Equal((2, What), (resumed.Step, Assert.Single(resumed.Overridden)));
        Assert.Contains("learning_rate: 0.0003", receipt.Recipe);
        Assert.Contains("learning_rate: 0.0001", resumed.Recipe!);
        Assert.Contains("learning_rate: 0.0001", File.ReadAllText(_folder["run/recipe.yaml"]), StringComparison.Ordinal);
        Assert.Equal([1, 2], receipt.Trace.Select(s => s.Step));
        // Its steps before that are those of the first recipe, and the last ones cannot be made from the start.
        List<ReceiptFinding> findings = [.. new ReceiptCheck(_folder["run"]) { Steps = receipt.Trace.Count }.Findings()];
        Assert.All(findings, f => Assert.Equal(ReceiptVerdict.Same, f.Verdict));
        Assert.Contains(
            "was resumed with another recipe",
            Assert.Throws<SimperException>(() => Check(_folder["run"], all: true)).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Other_rows_go_on_only_where_that_is_allowed()
    {
        Run(Recipe("run"), 3, isKilled: true);
        Recipe other = Recipe("run") with { ResumeFromCheckpoint = "true" };
        File.AppendAllText(_folder["train.jsonl"], File.ReadLines(_folder["train.jsonl"]).First() + "\n");
        Assert.EndsWith("--resume_override data goes on all the same.", Refusal(other), StringComparison.Ordinal);
        (_, RunSummary? summary) = Run(other with { ResumeOverride = ResumeOverride.Recipe | ResumeOverride.Data });
        Assert.Equal((8, 8), (summary!.Steps, summary.TotalSteps)); // 15 rows, two a step
        Assert.Equal(["the rows, or the tokens made of them, are others"], summary.Overridden);
    }

    [Fact]
    public void What_a_checkpoint_is_made_of_is_never_overridden()
    {
        Run(Recipe("run"), 3, isKilled: true);
        string[] before = Directory.GetFiles(_folder["run"], "*", SearchOption.AllDirectories);
        Recipe all = Recipe("run") with
        {
            ResumeFromCheckpoint = "true",
            ResumeOverride = ResumeOverride.Recipe | ResumeOverride.Data,
        };
        foreach (
            (Recipe other, string why) in ((Recipe, string)[])
                [
                    (all with { Dtype = Precision.BFloat16 }, "dtype was "),
                    (all with { FromScratch = true }, "from_scratch was false and is true; the model's weights are others"),
                ]
        )
        {
            string said = Refusal(other);
            Assert.Contains(why, said, StringComparison.Ordinal);
            Assert.EndsWith("or begin anew.", said, StringComparison.Ordinal);
        }
        Assert.Contains("nothing is left to do", Refusal(all with { MaxSteps = 2 }), StringComparison.Ordinal);
        Assert.Contains(
            "there is none to go on from",
            Refusal(all with { ResumeFromCheckpoint = null, OverwriteOutputDir = true }),
            StringComparison.Ordinal
        );
        Assert.Equal(before, Directory.GetFiles(_folder["run"], "*", SearchOption.AllDirectories));
    }

    [Fact]
    public void A_run_that_was_begun_without_a_receipt_gets_one_without_the_steps_before()
    {
        Run(Recipe("run"), 3, isKilled: true);
        File.Delete(_folder["run/receipt.json"]);
        Run(Recipe("run") with { ResumeFromCheckpoint = "true" });
        Assert.Equal([3, 4, 5], RunReceipt.Read(_folder["run"]).Trace.Select(s => s.Step));
        Assert.Equal("step 5", Check(_folder["run"])[^1].What);
    }

    [Theory]
    [InlineData("recipe", ResumeOverride.Recipe)]
    [InlineData("recipe,data", ResumeOverride.Recipe | ResumeOverride.Data)]
    [InlineData("", ResumeOverride.None)]
    public void The_key_is_a_word_or_a_list_and_is_written_as_it_is_read(string value, ResumeOverride meant)
    {
        Recipe read = Simper.Runs.Recipe.Read(null, [("resume_override", value)]);
        Assert.Equal(meant, read.ResumeOverride);
        File.WriteAllText(_folder["recipe.yaml"], read.ToYaml());
        Assert.Equal(meant, Simper.Runs.Recipe.Read(_folder["recipe.yaml"], []).ResumeOverride);
        Assert.Contains(
            "it has to be one or several of recipe, data",
            Assert.Throws<SimperException>(() => Simper.Runs.Recipe.Read(null, [("resume_override", "model")])).Message,
            StringComparison.Ordinal
        );
    }

    private static string Refusal(Recipe recipe) => Assert.Throws<SimperException>(() => Run(recipe)).Message;
}
