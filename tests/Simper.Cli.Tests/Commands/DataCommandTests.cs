using Simper.Cli.Commands;
using Simper.Testing;
using Simper.Text.Tokenization;

namespace Simper.Cli.Tests.Commands;

/// <summary>simper data show and simper data diff: what they print of a few rows.</summary>
public sealed class DataCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("simper-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static string Stories => SharedFiles.Path("data", "stories260K-hf");

    private static string SmolLm2 => SharedFiles.Path("models", "smollm2-135m-instruct");

    private string Rows(params string[] rows)
    {
        string file = Path.Combine(_folder, "rows.jsonl");
        File.WriteAllLines(file, rows);
        return file;
    }

    private static Task<(int Code, string Output, string Errors)> Run(params string[] args) => Typed.Run(args);

    private const string Messages =
        """{"prompt": [{"role": "user", "content": "Hi?"}], "chosen": """
        + """[{"role": "assistant", "content": "Yes."}], "rejected": [{"role": "assistant", "content": "No way."}]}""";

    [Fact]
    public async Task Diff_marks_what_a_mode_scores_more_than_the_first()
    {
        (int code, string text, string errors) = await Run(
            "data",
            "diff",
            Rows(Messages),
            "--model_name_or_path",
            SmolLm2,
            "--modes",
            "strict,trl,trl-cpo"
        );
        Assert.Equal(("", 0), (errors, code));
        string[] lines = [.. text.Split('\n').Select(l => l.TrimEnd())];
        Assert.Contains(
            lines,
            l =>
                l.StartsWith("  strict ", StringComparison.Ordinal)
                && l.EndsWith("scored    3  Yes.<|im_end|>", StringComparison.Ordinal)
        );
        Assert.Contains(
            lines,
            l =>
                l.StartsWith("  trl ", StringComparison.Ordinal)
                && l.EndsWith("scored    4  Yes.<|im_end|>{+\\n+}", StringComparison.Ordinal)
        );
        Assert.Contains(
            lines,
            l =>
                l.StartsWith("  trl-cpo ", StringComparison.Ordinal)
                && l.EndsWith("scored    6  No way.<|im_end|>{+\\n<|im_end|>+}", StringComparison.Ordinal)
        );
        Assert.Contains("1 rows; the modes differ in 1 of them", lines);
        Assert.DoesNotContain("\u001b", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Both_read_columns_by_the_names_that_are_given()
    {
        string file = Rows("""{"frage": "Hi?", "gut": "Yes.", "schlecht": "No way."}""");
        string[] named = ["--model_name_or_path", Stories, "--dataset_columns", "prompt=frage,chosen=gut,rejected=schlecht"];
        (int code, string text, string errors) = await Run(["data", "show", file, .. named]);
        Assert.Equal(("", 0), (errors, code));
        Assert.Contains("1 rows of the layout strings (prompt, chosen, rejected)", text, StringComparison.Ordinal);
        (code, text, errors) = await Run(["data", "diff", file, .. named]);
        Assert.Equal(("", 0), (errors, code));
        Assert.Contains("No way.", text, StringComparison.Ordinal);
        (code, _, errors) = await Run("data", "show", file, "--model_name_or_path", Stories, "--dataset_columns", "prompt=frag");
        Assert.Equal(2, code);
        Assert.Contains("did you mean prompt=frage?", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Diff_leaves_out_the_middle_of_long_texts_that_are_the_same()
    {
        string answer = $"First word. {string.Concat(Enumerable.Repeat("More words. ", 100))}Last word.";
        string row = Messages.Replace("Yes.", answer, StringComparison.Ordinal);
        (_, string text, _) = await Run(
            "data",
            "diff",
            Rows(row),
            "--model_name_or_path",
            SmolLm2,
            "--modes",
            "strict,trl",
            "--max_length",
            "900"
        );
        Assert.All(text.Split('\n'), line => Assert.InRange(line.Length, 0, 300));
        Assert.Matches(@"  trl .*First word\..* \.\.\. .*Last word\.<\|im_end\|>\{\+\\n\+\}", text);
    }

    [Fact]
    public async Task Diff_counts_the_rows_that_each_mode_leaves_out_with_the_reason()
    {
        string file = Rows(
            """{"prompt": "Tom ran.", "chosen": " He sat.", "rejected": " He fell."}""",
            """{"prompt": "Tom ran.", "chosen": " He sat.", "rejected": ""}""",
            """{"prompt": "Onc", "chosen": "e", "rejected": "e upon"}"""
        );
        (int code, string text, string errors) = await Run(
            "data",
            "diff",
            file,
            "--model_name_or_path",
            Stories,
            "--rows",
            "1",
            "--modes",
            "strict,trl,trl-cpo"
        );
        Assert.Equal(("", 0), (errors, code));
        Assert.Contains("3 rows; the modes differ in 2 of them", text, StringComparison.Ordinal);
        Assert.Contains("strict            2 rows kept, 1 left out", text, StringComparison.Ordinal);
        Assert.Contains("left out because an answer is empty: 1 (rows 2)", text, StringComparison.Ordinal);
        Assert.Contains("trl               3 rows kept, 0 left out", text, StringComparison.Ordinal);
        Assert.Contains(
            "left out because it is refused: the prompt has more tokens alone than with an answer behind it",
            text,
            StringComparison.Ordinal
        );
        Assert.DoesNotContain("row 2\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Diff_and_show_say_what_is_wrong_in_one_sentence()
    {
        string file = Rows(Messages);
        foreach (
            (string[] more, string expected) in new (string[], string)[]
            {
                (["diff", file, "--modes", "strict"], "--modes needs two modes at least"),
                (
                    ["diff", file, "--modes", "strict,dpo"],
                    "--modes is \"dpo\"; it has to be one of strict, trl, trl-cpo, simper-reference"
                ),
                (
                    ["diff", file, "--modes", "strict,trl", "--max_prompt_length", "9"],
                    "--max_prompt_length belongs to the mode simper-reference"
                ),
                (["diff", _folder], "give one data file"),
                (["show", file, "--truncation_mode", "middle"], "--truncation_mode is \"middle\""),
                (["show", file, "--max_prompt_length", "9"], "max_prompt_length belongs to compatibility simper-reference"),
                (["show", file, "--compatibility", "trl-cpo", "--truncation_mode", "keep_end"], "truncation_mode is keep_end"),
            }
        )
        {
            (int code, _, string errors) = await Run(["data", .. more, "--model_name_or_path", Stories]);
            Assert.Equal(2, code);
            Assert.Contains(expected, errors, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Show_follows_a_mode_and_a_cut_and_names_weights()
    {
        string file = Rows("""{"prompt": "Tom saw a big red ball.", "completion": " He ran.", "label": false}""");
        (int code, string text, _) = await Run(
            "data",
            "show",
            file,
            "--model_name_or_path",
            Stories,
            "--compatibility",
            "trl",
            "--truncation_mode",
            "keep_end",
            "--max_length",
            "8"
        );
        Assert.Equal(0, code);
        Assert.Contains("prompt, 3 tokens", text, StringComparison.Ordinal);
        Assert.Contains("rejected  5 of 5 tokens scored, weight -1, cut to max_length", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Show_says_when_there_is_nothing_to_show()
    {
        string file = Rows(
            """{"prompt": "Tom ran.", "chosen": " He sat.", "rejected": " He fell."}""",
            """{"prompt": "Tom ran.", "chosen": " He sat.", "rejected": ""}"""
        );
        string[] words = ["data", "show", file, "--model_name_or_path", Stories, "--from"];
        Assert.Equal((2, "", $"--from is 100, but {file} has no such row; its last is row 2.\n"), await Run([.. words, "100"]));
        Assert.Equal((2, "", "--from is 0; rows count from 1.\n"), await Run([.. words, "0"]));
        (int code, string text, _) = await Run([.. words, "2"]);
        Assert.Equal(0, code);
        Assert.Contains("No row from 2 on is trained on.", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Show_and_diff_follow_the_format_of_a_recipe()
    {
        string file = Rows("""{"prompt": "Hi?", "chosen": " Yes.", "rejected": " No."}""");
        foreach (string command in (string[])["show", "diff"])
        {
            string[] words = ["data", command, file, "--model_name_or_path", SmolLm2, "--dataset_format"];
            (int code, string auto, string errors) = await Run([.. words, "auto"]);
            Assert.Equal((0, ""), (code, errors));
            (code, string text, errors) = await Run([.. words, "text"]);
            Assert.Equal((0, ""), (code, errors));
            Assert.NotEqual(auto, text);
            (code, _, errors) = await Run([.. words, "json"]);
            Assert.Equal((2, "--dataset_format is \"json\"; it has to be one of auto, text.\n"), (code, errors));
        }
    }

    [Fact]
    public async Task Show_and_diff_count_rows_alike()
    {
        IEnumerable<string> rows = Enumerable
            .Range(0, 1200)
            .Select(i => $$"""{"prompt": "Tom", "chosen": " {{i}}", "rejected": " a"}""");
        string file = Rows([.. rows]);
        (_, string text, _) = await Run("data", "show", file, "--model_name_or_path", Stories, "--rows", "0");
        Assert.Contains("1,200 rows of the layout", text, StringComparison.Ordinal);
        Assert.Contains("1,200 rows kept", text, StringComparison.Ordinal);
        (_, text, _) = await Run("data", "diff", file, "--model_name_or_path", Stories, "--rows", "0", "--modes", "strict,trl");
        Assert.Contains("1,200 rows; the modes differ in", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Show_of_a_recipe_shows_its_mixture_without_what_it_leaves_out()
    {
        string pairs = Rows(
            """{"prompt": "Tom", "chosen": " ran", "rejected": " a"}""",
            """{"prompt": "Tom", "chosen": " ran", "rejected": " a"}""",
            """{"prompt": "Lily", "chosen": " ran", "rejected": " a"}"""
        );
        string other = Path.Combine(_folder, "other.jsonl");
        File.WriteAllText(other, """{"prompt": "Lily", "chosen": " a", "rejected": " ran"}""");
        string recipe = Path.Combine(_folder, "recipe.yaml");
        File.WriteAllText(
            recipe,
            $"dataset_mixer: {{{pairs}: 1.0, {other}: 1}}\ndedup: exact\ncontradictions: drop\nmax_completion_length: 1\n"
        );
        (int code, string text, string errors) = await Run("data", "show", recipe, "--model_name_or_path", Stories);
        Assert.Equal((0, ""), (code, errors));
        string said = string.Join(' ', text.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("1 rows kept, 3 left out, 1 with an answer cut to fit", said, StringComparison.Ordinal);
        Assert.Contains("left out because it repeats an earlier row word for word: 1 (", said, StringComparison.Ordinal);
        Assert.Contains("left out because it contradicts another row: 2 (", said, StringComparison.Ordinal);
        Assert.Contains("mixture: 3 of 3 rows of", said, StringComparison.Ordinal);
    }

    [Fact]
    public void Token_lists_are_laid_along_their_longest_common_part()
    {
        Tokenizer tokenizer = Tokenizer.Load(Path.Combine(Stories, "tokenizer.json"));
        int[] Ids(string text) => tokenizer.EncodeToIds(text);
        string Diff(string a, string b) =>
            string.Concat(
                TokenDiff
                    .Of(Ids(a), Ids(b), tokenizer)
                    .Select(s =>
                        s.Change switch
                        {
                            TokenChange.Added => $"+({s.Text})",
                            TokenChange.Removed => $"-({s.Text})",
                            _ => s.Text,
                        }
                    )
            );
        Assert.Equal("Tom ran", Diff("Tom ran", "Tom ran"));
        Assert.Equal("Tom+( big red) ran.", Diff("Tom ran.", "Tom big red ran."));
        Assert.Equal("-(Tom)+( Lily)", Diff("Tom", "Lily"));
        Assert.Equal("+(Tom)", Diff("", "Tom"));
        Assert.Equal("-(Tom)", Diff("Tom", ""));
    }
}
