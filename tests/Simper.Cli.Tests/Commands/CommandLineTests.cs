using System.Text.Json.Nodes;
using Simper.Testing;

namespace Simper.Cli.Tests.Commands;

/// <summary>Lines as typed: what they print and the code they exit with.</summary>
public sealed class CommandLineTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("simper-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string At(string name) => Path.Combine(_folder, name);

    private static Task<(int Code, string Output, string Errors)> Run(params string[] args) => Typed.Run(args);

    private string Pairs(int count = 24)
    {
        string[] lines =
        [
            .. Enumerable
                .Range(0, count)
                .Select(i =>
                    $$"""{"prompt": "Once upon a time there was number {{i}}.", """
                    + $$""" "chosen": "She was happy and played.", "rejected": "Blue of car sell {{i}}."}"""
                ),
        ];
        File.WriteAllLines(At("pairs.jsonl"), lines);
        return At("pairs.jsonl");
    }

    private string Singles()
    {
        File.WriteAllText(At("singles.jsonl"), """{"prompt": "Once", "completion": " upon a time"}""");
        return At("singles.jsonl");
    }

    [Fact]
    public async Task A_run_writes_its_folder_and_its_model_can_be_judged_and_used()
    {
        string model = SharedFiles.Path("data", "stories260K-hf");
        string output = At("run");
        (int code, string text, string errors) = await Run(
            "train",
            "--model_name_or_path",
            model,
            "--dataset_name",
            Pairs(),
            "--output_dir",
            output,
            "--learning-rate=1e-3",
            "--test_split_size",
            "6",
            "--dtype",
            "float32",
            "--per_device_train_batch_size",
            "6",
            "--num_train_epochs",
            "3",
            "--eval_steps",
            "4"
        );
        Assert.Equal(("", 0), (errors, code));
        Assert.Contains("step 9/9", text, StringComparison.Ordinal);
        Assert.Contains("held out, step 4:", text, StringComparison.Ordinal);

        JsonNode summary = JsonNode.Parse(File.ReadAllText(Path.Combine(output, "summary.json")))!;
        foreach (
            string figure in (string[])
                [
                    "rewards/accuracies",
                    "rewards/margins",
                    "logps/chosen_mean",
                    "logps/rejected_mean",
                    "ppl/chosen",
                    "ppl/rejected",
                    "loss",
                ]
        )
        {
            Assert.NotNull(summary["before"]![figure]);
            Assert.NotNull(summary["after"]![figure]);
        }
        Assert.True((double)summary["after"]!["loss"]! < (double)summary["before"]!["loss"]!);
        Assert.True(
            (double)summary["seconds"]! > 0
                && (double)summary["pairs_per_second"]! > 0
                && (long)summary["peak_memory_bytes"]! > 1 << 20
        );
        JsonNode[] metrics = [.. File.ReadLines(Path.Combine(output, "metrics.jsonl")).Select(l => JsonNode.Parse(l)!)];
        Assert.Equal(9 + 4, metrics.Length);
        Assert.NotNull(metrics[1]["rewards/margins"]);
        Assert.NotNull(metrics[0]["eval_ppl/chosen"]);
        Assert.Equal(8, File.ReadLines(Path.Combine(output, "samples.jsonl")).Count());
        Assert.Single(Directory.GetFiles(Path.Combine(output, "tensorboard")));

        (code, text, errors) = await Run(
            "evaluate",
            "--model_name_or_path",
            output,
            "--dataset_name",
            At("pairs.jsonl"),
            "--output_dir",
            At("judged"),
            "--dtype",
            "float32",
            "--dataset_num_proc",
            "4"
        );
        Assert.Equal(("", 0), (errors, code));
        Assert.Contains("dataset_num_proc has no effect here", text, StringComparison.Ordinal);
        Assert.Equal(24, (int)JsonNode.Parse(File.ReadAllText(At("judged/summary.json")))!["pairs"]!);
        (code, _, errors) = await Run(
            "evaluate",
            "--model_name_or_path",
            output,
            "--dataset_name",
            At("pairs.jsonl"),
            "--output_dir",
            output,
            "--dtype",
            "float32"
        );
        Assert.Equal(2, code);
        Assert.Contains("holds a run", errors, StringComparison.Ordinal);
        (code, text, _) = await Run(
            "generate",
            output,
            "--prompt",
            "Once upon a time",
            "--max_new_tokens",
            "5",
            "--json",
            "--dtype",
            "float32"
        );
        Assert.Equal(0, code);
        Assert.Equal("length", (string?)JsonNode.Parse(text)!["finish_reason"]);

        // The resolved recipe is the run.
        (code, _, errors) = await Run("train", Path.Combine(output, "recipe.yaml"));
        Assert.Equal(2, code);
        Assert.Contains("holds a finished run", errors, StringComparison.Ordinal);
        string first = File.ReadAllText(Path.Combine(output, "summary.json"));
        (code, _, errors) = await Run("train", Path.Combine(output, "recipe.yaml"), "--overwrite_output_dir", "true");
        Assert.Equal(("", 0), (errors, code));
        Assert.Equal(
            (double)JsonNode.Parse(first)!["after"]!["loss"]!,
            (double)JsonNode.Parse(File.ReadAllText(Path.Combine(output, "summary.json")))!["after"]!["loss"]!
        );
    }

    [Fact]
    public async Task What_a_user_may_get_wrong_is_one_sentence_and_code_2()
    {
        string model = SharedFiles.Path("data", "stories260K-hf");
        (string[] Line, string Expected)[] cases =
        [
            (["train"], "model_name_or_path is missing"),
            (["train", "--beta", "0.1"], "--beta has no meaning for SimPER"),
            (["train", "--loss_type", "dpo", "--beta", "much"], "--beta is \"much\"; it has to be a number"),
            (["train", "--max-length", "1"], "--max-length is \"1\"; it has to be"),
            (["train", "--lerning_rate", "1"], "did you mean learning_rate?"),
            (["train", "nowhere.yaml"], "nowhere.yaml cannot be read"),
            (["train", "a.yaml", "b.yaml"], "\"b.yaml\" is not understood"),
            (
                ["train", "--model_name_or_path", "nowhere", "--dataset_name", Pairs(), "--output_dir", At("o")],
                "nowhere does not exist"
            ),
            (
                ["train", "--model_name_or_path", model, "--dataset_name", "nowhere.jsonl", "--output_dir", At("o")],
                "nowhere.jsonl does not exist"
            ),
            (
                [
                    "train",
                    "--model_name_or_path",
                    model,
                    "--dataset_name",
                    Pairs(),
                    "--output_dir",
                    At("o"),
                    "--test_split_size",
                    "24",
                    "--dtype",
                    "float32",
                ],
                "cannot be held out"
            ),
            (
                [
                    "evaluate",
                    "--model_name_or_path",
                    model,
                    "--dataset_name",
                    Singles(),
                    "--output_dir",
                    At("o"),
                    "--dtype",
                    "float32",
                ],
                "There is no rejected or bad answer"
            ),
            (["evaluate", "--dataset_name", "x"], "--model_name_or_path is missing"),
            (["generate", model, "--prompt", "x", "--temperature", "-1"], "temperature is -1"),
            (["generate", model, "--prompt", "x", "--frozen_weights", "small"], "has to be one of unpacked, packed"),
            (["generate"], "Which model?"),
            (["chat", _folder], "holds no weights"),
            (
                ["data", "show", At("pairs.jsonl"), "--model_name_or_path", At("pairs.jsonl")],
                "neither a model folder nor a .gguf file"
            ),
            (["nonsense"], "nonsense"),
        ];
        foreach ((string[] line, string expected) in cases)
        {
            (int code, _, string errors) = await Run(line);
            Assert.True(code == 2, $"{string.Join(' ', line)} exited with {code}");
            Assert.Contains(expected, errors, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", errors, StringComparison.Ordinal);
        }
        Assert.False(Directory.Exists(At("o")));
    }

    [Fact]
    public async Task Env_names_the_precision_that_it_measured()
    {
        (int code, string text, _) = await Run("env");
        Assert.Equal(0, code);
        Assert.Matches("default precision: (float32|bfloat16)", text);
        Assert.Contains("self-test passed", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Data_show_prints_rows_and_what_is_left_out()
    {
        File.WriteAllText(
            At("rows.jsonl"),
            """
            {"prompt": "What is 1 + 1?", "chosen": "2", "rejected": "3"}
            {"prompt": "x", "chosen": "", "rejected": "3"}
            """
        );
        (int code, string text, _) = await Run(
            "data",
            "show",
            At("rows.jsonl"),
            "--model_name_or_path",
            SharedFiles.Path("models", "smollm2-135m-instruct")
        );
        Assert.Equal(0, code);
        Assert.Contains("1 rows kept, 1 left out", text, StringComparison.Ordinal);
        Assert.Contains("left out because an answer is empty: 1 (rows 2)", text, StringComparison.Ordinal);
        Assert.Contains("<|im_start|>user\nWhat is 1 + 1?<|im_end|>", text, StringComparison.Ordinal);
        Assert.Contains("2 of 2 tokens scored", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_key_of_a_recipe_is_in_its_page()
    {
        string page = File.ReadAllText(Path.Combine(SharedFiles.Repository, "docs", "recipes.md"));
        foreach (
            string key in new Simper.Runs.Recipe()
                .ToYaml()
                .Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(l => l.Split(':')[0])
        )
            Assert.Contains($"`{key}`", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_recipe_in_the_repository_reads()
    {
        foreach (string recipe in Directory.GetFiles(Path.Combine(SharedFiles.Repository, "recipes"), "*.yaml"))
            Assert.NotEmpty(Simper.Runs.Recipe.Read(recipe, []).OutputDir);
    }
}
