using System.Text.Json.Nodes;
using Simper.Cli.Demo;
using Simper.Cli.Tests.Commands;
using Simper.Runs;
using Simper.Testing;
using Simper.Text.Preferences;
using Spectre.Console.Testing;

namespace Simper.Cli.Tests.Demo;

public sealed class DemoTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("simper-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Right_answers_pass_the_check_and_bad_ones_never_do()
    {
        DeterministicRandom random = DeterministicRandom.For(1, "test");
        foreach (DemoTask task in DemoTasks.All)
        {
            for (int i = 0; i < 300; i++)
            {
                string request = task.Request(random);
                Assert.Same(task, DemoTasks.Of(request));
                Assert.True(DemoTasks.Passes(request, task.Right(request)!), request);
                string bad = DemoTasks.Bad(task, request, random);
                Assert.False(DemoTasks.Passes(request, bad), $"{request} {bad}");
            }
        }
    }

    [Theory]
    [InlineData("Put these words in alphabetical order: wolf, bear.", "bear, wolf")]
    [InlineData("Say these words backwards: a, b, c.", "c, b, a")]
    [InlineData("Write in capital letters: sand rope.", "SAND ROPE")]
    [InlineData("Say moon 3 times.", "moon moon moon")]
    [InlineData("Which is larger, 37 or 52?", "52")]
    [InlineData("How many words are here: cat dog?", "2")]
    [InlineData("What is the first word here: a, b, c, d?", "a")]
    public void The_check_knows_the_answer(string request, string answer) => Assert.Equal(answer, DemoTasks.Right(request));

    [Fact]
    public void The_generator_writes_the_same_disjoint_files_every_time_and_they_are_the_bundled_ones()
    {
        DemoWriter.Write(Path.Combine(_folder, "a"));
        DemoWriter.Write(Path.Combine(_folder, "b"));
        foreach (string name in (string[])["sft.jsonl", "train.jsonl", "heldout.jsonl", "base/tokenizer.json"])
            Assert.Equal(
                File.ReadAllBytes(Path.Combine(_folder, "a", name)),
                File.ReadAllBytes(Path.Combine(_folder, "b", name))
            );
        foreach (string name in (string[])["train.jsonl", "heldout.jsonl"])
            Assert.Equal(
                File.ReadAllText(Path.Combine(SharedFiles.Repository, "assets", "demo", name)),
                File.ReadAllText(Path.Combine(_folder, "a", name))
            );

        HashSet<string> Requests(string name) =>
            [.. PreferenceDataset.Open(Path.Combine(_folder, "a", name)).Select(g => g.Prompt[^1].Content)];
        HashSet<string> text = Requests("sft.jsonl");
        HashSet<string> train = Requests("train.jsonl");
        HashSet<string> heldOut = Requests("heldout.jsonl");
        Assert.Empty(text.Intersect(train).Concat(text.Intersect(heldOut)).Concat(train.Intersect(heldOut)));
        Assert.Equal((1120, 140), (train.Count, heldOut.Count));

        double wrong = PreferenceDataset
            .Open(Path.Combine(_folder, "a", "train.jsonl"))
            .Average(g => DemoTasks.Passes(g.Prompt[^1].Content, g.Answers[0][0].Content) ? 0 : 1);
        Assert.InRange(wrong, DemoWriter.WrongLabels - 0.04, DemoWriter.WrongLabels + 0.04);
        Assert.All(
            PreferenceDataset.Open(Path.Combine(_folder, "a", "heldout.jsonl")),
            g => Assert.True(DemoTasks.Passes(g.Prompt[^1].Content, g.Answers[0][0].Content))
        );
    }

    [Fact]
    public async Task The_demo_improves_what_it_says_it_improves_and_is_repeatable()
    {
        using var console = new TestConsole();
        console.Profile.Width = 300;
        RunSummary summary = new DemoRun(console).Show(
            Path.Combine(_folder, "demo"),
            seed: 42,
            maxSteps: -1,
            CancellationToken.None
        )!;
        (double before, double after) = summary.Checks["checks/passed"];
        Assert.True(after > before + 0.15, $"checks passed: {before} before, {after} after");
        Assert.True(summary.After!.RewardAccuracy > summary.Before!.RewardAccuracy + 0.15);
        Assert.True(summary.After.RewardMargin > summary.Before.RewardMargin);
        Assert.True(summary.After.ChosenMeanLogProb > summary.Before.ChosenMeanLogProb);
        Assert.Contains("simper chat", console.Output, StringComparison.Ordinal);
        // What it proposes to ask is answered rightly by the very line that it prints.
        string line = console
            .Output.Split('\n')
            .Single(l => l.TrimStart().StartsWith("simper generate ", StringComparison.Ordinal));
        string[] words = [.. System.CommandLine.Parsing.CommandLineParser.SplitCommandLine(line.Trim()).Skip(1)];
        (int code, string answer, _) = await Typed.Run(words);
        Assert.Equal((0, DemoTasks.Right(words[^1])), (code, answer.TrimEnd()));
        JsonNode written = JsonNode.Parse(File.ReadAllText(Path.Combine(_folder, "demo", "summary.json")))!;
        Assert.Equal(after, (double)written["after"]!["checks/passed"]!);

        Assert.Contains("The run's ledger suspects ", console.Output, StringComparison.Ordinal);
        ExpectFound(DemoSuspects.Of(Path.Combine(_folder, "demo"), Path.Combine(DemoRun.Assets, "train.jsonl")));

        RunSummary again = new DemoRun(new TestConsole()).Show(
            Path.Combine(_folder, "again"),
            seed: 42,
            maxSteps: -1,
            CancellationToken.None
        )!;
        Assert.Equal(summary.After.Loss, again.After!.Loss);
        Assert.Equal(
            File.ReadAllBytes(Path.Combine(_folder, "demo", "model", "model.safetensors")),
            File.ReadAllBytes(Path.Combine(_folder, "again", "model", "model.safetensors"))
        );
    }

    [Fact]
    public void Planted_wrong_labels_are_found_far_more_often_than_by_chance()
    {
        using var console = new TestConsole();
        Assert.NotNull(
            new DemoRun(console).Show(Path.Combine(_folder, "noisy"), seed: 5, maxSteps: -1, CancellationToken.None, noise: 0.2)
        );
        string pairs = Path.Combine(_folder, "noisy-pairs.jsonl");
        // The same requests and answers, some exchanged.
        string[] Sorted(string file) =>
            [
                .. PreferenceDataset
                    .Open(file)
                    .Select(g => string.Join('|', [g.Prompt[^1].Content, .. g.Answers.Select(a => a[0].Content).Order()])),
            ];
        Assert.Equal(Sorted(Path.Combine(DemoRun.Assets, "train.jsonl")), Sorted(pairs));
        (DemoSuspects all, DemoSuspects ofSteps) = DemoSuspects.Of(Path.Combine(_folder, "noisy"), pairs);
        Assert.InRange((double)all.Wrong / all.Pairs, 0.16, 0.24);
        ExpectFound((all, ofSteps));
    }

    // Measured: docs/ledger.md. Random picks would have a tenth or a fifth.
    private static void ExpectFound((DemoSuspects All, DemoSuspects OfSteps) suspects)
    {
        Assert.InRange(suspects.All.Precision, 0.75, 1);
        Assert.InRange(suspects.All.Recall, 0.5, 1);
        Assert.InRange(suspects.OfSteps.Precision, 0.5, 1);
        Assert.InRange(suspects.OfSteps.Recall, 0.5, 1);
        Assert.All(
            (DemoSuspects[])[suspects.All, suspects.OfSteps],
            s => Assert.True(s.Precision > 2.5 * s.Random.Precision && s.Recall > 2.5 * s.Random.Recall, s.ToString())
        );
    }

    [Fact]
    public void A_share_of_wrong_labels_that_is_none_is_refused()
    {
        foreach (double share in (double[])[-0.1, 0.51, double.NaN])
            Assert.StartsWith(
                "--noise is ",
                Assert
                    .Throws<SimperException>(() =>
                        DemoPairs.Write(Path.Combine(DemoRun.Assets, "train.jsonl"), Path.Combine(_folder, "x"), share, 1)
                    )
                    .Message,
                StringComparison.Ordinal
            );
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }
}
