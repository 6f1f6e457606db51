using System.Text.Json.Nodes;
using Simper.Cli.Demo;
using Spectre.Console.Testing;

namespace Simper.Cli.Tests.Commands;

public sealed class LabTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("simper-test-").FullName;

    private static string Model => Path.Combine(DemoRun.Assets, "model");

    private static string HeldOut => Path.Combine(DemoRun.Assets, "heldout.jsonl");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string At(string name) => Path.Combine(_folder, name);

    private JsonNode Json(string name) => JsonNode.Parse(File.ReadAllText(At(name)))!;

    private static Task<(int Code, string Output, string Errors)> Run(params string[] args) => Typed.Run(["lab", .. args]);

    [Fact]
    public async Task Modes_are_printed_written_and_drawn_for_both_targets()
    {
        (int code, string text, string errors) = await Run("modes", "--output_dir", At("out"));
        Assert.Equal(("", 0), (errors, code));
        Assert.Matches(@"forward KL +-0\.500 +2\.427 +0\.5012 +0\.4263", text);
        Assert.Matches(@"reverse KL +0\.000 +1\.000 +0\.1054 +0\.1000", text);
        JsonArray targets = Json("out/modes.json").AsArray();
        Assert.Equal(["two modes", "outliers"], targets.Select(t => (string?)t!["target"]));
        Assert.Equal(0.2931, (double)targets[0]!["fits"]![2]!["value"]!, 1e-4);
        foreach (string picture in (string[])["modes-two-modes", "modes-outliers"])
        {
            string svg = File.ReadAllText(At($"out/{picture}.svg"));
            foreach (string curve in (string[])["target", "forward KL", "reverse KL", "total variation", "SimPER surrogate"])
                Assert.Contains(curve, svg, StringComparison.Ordinal);
            Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G'], File.ReadAllBytes(At($"out/{picture}.png"))[..4]);
        }
    }

    [Fact]
    public async Task The_example_against_the_surrogate_is_shown_without_a_model_too()
    {
        (int code, string text, string errors) = await Run("tvd");
        Assert.Equal(("", 0), (errors, code));
        Assert.Matches(@"π = p +0\.655 +0\.000 +0\.000", text);
        Assert.Matches(@"point mass on the mode +0\.600 +0\.600 +∞", text);
        Assert.Contains("collapses to the mode", text, StringComparison.Ordinal);
        Assert.DoesNotContain("answers: the distance", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_is_measured_on_both_sides_and_does_not_differ_from_itself()
    {
        File.WriteAllLines(At("pairs.jsonl"), File.ReadLines(HeldOut).Take(12));
        (int code, string text, string errors) = await Run(
            "tvd",
            "--model_name_or_path",
            Model,
            "--dataset_name",
            At("pairs.jsonl"),
            "--dtype",
            "float32",
            "--output_dir",
            At("alone")
        );
        Assert.Equal(("", 0), (errors, code));
        Assert.Contains("The bound holds for 24 of 24 measured answers.", text, StringComparison.Ordinal);
        foreach (string side in (string[])["chosen", "rejected"])
        {
            JsonNode found = Json("alone/tvd.json")[side]!;
            double tokens = (double)found["mean_of_tokens"]!["mean"]!;
            double bound = (double)found["bound"]!["mean"]!;
            double whole = (double)found["of_sequence"]!["mean"]!;
            Assert.True(0 < tokens && tokens < bound && bound < whole && whole <= 1);
            Assert.InRange(bound, (double)found["bound"]!["interval"]![0]!, (double)found["bound"]!["interval"]![1]!);
            Assert.Null(found["bound"]!["change"]);
        }
        Assert.True(File.Exists(At("alone/tvd.svg")));

        (code, text, errors) = await Run(
            "tvd",
            "--model_name_or_path",
            Model,
            "--dataset_name",
            At("pairs.jsonl"),
            "--dtype",
            "float32",
            "--compare",
            Model,
            "--sequences",
            "2",
            "--sequence_tokens",
            "4",
            "--least_mass",
            "0.05",
            "--output_dir",
            At("itself")
        );
        Assert.Equal(("", 0), (errors, code));
        JsonNode chosen = Json("itself/tvd.json")["chosen"]!["bound"]!;
        Assert.Equal((0, 1), ((double)chosen["change"]!, (double)chosen["sign_test_p"]!));
        JsonArray sequences = Json("itself/tvd.json")["sequences"]!.AsArray();
        Assert.Equal(2, sequences.Count);
        Assert.All(sequences, s => Assert.True((double)s!["low"]! < 1e-6 && (double)s["high"]! is > 0 and <= 1));
    }

    [Fact]
    public async Task A_run_brings_its_model_its_held_out_pairs_and_where_it_began()
    {
        File.WriteAllLines(At("pairs.jsonl"), File.ReadLines(Path.Combine(DemoRun.Assets, "train.jsonl")).Take(64));
        using var console = new TestConsole();
        Assert.Equal(
            0,
            await CommandLine.RunAsync(
                [
                    "train",
                    "--model_name_or_path",
                    Model,
                    "--dataset_name",
                    At("pairs.jsonl"),
                    "--output_dir",
                    At("run"),
                    "--test_split_size",
                    "16",
                    "--learning_rate",
                    "1e-3",
                    "--dtype",
                    "float32",
                    "--num_train_epochs",
                    "2",
                    "--samples",
                    "0",
                ],
                console
            )
        );
        (int code, _, string errors) = await Run("tvd", "--run", At("run"), "--output_dir", At("out"));
        Assert.Equal(("", 0), (errors, code));
        JsonNode chosen = Json("out/tvd.json")["chosen"]!;
        JsonNode summary = Json("run/summary.json");
        Assert.Equal(16, (int)chosen["answers"]!);
        // The run's own figure: the mean over pairs of exp(mean log-prob).
        Assert.Equal(1 - (double)summary["before"]!["prob/chosen"]!, (double)chosen["bound"]!["before"]!["mean"]!, 1e-4);
        Assert.Equal(1 - (double)summary["after"]!["prob/chosen"]!, (double)chosen["bound"]!["mean"]!, 1e-4);
        Assert.Equal(
            (double)chosen["bound"]!["mean"]! - (double)chosen["bound"]!["before"]!["mean"]!,
            (double)chosen["bound"]!["change"]!,
            1e-9
        );
    }

    [Fact]
    public async Task A_change_that_is_small_is_shown_and_not_rounded_away()
    {
        File.WriteAllLines(At("pairs.jsonl"), File.ReadLines(Path.Combine(DemoRun.Assets, "train.jsonl")).Take(20));
        (int code, _, string errors) = await Typed.Run([
            "train",
            "--model_name_or_path",
            Model,
            "--dataset_name",
            At("pairs.jsonl"),
            "--output_dir",
            At("run"),
            .. "--test_split_size 12 --learning_rate 1e-7 --dtype float32 --max_steps 2 --samples 0".Split(' '),
        ]);
        Assert.Equal(("", 0), (errors, code));
        (code, string text, errors) = await Run("tvd", "--run", At("run"), "--output_dir", At("out"));
        Assert.Equal(("", 0), (errors, code));
        Assert.NotEqual(0, (double)Json("out/tvd.json")["chosen"]!["bound"]!["change"]!);
        Assert.DoesNotContain("0.0000 to", text, StringComparison.Ordinal);
        Assert.Matches(@"[+-]\d(\.\d+)?e-\d", text);
        Assert.DoesNotContain("\u2212", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_user_may_get_wrong_is_one_sentence_and_code_2()
    {
        (string[] Line, string Expected)[] cases =
        [
            (["tvd", "--model_name_or_path", Model], "--dataset_name is missing"),
            (["tvd", "--dataset_name", HeldOut], "--model_name_or_path is missing"),
            (["tvd", "--run", At("nowhere")], "recipe.yaml cannot be read"),
            (["tvd", "--run", At("nowhere"), "--dataset_name", HeldOut], "without --model_name_or_path and --dataset_name"),
            (["tvd", "--model_name_or_path", Model, "--dataset_name", HeldOut, "--sequences", "2"], "give --compare"),
            (["tvd", "--least_mass", "2"], "between 0 and 1"),
            (["tvd", "--model_name_or_path", Model, "--dataset_name", HeldOut, "--dtype", "int8"], "--dtype is \"int8\""),
            (["mods"], "mods"),
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
