using System.Text.Json.Nodes;
using Simper.Cli.Demo;
using Simper.Reports;
using Simper.Runs;

namespace Simper.Cli.Tests.Commands;

/// <summary>What a run leaves for its report, and the command that writes reports again.</summary>
public sealed class ReportCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("simper-report-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string At(string name) => Path.Combine(_folder, name);

    private static Task<(int Code, string Output, string Errors)> Run(params string[] args) => Typed.Run(args);

    private string Train(string name, int steps, double learningRate)
    {
        Recipe recipe = DemoRun.Recipe(At(name), seed: 1) with
        {
            MaxSteps = steps,
            LearningRate = learningRate,
            Samples = 2,
            SampleTokens = 8,
            LoggingSteps = 1,
        };
        Assert.IsType<RunEvent.Finished>(new TrainingRun(recipe).Events().Last());
        return At(name);
    }

    [Fact]
    public async Task A_run_writes_pairs_whose_averages_are_its_metrics_and_a_page_that_can_be_written_again()
    {
        RunRecord run = RunRecord.Read(Train("run", steps: 3, 3e-4));
        foreach ((string when, int evaluation) in (ReadOnlySpan<(string, int)>)[("before", 0), ("after", 1)])
        {
            PairRecord[] pairs = [.. run.Pairs.Where(p => p.When == when)];
            Assert.Equal(140, pairs.Length);
            void Equal(string metric, double value) =>
                Assert.Equal(run.Metrics["eval_" + metric].Values[evaluation], value, 1e-9);
            Equal("loss", pairs.Sum(p => p.Loss) / pairs.Sum(p => p.Weight));
            Equal("rewards/chosen", pairs.Average(p => p.ChosenReward));
            Equal("rewards/rejected", pairs.Average(p => p.RejectedReward));
            Equal("rewards/accuracies", pairs.Average(p => p.IsRight ? 1.0 : 0.0));
            Equal("rewards/margins", pairs.Average(p => p.Margin));
            Equal("logps/chosen_mean", pairs.Average(p => p.ChosenMean));
            Equal("logps/rejected_mean", pairs.Average(p => p.RejectedMean));
            Equal("prob/chosen", pairs.Average(p => Math.Exp(p.ChosenMean)));
            Equal("completions/length_chosen", pairs.Average(p => p.ChosenTokens));
            Equal("completions/length_rejected", pairs.Average(p => p.RejectedTokens));
        }
        // The texts are those of the rows.
        JsonNode[] rows = [.. File.ReadLines(Path.Combine(DemoRun.Assets, "heldout.jsonl")).Select(l => JsonNode.Parse(l)!)];
        Assert.All(
            run.Pairs.Where(p => p.When == "before"),
            p =>
            {
                string chosen = rows[p.Row - 1]["chosen"] is JsonArray turns
                    ? (string)turns[^1]!["content"]!
                    : (string)rows[p.Row - 1]["chosen"]!;
                Assert.Equal(chosen.Trim(), p.Texts!.Chosen!.Trim());
            }
        );
        Assert.All(run.Samples, s => Assert.InRange(s.Tokens!.Value, 1, 8));

        string page = Path.Combine(run.Path, "report.html");
        string first = await File.ReadAllTextAsync(page, TestContext.Current.CancellationToken);
        File.Delete(page);
        Assert.Equal((0, $"the page: {page}\n", ""), await Run("report", run.Path));
        Assert.Equal(first, await File.ReadAllTextAsync(page, TestContext.Current.CancellationToken));

        string other = Train("other", steps: 2, 1e-3);
        string both = Path.Combine(At("pages"), "compare.html");
        Assert.Equal((0, $"the page: {both}\n", ""), await Run("report", run.Path, other, "--output_dir", At("pages")));
        Assert.Contains(
            "<h3>other against run</h3>",
            await File.ReadAllTextAsync(both, TestContext.Current.CancellationToken),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task What_is_no_finished_run_is_refused_in_one_sentence()
    {
        (int code, _, string errors) = await Run("report", At("nowhere"));
        Assert.Equal((2, $"{At("nowhere")} is no folder; give the output_dir of a run.\n"), (code, errors));
        (code, _, errors) = await Run("report", _folder);
        Assert.Equal(2, code);
        Assert.Contains("is not the folder of a run", errors, StringComparison.Ordinal);
        Assert.Equal(2, (await Run("report")).Code);
    }
}
