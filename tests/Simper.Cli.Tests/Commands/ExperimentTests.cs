using System.Text.Json.Nodes;
using Simper.Cli.Demo;

namespace Simper.Cli.Tests.Commands;

public sealed class ExperimentTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("simper-test-").FullName;

    public ExperimentTests()
    {
        File.WriteAllLines(At("train.jsonl"), File.ReadLines(Path.Combine(DemoRun.Assets, "train.jsonl")).Take(24));
        File.WriteAllLines(At("heldout.jsonl"), File.ReadLines(Path.Combine(DemoRun.Assets, "heldout.jsonl")).Take(10));
        File.WriteAllText(
            At("recipe.yaml"),
            $"""
            model_name_or_path: '{Path.Combine(DemoRun.Assets, "model")}'
            dataset_name: '{At("train.jsonl")}'
            eval_dataset_name: '{At("heldout.jsonl")}'
            dtype: float32
            learning_rate: 1e-4
            per_device_train_batch_size: 6
            warmup_steps: 1
            """
        );
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string At(string name) => Path.Combine(_folder, name);

    private JsonNode Json(string name) => JsonNode.Parse(File.ReadAllText(At(name)))!;

    private Task<(int Code, string Output, string Errors)> Run(string line) =>
        Typed.Run([.. line.Split(' ').Select(word => word.Replace("IN/", _folder + "/", StringComparison.Ordinal))]);

    [Fact]
    public async Task A_comparison_chooses_rates_on_one_half_and_reports_the_other()
    {
        const string line =
            "compare IN/recipe.yaml --objectives simper,dpo --learning_rates 1e-4,1e-3 --seeds 1,2 --max_steps 3 "
            + "--every 2 --answers 2 --answer_tokens 5 --output_dir IN/out";
        (int code, string text, string errors) = await Run(line);
        Assert.Equal(("", 0), (errors, code));
        Assert.Contains(
            "Rates are chosen on 5 held-out pairs by each objective's own loss; all figures below come from 5 others.",
            text,
            StringComparison.Ordinal
        );
        Assert.Equal(2, text.Split("Rates are chosen on").Length); // once, and below what it is not true of
        Assert.True(
            text.IndexOf("Rates are chosen on", StringComparison.Ordinal)
                > text.LastIndexOf(": done in", StringComparison.Ordinal)
        );
        Assert.DoesNotContain('\u2212', text);
        // two rates of two objectives, and the chosen ones with the second seed
        Assert.Equal(6, Directory.GetFiles(At("out/arms")).Length);
        JsonNode compared = Json("out/compare.json");
        Assert.Equal(5, (int)compared["test_pairs"]!);
        JsonNode dpo = compared["objectives"]![1]!;
        JsonNode[] tried = [.. dpo["validation"]!.AsArray().Select(r => r!)];
        Assert.Equal((double)tried.MinBy(r => (double)r["loss"]!)!["learning_rate"]!, (double)dpo["learning_rate"]!);
        JsonNode margin = dpo["test"]!["margin of mean log-probs"]!;
        JsonNode less = dpo["against_simper"]!["margin of mean log-probs"]!;
        Assert.Equal(
            (double)margin["value"]! - (double)compared["objectives"]![0]!["test"]!["margin of mean log-probs"]!["value"]!,
            (double)less["mean"]!,
            1e-9
        );
        Assert.Equal(2, (int)less["over_seeds"]!["seeds"]!);
        Assert.Equal(5, (int)less["up"]! + (int)less["down"]! + (int)less["same"]!);
        string page = File.ReadAllText(At("out/compare.html"));
        Assert.Contains("dpo against simper", page, StringComparison.Ordinal);
        Assert.Contains("Answers to held-out prompts", page, StringComparison.Ordinal);
        Assert.DoesNotContain("src=\"http", page, StringComparison.Ordinal);
        Assert.All(
            (string[])["chosen-against-margin", "accuracy", "margin", "logprobs", "accuracy-by-rate"],
            plot => Assert.True(File.Exists(At($"out/plots/{plot}.png")) && File.Exists(At($"out/plots/{plot}.svg")))
        );

        (code, text, _) = await Run(line);
        Assert.Equal(0, code);
        Assert.Equal(6, text.Split(": done before").Length - 1);
        Assert.True(JsonNode.DeepEquals(compared, Json("out/compare.json")));
    }

    [Fact]
    public async Task Where_every_objective_has_one_rate_none_is_said_to_be_chosen()
    {
        (int code, string text, _) = await Run(
            "compare IN/recipe.yaml --objectives simper,dpo --max_steps 2 --answers 0 --output_dir IN/out"
        );
        Assert.Equal(0, code);
        Assert.DoesNotContain("Rates are chosen", text, StringComparison.Ordinal);
        Assert.Contains("Every objective has one rate, so none is chosen; all figures below come from 5 of the 10", text);
        Assert.Contains("dpo less simper", text, StringComparison.Ordinal);
        Assert.DoesNotMatch(@"pts .* \d+\.\d %\s*$", text);
    }

    [Fact]
    public async Task Another_experiment_is_told_by_what_was_typed()
    {
        const string line =
            "tune IN/recipe.yaml --from 1e-5 --to 1e-4 --points 2 --train_pairs 0 --output_dir IN/out --max_steps";
        Assert.Equal(0, (await Run($"{line} 20")).Code);
        (int code, _, string errors) = await Run($"{line} 2");
        Assert.Equal(2, code);
        Assert.Contains("holds another experiment (max_steps: 20 there, 2 here); give another", errors, StringComparison.Ordinal);
        (_, _, errors) = await Run($"{line} 20 --eval_pairs 4 --max_length 99");
        Assert.Contains("max_length: ", errors, StringComparison.Ordinal);
        Assert.Contains("eval_pairs: 10 there, 4 here", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tune")]
    [InlineData("compare")]
    [InlineData("lab dynamics")]
    public async Task The_help_names_the_folder_that_is_written_to(string command)
    {
        (_, string text, _) = await Run($"{command} --help");
        Assert.Contains($"runs/experiment-{command.Split(' ')[^1]}", text.Replace('\\', '/'), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_range_test_tries_every_rate_and_gives_advice()
    {
        (int code, string text, string errors) = await Run(
            "tune IN/recipe.yaml --from 1e-5 --to 1e-3 --points 3 --max_steps 3 --train_pairs 0 --output_dir IN/out"
        );
        Assert.Equal(("", 0), (errors, code));
        JsonNode tuned = Json("out/tune.json");
        Assert.Equal([1e-5, 1e-4, 1e-3], tuned["rates"]!.AsArray().Select(r => (double)r!["learning_rate"]!));
        Assert.Equal(("simper", 3), ((string)tuned["objective"]!, (int)tuned["steps"]!));
        foreach (JsonNode? rate in tuned["rates"]!.AsArray())
            Assert.Equal((double)rate!["loss_after"]! - (double)rate["loss_before"]!, (double)rate["change"]!["mean"]!, 1e-9);
        Assert.Contains((string)tuned["advice"]![0]!, text, StringComparison.Ordinal);
        Assert.True(File.Exists(At("out/plots/loss-by-rate.png")));
    }

    [Fact]
    public async Task Dynamics_state_a_verdict_on_both_sets_by_means_and_by_sums()
    {
        (int code, string text, string errors) = await Run(
            "lab dynamics IN/recipe.yaml --objectives simper@1e-3,dpo@1e-3,simpo@1e-4 --max_steps 4 --every 1 --output_dir IN/out"
        );
        Assert.Equal(("", 0), (errors, code));
        JsonArray found = Json("out/dynamics.json")["at_matched_margin"]!.AsArray();
        Assert.Equal(
            ["held out means per token", "held out sums", "train means per token", "train sums"],
            found.Select(f => $"{f!["pairs"]} {f["log_probs"]}")
        );
        JsonNode dpo = found[0]!["objectives"]![1]!;
        Assert.Contains((string)dpo["verdict"]!, (string[])["holds", "does not hold", "undecided"]);
        Assert.Contains($"simper's chosen log-prob falls less than dpo's: {dpo["verdict"]}", text, StringComparison.Ordinal);
        // The slow third one limits the margin of all, not that of the first two.
        JsonNode two = Json("out/dynamics.json")["two_by_two"]![0]!;
        Assert.Equal(["simper", "dpo"], two["objectives"]!.AsArray().Select(o => (string)o!["objective"]!));
        Assert.True((double)two["matched_margin"]! > (double)found[0]!["matched_margin"]!);
        Assert.Contains("the largest that these two reach", text, StringComparison.Ordinal);
        Assert.All(
            (string[])["logprobs-heldout", "chosen-against-margin-train"],
            plot => Assert.True(File.Exists(At($"out/plots/{plot}.svg")))
        );
    }

    [Fact]
    public async Task What_a_user_may_get_wrong_is_one_sentence_and_code_2()
    {
        (string Line, string Expected)[] cases =
        [
            ("compare IN/recipe.yaml --objectives simper,simpre --output_dir IN/a", "simpre"),
            (
                "compare IN/recipe.yaml --objectives simper --learning_rates fast --output_dir IN/a",
                "\"fast\" is no learning rate"
            ),
            ("compare IN/recipe.yaml --seeds 1,1 --output_dir IN/a", "a seed is given twice"),
            ("compare IN/recipe.yaml --select_by luck --output_dir IN/a", "be one of loss, accuracy, reward_accuracy"),
            ("compare IN/recipe.yaml --learnign_rate 1 --output_dir IN/a", "learnign_rate"),
            ("compare IN/recipe.yaml --eval_pairs 3 --output_dir IN/a", "3 held-out pairs are too few"),
            ("compare --output_dir IN/a", "model_name_or_path is missing"),
            ("tune IN/recipe.yaml --from 1e-3 --to 1e-5 --output_dir IN/a", "are no range"),
            ("lab dynamics IN/recipe.yaml --objectives simper --output_dir IN/a", "name two or more"),
            ("lab dynamics IN/nowhere.yaml", "nowhere.yaml"),
        ];
        foreach ((string line, string expected) in cases)
        {
            (int code, _, string errors) = await Run(line);
            Assert.True(code == 2, $"{line} exited with {code}");
            Assert.Contains(expected, errors, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", errors, StringComparison.Ordinal);
        }
    }
}
