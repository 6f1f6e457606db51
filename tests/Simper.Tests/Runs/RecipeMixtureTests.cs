using Simper.Runs;
using Simper.Text.Preferences;
using Simper.Text.Preferences.Duplicates;
using Simper.Text.Preferences.Mixtures;

namespace Simper.Tests.Runs;

public sealed class RecipeMixtureTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("simper-test-").FullName;
    private readonly string _a;
    private readonly string _b;

    public RecipeMixtureTests() => (_a, _b) = (Write("a.jsonl", 40), Write("b.jsonl", 20));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("dataset_mixer: {A: 0.5, B: 10}", "A: 0.5, B: 10")]
    [InlineData("dataset_mixer: {A: 1.0, B: 1}", "A: 1, B: 1")]
    [InlineData("dataset_mixer: [{path: A, fraction: 0.5}, {path: B}]", "A: 0.5, B: 1")]
    [InlineData("datasets: [{path: A}, {path: json, data_files: B, split: train}]", "A: 1, B: 1")]
    [InlineData("dataset_mixture: {datasets: [{id: A, weight: 0.25}, {id: B, weight: 1.0}], seed: 0}", "A: 0.25, B: 1")]
    [InlineData("rl: dpo\nbase_model: m\ndatasets: [{path: A, type: chatml.intel}, {path: B, ds_type: json}]", "A: 1, B: 1")]
    [InlineData("stage: dpo\ndataset: A,B", "A: 1, B: 1")]
    [InlineData("rlhf_type: dpo\ndataset: ['A#5', B]", "A: 5, B: 1")]
    [InlineData("rlhf_type: dpo\ndataset: A#5", "A: 5")]
    public void Mixtures_are_read_in_the_ways_of_all_tools(string yaml, string expected)
    {
        (Recipe recipe, List<string> notes) = Read(yaml);
        Assert.Equal(
            Named(expected),
            string.Join(", ", recipe.DatasetMixer.Shares.Select(s => FormattableString.Invariant($"{s.Path}: {s.Amount}")))
        );
        Assert.Equal("", recipe.DatasetName);
        Assert.Contains(notes.DefaultIfEmpty("dataset_mixer"), n => n.Contains("dataset_mixer", StringComparison.Ordinal));
        // What a run writes is read again.
        Assert.Equal(recipe.DatasetMixer, Recipe.Read(WriteText("again.yaml", recipe.ToYaml()), []).DatasetMixer);
    }

    [Fact]
    public void A_data_set_of_a_mixture_has_its_own_columns()
    {
        Recipe recipe = Read("dataset_mixer: [{path: A, dataset_columns: {prompt: ask}}, {path: B}]").Recipe;
        Assert.Equal(ColumnMap.Parse("prompt=ask"), recipe.DatasetMixer.Shares[0].Columns);
        Assert.Equal(recipe.DatasetMixer, Recipe.Read(WriteText("again.yaml", recipe.ToYaml()), []).DatasetMixer);
    }

    [Fact]
    public void Strategies_and_probabilities_are_read()
    {
        Recipe recipe = Read(
            "stage: dpo\ndataset: A,B\nmix_strategy: interleave_over\ninterleave_probs: 0.7,0.3\nmax_samples: 9"
        ).Recipe;
        Assert.Equal(
            (MixStrategy.InterleaveOver, "0.7,0.3", 9),
            (recipe.MixStrategy, recipe.InterleaveProbs, recipe.MaxSamples!.Value)
        );
        recipe = Read("rlhf_type: dpo\ndataset: [A, B]\ninterleave_prob: [0.7, 0.3]\nstopping_strategy: all_exhausted").Recipe;
        Assert.Equal((MixStrategy.InterleaveOver, "0.7,0.3"), (recipe.MixStrategy, recipe.InterleaveProbs));
        recipe = Read("dataset_mixer: {A: 1, B: 1}\ninterleave_probs: [0.7, 0.3]").Recipe;
        Assert.Equal("0.7,0.3", recipe.InterleaveProbs);
    }

    [Fact]
    public void Held_out_mixtures_and_exact_deduplication_of_axolotl_are_read()
    {
        Recipe recipe = Read(
            "rl: dpo\nbase_model: m\ndatasets: [{path: A}]\ntest_datasets: [{path: B}]\ndataset_exact_deduplication: true"
        ).Recipe;
        Assert.Equal((_a, _b, Deduplication.Exact), (recipe.DatasetName, recipe.EvalDatasetName, recipe.Selection.Dedup));
        Assert.Equal(
            Deduplication.None,
            Read("rl: dpo\nbase_model: m\ndataset_exact_deduplication: false").Recipe.Selection.Dedup
        );
    }

    [Fact]
    public void Splits_of_the_handbook_are_those_of_names_on_the_hub()
    {
        var splits = new RecipeEntry("dataset_splits", "train_prefs,test_prefs", "line 1");
        Recipe recipe = new()
        {
            DatasetMixer = RecipeMixture.Parse(
                new RecipeEntry("dataset_mixer", $$"""{"org/one": 0.5, "org/two#own": 1, "{{_a}}": 1}""", "line 2")
            ),
        };
        Assert.True(HubKeys.Owns(splits, recipe));
        Recipe read = HubKeys.Read(splits, [], new RecipeReading(), recipe);
        Assert.Equal(["org/one#train_prefs", "org/two#own", _a], read.DatasetMixer.Shares.Select(s => s.Path));
        Assert.Equal([("org/one#test_prefs", 1.0)], read.EvalDatasetMixer.Shares.Select(s => (s.Path, s.Amount)));
        read = HubKeys.Read(splits, [], new RecipeReading(), new Recipe { DatasetName = "org/one" });
        Assert.Equal(("org/one#train_prefs", "org/one#test_prefs"), (read.DatasetName, read.EvalDatasetName));
        read = HubKeys.Read(splits, ["test_split_size"], new RecipeReading(), recipe);
        Assert.Null(read.EvalDataName);
        Assert.False(HubKeys.Owns(splits, new Recipe { DatasetName = _a }));
    }

    [Fact]
    public void Rows_of_a_recipe_are_mixed_split_and_interleaved()
    {
        Recipe recipe = Read("dataset_mixer: {A: 0.5, B: 1}\ntest_split_size: 8").Recipe;
        (PreferenceDataset train, PreferenceDataset? heldOut) = RecipeRows.Open(recipe);
        Assert.Equal((32, 8), (train.Count, heldOut!.Count));
        (PreferenceDataset over, heldOut) = RecipeRows.Open(
            recipe with
            {
                MixStrategy = MixStrategy.InterleaveOver,
                InterleaveProbs = "0.9,0.1",
            }
        );
        Assert.Equal(8, heldOut!.Count);
        Assert.Equal(train.Select(g => g.Prompt[0].Content).Order(), over.Select(g => g.Prompt[0].Content).Distinct().Order());
        Assert.True(over.Count > train.Count);
        Assert.Empty(PromptLeaks.Of(over.Hashes, heldOut.Hashes));
    }

    [Fact]
    public void The_first_rows_of_each_data_set_are_read()
    {
        (PreferenceDataset train, PreferenceDataset? heldOut) = RecipeRows.Open(
            Read("dataset_name: A\neval_dataset_name: B\nmax_samples: 5").Recipe
        );
        Assert.Equal(Enumerable.Range(1, 5), train.Select(g => g.Row));
        Assert.Equal(Enumerable.Range(1, 5), heldOut!.Select(g => g.Row));
    }

    [Fact]
    public void Held_out_data_that_share_prompts_are_told()
    {
        PreferenceDataset heldOut = RecipeRows.Open(Read("dataset_name: A\neval_dataset_mixer: {A: 3, B: 5}").Recipe).HeldOut!;
        Assert.Equal(8, heldOut.Count);
        Assert.StartsWith(
            "3 of 8 rows have a prompt that is trained on as well, so they are not held out (",
            heldOut.Notes[^1],
            StringComparison.Ordinal
        );
    }

    private (Recipe Recipe, List<string> Notes) Read(string yaml)
    {
        var notes = new List<string>();
        return (Recipe.Read(WriteText("recipe.yaml", Named(yaml)), [], notes), notes);
    }

    private string Named(string text) =>
        System.Text.RegularExpressions.Regex.Replace(text, @"\b[AB]\b", m => m.Value == "A" ? _a : _b);

    private string Write(string name, int rows) =>
        WriteText(
            name,
            string.Concat(
                Enumerable
                    .Range(0, rows)
                    .Select(i => $$"""{"prompt": "{{name}} {{i}}", "chosen": "good", "rejected": "bad"}""" + "\n")
            )
        );

    private string WriteText(string name, string text)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }
}
