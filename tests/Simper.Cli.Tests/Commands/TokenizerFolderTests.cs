using Simper.Testing;

namespace Simper.Cli.Tests.Commands;

/// <summary>simper data show and diff where there are no weights, no colours, and nothing was cut.</summary>
public sealed class TokenizerFolderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("simper-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private const string Row =
        """{"prompt": [{"role": "user", "content": "Hi?"}], "chosen": """
        + """[{"role": "assistant", "content": "Yes."}], "rejected": [{"role": "assistant", "content": "No way."}]}""";

    private string Rows(params string[] rows)
    {
        string file = Path.Combine(_folder, "rows.jsonl");
        File.WriteAllLines(file, rows);
        return file;
    }

    private string Model(params string[] files)
    {
        string folder = Path.Combine(_folder, "model");
        Directory.CreateDirectory(folder);
        foreach (string file in files)
            File.Copy(SharedFiles.Path("models", "smollm2-135m-instruct", file), Path.Combine(folder, file), overwrite: true);
        return folder;
    }

    [Theory]
    [InlineData("tokenizer.json", "tokenizer_config.json", "config.json")]
    [InlineData("tokenizer.json", "tokenizer_config.json")]
    public async Task A_tokenizer_is_enough(params string[] files)
    {
        (int code, string text, string errors) = await Typed.Run("data", "show", Rows(Row), "--model_name_or_path", Model(files));
        Assert.Equal(("", 0), (errors, code));
        Assert.Contains("chosen  3 of 3 tokens scored", text, StringComparison.Ordinal);
        (code, text, errors) = await Typed.Run(
            "data",
            "diff",
            Rows(Row),
            "--model_name_or_path",
            Model(files),
            "--modes",
            "strict,trl"
        );
        Assert.Equal(("", 0), (errors, code));
        Assert.Contains("1 rows; the modes differ in 1 of them", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tokenizer_model_is_enough_as_well()
    {
        string folder = Path.Combine(_folder, "stories");
        Directory.CreateDirectory(folder);
        File.Copy(SharedFiles.Path("data", "stories260K-hf", "tokenizer.model"), Path.Combine(folder, "tokenizer.model"));
        File.WriteAllText(Path.Combine(folder, "tokenizer_config.json"), """{"tokenizer_class":"LlamaTokenizer"}""");
        string file = Rows("""{"prompt": "Once upon", "chosen": " a time", "rejected": " a day"}""");
        (int code, string text, string errors) = await Typed.Run("data", "show", file, "--model_name_or_path", folder);
        Assert.Equal(("", 0), (errors, code));
        Assert.Contains("a time", text, StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(folder, "tokenizer_config.json"), """{"tokenizer_class":"OddTokenizer"}""");
        (code, _, errors) = await Typed.Run("data", "show", file, "--model_name_or_path", folder);
        Assert.Equal(2, code);
        Assert.Contains("the tokenizer OddTokenizer is not known by tokenizer.model alone", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_colours_marks_say_what_is_scored()
    {
        (_, string text, _) = await Typed.Run(
            "data",
            "show",
            Rows(Row),
            "--model_name_or_path",
            Model("tokenizer.json", "tokenizer_config.json"),
            "--compatibility",
            "trl"
        );
        Assert.Contains("Scored tokens stand in [[ ]].", text, StringComparison.Ordinal);
        Assert.Contains("[[No way.<|im_end|>\n]]", text.ReplaceLineEndings("\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rows_whose_answers_are_written_alike_are_said_to_be_so()
    {
        string model = Model("tokenizer.json", "tokenizer_config.json");
        const string calls =
            """{"prompt": [{"role": "user", "content": "Hi?"}], "chosen": """
            + """[{"role": "assistant", "content": "Yes.", "tool_calls": [{"name": "f", "arguments": {}}]}], "rejected": """
            + """[{"role": "assistant", "content": "Yes."}]}""";
        (_, string text, _) = await Typed.Run("data", "show", Rows(Row, calls), "--model_name_or_path", model);
        Assert.Contains(
            "left out because the chat template writes the same of its answers: 1 (rows 2)",
            text,
            StringComparison.Ordinal
        );
        Assert.DoesNotContain("cutting", text, StringComparison.Ordinal);
        string longer = Row.Replace("Yes.", "One two three four.", StringComparison.Ordinal)
            .Replace("No way.", "One two three five.", StringComparison.Ordinal);
        (_, string shown, _) = await Typed.Run("data", "show", Rows(Row, longer), "--model_name_or_path", model);
        int room = int.Parse(
            System.Text.RegularExpressions.Regex.Match(shown, "prompt, ([0-9]+) tokens").Groups[1].Value,
            System.Globalization.CultureInfo.InvariantCulture
        );
        (_, text, _) = await Typed.Run(
            "data",
            "show",
            Rows(Row, longer),
            "--model_name_or_path",
            model,
            "--max_length",
            $"{room + 2}"
        );
        Assert.Contains("left out because the answers are equal after cutting: 1 (rows 2)", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(
        "no/such-model",
        "if it is a model of the Hugging Face hub, fetch it with: hf download no/such-model --local-dir such-model"
    )]
    [InlineData("./no-such-model", "give a model folder or a .gguf file")]
    public async Task A_model_that_is_not_there_is_refused_with_a_way_on(string model, string expected)
    {
        (int code, _, string errors) = await Typed.Run("data", "show", Rows(Row), "--model_name_or_path", model);
        Assert.Equal(2, code);
        Assert.Contains($"{model} does not exist; {expected}", errors, StringComparison.Ordinal);
    }
}
