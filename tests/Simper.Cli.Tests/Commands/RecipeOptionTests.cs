using System.CommandLine;
using System.Text.Json.Nodes;
using Simper.Cli.Commands;
using Simper.Objectives;
using Simper.Runs;
using Simper.Testing;
using Spectre.Console.Testing;

namespace Simper.Cli.Tests.Commands;

/// <summary>Keys of recipes as options: helps, completion, and how they are read.</summary>
public sealed class RecipeOptionTests
{
    private static readonly RecipeKey[] Keys = [.. ObjectiveKeys.Of(ObjectiveCatalog.Standard), .. RecipeKeys.All];

    private static Recipe Read(params string[] line) =>
        RecipeWords.Read(CommandLine.Parse(CommandLine.Root(new TestConsole()), line), []);

    private static string[] Completed(string line)
    {
        (int code, string output, string errors) = Typed.Run($"[suggest:{line.Length}]", line).GetAwaiter().GetResult();
        Assert.Equal((0, ""), (code, errors));
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    }

    [Fact]
    public async Task The_help_of_train_has_every_key_with_its_meaning_and_default_also_where_it_is_narrow()
    {
        using var console = new TestConsole();
        console.Profile.Width = 60;
        Assert.Equal(0, await CommandLine.RunAsync(["train", "--help"], console, TextWriter.Null));
        string[] lines = console.Output.Split('\n');
        Assert.All(lines, l => Assert.InRange(l.Length, 0, 60));
        Assert.All(Keys.Select(k => k.Group).Distinct(), g => Assert.Contains(g + ":", lines));
        string text = Plain(console.Output);
        foreach (RecipeKey key in Keys)
        {
            Assert.Contains(lines, l => l.StartsWith($"  --{key.Name} ", StringComparison.Ordinal));
            Assert.Contains(Plain(key.Meaning), text, StringComparison.Ordinal);
            if (key.Default.Length > 0)
                Assert.Contains(Plain($"{key.Meaning}; default: {key.Default}"), text, StringComparison.Ordinal);
        }
        (_, string plan, _) = await Typed.Run("plan", "--help");
        Assert.Contains("simper train --help lists them", plan, StringComparison.Ordinal);
        Assert.DoesNotContain("--learning_rate ", plan, StringComparison.Ordinal);
    }

    private static string Plain(string text) =>
        string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    [Theory]
    [InlineData("simper tr", "train")]
    [InlineData("simper train --lea", "--learning_rate")]
    [InlineData("simper evaluate recipe.yaml --per_device_e", "--per_device_eval_batch_size")]
    [InlineData("simper train --loss_type kt", "kto")]
    [InlineData("simper train --truncation_mode keep_e", "keep_end")]
    [InlineData("simper compare --eval_p", "--eval_pairs")]
    [InlineData("simper lab dynamics --beta 0.1 --max_le", "--max_length")]
    public void Commands_keys_and_words_are_completed(string line, string expected) => Assert.Contains(expected, Completed(line));

    [Fact]
    public void Keys_are_read_as_ever_however_the_line_is_written()
    {
        string file = Path.Combine(SharedFiles.Repository, "recipes", "simper-demo.yaml");
        foreach (
            string[] line in (string[][])
                [
                    ["train", file, "--learning_rate", "2e-5", "--max_steps", "-1", "--from_scratch"],
                    ["train", "--from_scratch", "--learning_rate=2e-5", "--max_steps=-1", "--seed", "42", file],
                    ["train", "--learning-rate", "2e-5", file, "--from-scratch", "true", "--max-steps", "-1"],
                    ["train", "--learning_rate", "1", "--learning_rate", "2e-5", file, "--from_scratch", "yes"],
                ]
        )
        {
            Recipe recipe = Read(line);
            Assert.Equal((2e-5, -1, true), (recipe.LearningRate, recipe.MaxSteps, recipe.FromScratch));
            Assert.Equal("assets/demo/train.jsonl", recipe.DatasetName);
        }
        Assert.Null(Read("train", file, "--eval_dataset_name=").EvalDatasetName);
        Assert.Null(Read("train", file, "--eval_dataset_name", "null").EvalDatasetName);
        Assert.Equal("a=b.jsonl", Read("train", file, "--dataset_name=a=b.jsonl").DatasetName);
        Assert.Equal(new Dpo { Beta = 0.2 }, Read("train", "--loss_type", "sigmoid", "--beta", "0.2").Objective);
    }

    [Fact]
    public async Task The_schema_is_printed_as_json()
    {
        (int code, string output, string errors) = await Typed.Run("schema");
        Assert.Equal((0, ""), (code, errors));
        Assert.True(JsonNode.DeepEquals(RecipeSchema.Of(), JsonNode.Parse(output)));
    }
}
