using Simper.Runs;

namespace Simper.Tests.Runs;

/// <summary>What may stand where a recipe is expected: one sentence with the line, or the recipe.</summary>
public sealed class RecipeFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("simper-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Write(string name, string text)
    {
        string file = Path.Combine(_folder, name);
        File.WriteAllText(file, text);
        return file;
    }

    private static string Error(string file) => Assert.Throws<SimperException>(() => Recipe.Read(file, [])).Message;

    [Fact]
    public void Json_is_a_recipe()
    {
        Recipe recipe = Recipe.Read(
            Write(
                "r.json",
                "{\n\t\"learning_rate\": 1e-5,\n\t\"loss_type\": [\"sigmoid\", \"sft\"],\n\t\"loss_weights\": [1, "
                    + "0.5],\n\t\"use_peft\": null, \"bf16\": false,\n\t\"output_dir\": \"a\\/b \\u00e9\"\n}"
            ),
            []
        );
        Assert.Equal((1e-5, "a/b é"), (recipe.LearningRate, recipe.OutputDir));
        Assert.Equal(2, Assert.IsType<Simper.Objectives.Mixture>(recipe.Objective).Parts.Count);
    }

    [Fact]
    public void Anchors_aliases_and_merged_maps_are_written_out() =>
        Assert.Equal(
            (5L, 5, 1e-5, 0.3),
            (
                Recipe.Read(
                    Write(
                        "r.yaml",
                        "seed: &n 5\nmax_length: *n\n<<: {learning_rate: 1e-5, seed: 9}\nlr_scheduler_type: "
                            + "cosine_with_min_lr\nlr_scheduler_kwargs: {min_lr_rate: 0.3}"
                    ),
                    []
                )
                    is var r
                    ? (r.Seed, r.MaxLength, r.LearningRate, r.ScheduleOptions.MinShare!.Value)
                    : default
            )
        );

    [Fact]
    public void Any_letters_and_a_mark_of_byte_order_are_read() =>
        Assert.Equal(
            "Ünïcode/日本 ☃",
            Recipe.Read(Write("r.yaml", "\ufeffoutput_dir: \"Ünïcode/日本 ☃\"\r\nseed: 1\r\n"), []).OutputDir
        );

    [Theory]
    [InlineData("seed: 1\nmax_length: 9\nseed: 2", "line 3: seed is given twice.")]
    [InlineData("seed: 1\n\tmax_length: 9", "line 2: a tab stands before the key; YAML indents by blanks.")]
    [InlineData("seed: 1\nmax_length: *n", "line 2: *n is an alias without an anchor (&n) above it.")]
    [InlineData("lr_scheduler_kwargs: &x [*x, {a: *x}]", "line 1: lr_scheduler_kwargs has no end")]
    [InlineData("seed: 1\n<<: 3", "line 2: << takes the keys of a map")]
    [InlineData(
        "output_dir: a: b",
        "line 1, column 14: this is not YAML (\"output_dir: a: b\"); a value with a colon in it needs quotation marks."
    )]
    [InlineData("seed: 1\n  max_length: 3", "equally far from the left")]
    [InlineData("output_dir: \"x\nseed: 1", "a quotation mark is missing or too much")]
    [InlineData("{\"seed\": 1\n\"max_length\": 2}", "a bracket or a comma is missing or too much")]
    [InlineData("seed：1", "a recipe is one list of \"key: value\" lines")]
    [InlineData("just words", "a recipe is one list of \"key: value\" lines")]
    [InlineData("---\nseed: 1\n---\nseed: 2", "a recipe is one list of \"key: value\" lines")]
    [InlineData("? [a, b]\n: 1", "a key has to be a name")]
    [InlineData("a: &a [x, x]\nb: &b [*a, *a]\n? *b\n: 1", "line 3: a key has to be a name.")]
    [InlineData("seed: 1\nmax_length: {a: 1}", "line 2: max_length has to be one value")]
    public void What_is_no_recipe_is_said_in_a_sentence_with_its_line(string text, string expected)
    {
        string file = Write("r.yaml", text);
        string error = Error(file);
        Assert.StartsWith(file, error, StringComparison.Ordinal);
        Assert.Contains(expected, error, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error);
    }

    [Fact]
    public void Aliases_of_aliases_do_not_fill_the_memory() =>
        Assert.Contains(
            "line 4: d has no end, or 10000 values and more",
            Error(
                Write(
                    "r.yaml",
                    "a: &a [1,1,1,1,1,1,1,1,1,1]\n"
                        + string.Concat(
                            "bcde".Select((c, i) => $"{c}: &{c} [{string.Join(',', Enumerable.Repeat("*" + "abcd"[i], 10))}]\n")
                        )
                )
            ),
            StringComparison.Ordinal
        );

    [Fact]
    public void A_byte_that_is_no_utf_8_is_said_with_its_line()
    {
        string file = Path.Combine(_folder, "r.yaml");
        File.WriteAllBytes(file, [.. "seed: 1\noutput_dir: "u8, 0xe9, (byte)'\n']);
        Assert.Contains("line 2: the file is not UTF-8 text", Error(file), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_not_there_names_those_that_are()
    {
        Write("a.yaml", "seed: 1");
        Assert.Equal(
            $"{Path.Combine(_folder, "b.yaml")} cannot be read: there is no such file; give a recipe file (YAML), and "
                + $"keys of it as --key value. In {_folder} there is a.yaml.",
            Error(Path.Combine(_folder, "b.yaml"))
        );
    }

    [Fact]
    public void The_folder_of_a_run_names_its_recipe()
    {
        Assert.Equal($"{_folder} is a folder; give a recipe file.", Error(_folder));
        string recipe = Write("recipe.yaml", "seed: 1");
        Assert.Equal($"{_folder} is a folder; give a recipe file, as {recipe}, the recipe of the run in it.", Error(_folder));
    }

    [Theory]
    [InlineData("m.gguf", "give it as --model_name_or_path")]
    [InlineData("pairs.jsonl", "give it as --dataset_name")]
    [InlineData("pairs.jsonl.gz", "give it as --dataset_name")]
    [InlineData("dpo.sh", "give its keys behind simper train")]
    public void A_model_data_and_a_script_are_told_by_their_names(string name, string expected) =>
        Assert.Contains(expected, Error(Write(name, "{}")), StringComparison.Ordinal);

    /// <summary>Each would end the process: the reader of YAML calls itself for each level.</summary>
    [Theory]
    [InlineData("[", "")]
    [InlineData("[", "]")]
    [InlineData("{a: ", "}")]
    [InlineData("- ", "")]
    [InlineData("? ", "")]
    public void Deep_nesting_is_refused_without_a_stack_overflow(string opening, string closing)
    {
        const int Levels = 50_000;
        string file = Write(
            "r.yaml",
            "lr_scheduler_kwargs: "
                + string.Concat(Enumerable.Repeat(opening, Levels))
                + string.Concat(Enumerable.Repeat(closing, Levels))
        );
        Assert.StartsWith($"{file}, line 1", Error(file), StringComparison.Ordinal);
    }

    [Fact]
    public void What_the_scanner_gives_up_on_is_refused_with_its_line()
    {
        string file = Write("r.yaml", "loss_type: simper\n{{seed: 42\noutput_\0dir: runs/a\n");
        Assert.Contains("r.yaml", Error(file), StringComparison.Ordinal);
    }

    [Fact]
    public void Levels_of_lines_are_counted_as_well()
    {
        string file = Write("r.yaml", string.Concat(Enumerable.Range(0, 1_000).Select(i => new string(' ', i) + "k:\n")));
        Assert.Contains("it is nested more than 64 levels deep", Error(file), StringComparison.Ordinal);
    }
}
