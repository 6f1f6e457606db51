using System.Text.Json.Nodes;
using Simper.Cli.Demo;
using Spectre.Console.Testing;

namespace Simper.Cli.Tests.Commands;

public sealed class LabGradientsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("simper-test-").FullName;

    public LabGradientsTests() =>
        File.WriteAllLines(At("pairs.jsonl"), File.ReadLines(Path.Combine(DemoRun.Assets, "train.jsonl")).Take(48));

    private static string Model => Path.Combine(DemoRun.Assets, "model");

    private string[] Pairs =>
        ["--model_name_or_path", Model, "--dataset_name", At("pairs.jsonl"), "--test_split_size", "0", "--dtype", "float32"];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string At(string name) => Path.Combine(_folder, name);

    private JsonNode Json(string name) => JsonNode.Parse(File.ReadAllText(At(name)))!;

    private static double Mean(JsonNode? summary, string key) => (double)summary!["means"]![key]!["mean"]!;

    private static Task<(int Code, string Output, string Errors)> Run(params string[] args) => Typed.Run(["lab", .. args]);

    [Fact]
    public async Task Without_a_model_the_table_of_coefficients_is_printed_and_drawn()
    {
        (int code, string text, string errors) = await Run("gradients", "--output_dir", At("out"));
        Assert.Equal(("", 0), (errors, code));
        Assert.Matches(@"-0\.5 +6\.065e-3 +1\.65 +9\.933e-2 +1 +1\.762e-2 +1", text);
        Assert.Matches(@"-8 +3\.355e-6 +0\.000912 +3\.975e-32 +1 +4\.521e-8 +1", text);
        Assert.Equal(3, text.Split("formula and autograd differ").Length - 1);
        Assert.Equal(4.540e-6, (double)Json("out/gradients.json")[1]!["points"]![2]!["rejected_coefficient"]!, 1e-9);
        foreach (string curve in (string[])["simper", "dpo", "simpo(beta=2,simpo_gamma=1)", "1e-28"])
            Assert.Contains(curve, File.ReadAllText(At("out/gradients.svg")), StringComparison.Ordinal);
        (_, text, _) = await Run("gradients", "--objectives", "ipo");
        Assert.DoesNotContain("differ", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_coefficient_that_is_no_number_is_null_in_the_file()
    {
        // p^-α of a whole answer is infinite.
        (int code, _, string errors) = await Run("gradients", "--objectives", "cpo(alpha=1)", "--output_dir", At("out"));
        Assert.Equal(("", 0), (errors, code));
        Assert.Null(Json("out/gradients.json")[0]!["points"]![4]!["rejected_coefficient"]);
    }

    [Fact]
    public async Task A_recipe_s_pairs_are_measured_down_to_the_weights()
    {
        (int code, string text, string errors) = await Run([
            "gradients",
            .. Pairs,
            "--pairs",
            "6",
            "--objectives",
            "simper,dpo(beta=0.2)",
            "--output_dir",
            At("out"),
        ]);
        Assert.Equal(("", 0), (errors, code));
        Assert.Contains("6 pairs", text, StringComparison.Ordinal);
        JsonArray found = Json("out/gradients.json").AsArray();
        Assert.Equal(["simper", "dpo(beta=0.2)"], found.Select(f => (string?)f!["objective"]));
        Assert.All(found, f => Assert.Equal(6, f!["pairs"]!.AsArray().Count));
        // The policy is its own reference: β / 2 at both answers of each pair.
        Assert.Equal(0.1, Mean(found[1], "chosen_coefficient"), 1e-9);
        Assert.Equal(1, Mean(found[1], "ratio"), 1e-9);
        foreach ((JsonNode? simper, JsonNode? dpo) in found[0]!["pairs"]!.AsArray().Zip(found[1]!["pairs"]!.AsArray()))
        {
            JsonNode chosen = simper!["chosen"]!;
            Assert.Equal(-Math.Exp((double)chosen["mean_log_prob"]!), (double)chosen["coefficient_of_mean"]!, 1e-9);
            Assert.Equal(
                Math.Abs((double)chosen["coefficient"]! / (double)dpo!["chosen"]!["coefficient"]!),
                (double)chosen["norm"]! / (double)dpo["chosen"]!["norm"]!,
                1e-9
            );
            Assert.Equal((double)simper["cosine"]!, (double)dpo["cosine"]!, 1e-12);
        }
        Assert.True(File.Exists(At("out/gradients-coefficients.svg")) && File.Exists(At("out/gradients-norms.png")));
    }

    [Fact]
    public async Task Over_a_run_each_objective_trains_a_model_of_its_own()
    {
        (int code, string text, string errors) = await Run([
            "gradients",
            .. Pairs,
            "--pairs",
            "4",
            "--objectives",
            "simper,dpo",
            "--steps",
            "3",
            "--every",
            "2",
            "--learning_rate",
            "1e-3",
            "--per_device_train_batch_size",
            "16",
            "--output_dir",
            At("out"),
        ]);
        Assert.Equal(("", 0), (errors, code));
        Assert.Matches(@"dpo +3 ", text);
        JsonArray found = Json("out/gradients.json").AsArray();
        Assert.Equal(
            [("simper", 0), ("simper", 2), ("simper", 3), ("dpo", 0), ("dpo", 2), ("dpo", 3)],
            found.Select(f => ((string)f!["objective"]!, (int)f["step"]!))
        );
        Assert.Equal(Mean(found[0], "chosen_mean_log_prob"), Mean(found[3], "chosen_mean_log_prob"), 1e-9);
        Assert.NotEqual(Mean(found[2], "chosen_mean_log_prob"), Mean(found[0], "chosen_mean_log_prob"), 1e-3);
        Assert.Equal(0.05, Mean(found[3], "rejected_coefficient"), 1e-5);
        Assert.True(Mean(found[5], "rejected_coefficient") < 0.0499);
        string svg = File.ReadAllText(At("out/gradients-norms.svg"));
        foreach (string curve in (string[])["simper, chosen", "simper, rejected", "dpo, chosen", "dpo, rejected"])
            Assert.Contains(curve, svg, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_lens_shows_weights_correlations_and_disagreements()
    {
        (int code, string text, string errors) = await Run([
            "lens",
            .. Pairs,
            "--pairs",
            "20",
            "--show",
            "2",
            "--output_dir",
            At("out"),
        ]);
        Assert.Equal(("", 0), (errors, code));
        Assert.Matches(@"dpo +1 +1 +1 +1 +1 .*all alike", text);
        Assert.Contains("The policy is its own reference here", text, StringComparison.Ordinal);
        Assert.Equal(2, text.Split("  rejected  (").Length - 1);
        JsonNode lens = Json("out/lens.json");
        Assert.Equal(
            ["simper", "simpo", "dpo", "ipo", "cpo", "orpo"],
            lens["objectives"]!.AsArray().Select(o => (string?)o!["objective"])
        );
        Assert.Null(lens["rank_correlations"]![0]![2]);
        Assert.InRange((double)lens["rank_correlations"]![0]![1]!, -1, 1);
        for (int i = 0; i < 6; i++)
            Assert.Equal(1, lens["pairs"]!.AsArray().Average(p => (double)p!["weights"]![i]!), 1e-9);
        string[] csv = File.ReadAllLines(At("out/lens.csv"));
        Assert.Equal(21, csv.Length);
        Assert.StartsWith("row,chosen_tokens,", csv[0], StringComparison.Ordinal);
        Assert.True(File.Exists(At("out/lens.svg")) && File.Exists(At("out/lens-margins.png")));
    }

    [Fact]
    public async Task Another_reference_gives_dpo_something_to_weigh()
    {
        using var console = new TestConsole();
        Assert.Equal(
            0,
            await CommandLine.RunAsync(
                ["train", .. Pairs, "--output_dir", At("run"), "--learning_rate", "1e-3", "--samples", "0"],
                console
            )
        );
        Assert.Contains("gradients/chosen", File.ReadAllText(At("run/metrics.jsonl")), StringComparison.Ordinal);
        // A run's recipe, with the model that it made in place of the one that it began with.
        (int code, string text, string errors) = await Run(
            "lens",
            At("run/recipe.yaml"),
            "--model_name_or_path",
            At("run"),
            "--reference",
            Model,
            "--objectives",
            "simper,dpo(beta=0.5)",
            "--show",
            "0",
            "--output_dir",
            At("out")
        );
        Assert.Equal(("", 0), (errors, code));
        Assert.DoesNotContain("all alike", text, StringComparison.Ordinal);
        Assert.NotNull(Json("out/lens.json")["rank_correlations"]![0]![1]);
        Assert.Contains("dpo(beta=0.5) weight", File.ReadLines(At("out/lens.csv")).First(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_user_may_get_wrong_is_one_sentence_and_code_2()
    {
        (string[] Line, string Expected)[] cases =
        [
            (["gradients", "--model_name_or_path", Model], "dataset_name is missing"),
            (["gradients", "--steps", "3"], "--steps needs a model and pairs"),
            (["gradients", "--every", "0"], "--every at least 1"),
            (["gradients", "--objectives", "kto"], "kto is made for single answers"),
            (["gradients", "--objectives", "dpo(gamma=1)"], "gamma has no meaning for loss_type dpo"),
            (["gradients", "--objectives", "dpo(use_weighting=true)"], "plain sums of log-probs"),
            (["gradients", "--learning_rat", "1"], "learning_rat"),
            (["gradients", .. Pairs, "--pairs", "0"], "--pairs is 0"),
            (["gradients", At("nowhere.yaml")], "nowhere.yaml cannot be read"),
            (["lens"], "model_name_or_path is missing"),
            (["lens", "--dataset_name", At("pairs.jsonl")], "model_name_or_path is missing"),
            (["lens", .. Pairs, "--objectives", "simper,simper"], "are the same objective"),
        ];
        foreach ((string[] line, string expected) in cases)
        {
            (int code, _, string errors) = await Run(line);
            Assert.True(code == 2, $"{string.Join(' ', line)} exited with {code}");
            Assert.Contains(expected, errors, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", errors, StringComparison.Ordinal);
        }
    }
}
