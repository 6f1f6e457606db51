using System.Text.Json.Nodes;
using Simper.Cli.Commands;
using Simper.Testing;

namespace Simper.Cli.Tests.Commands;

/// <summary>Prompts for simper generate: from the line, files, rows of JSON and standard input.</summary>
public sealed class PromptSourceTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("simper-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string FileOf(string name, string text)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }

    private static string[] Read(string[] texts, string[] files, string input = "")
    {
        using var reader = new StringReader(input);
        return
        [
            .. PromptSource
                .Read(texts, files, reader)
                .Select(p => string.Join(" | ", p.Messages.Select(m => $"{m.Role}: {m.Content}"))),
        ];
    }

    [Fact]
    public void A_file_that_cannot_be_read_is_said_in_words_of_ours()
    {
        string none = Path.Combine(_folder, "none.jsonl");
        Assert.Equal(
            $"--prompt_file: {none} cannot be read: there is no such file; give another file.",
            Assert.Throws<SimperException>(() => Read([], [none])).Message
        );
        Assert.Equal(
            $"--prompt_file: {_folder} is a folder; give a file.",
            Assert.Throws<SimperException>(() => Read([], [_folder])).Message
        );
    }

    [Fact]
    public void A_file_is_one_prompt_with_all_its_lines() =>
        Assert.Equal(["user: one\n\n  two"], Read([], [FileOf("prompt.txt", "one\r\n\n  two\n")]));

    [Fact]
    public void Standard_input_is_a_prompt_a_line_or_one_in_all()
    {
        Assert.Equal(["user: one", "user: two"], Read([], [], "one\n\ntwo\n"));
        Assert.Equal(["user: one\n\ntwo"], Read(["-"], [], "one\n\ntwo\n"));
        Assert.Equal(["user: one\n\ntwo"], Read([], ["-"], "one\n\ntwo\n"));
        Assert.Equal(["user: x", "user: { is a brace\nmore"], Read(["x"], ["-"], "{ is a brace\nmore"));
    }

    [Fact]
    public void Rows_have_a_prompt_or_messages()
    {
        const string turns =
            """[{"role": "user", "content": "A"}, {"role": "assistant", "content": "B"}, {"role": "user", "content": "C"}]""";
        const string rows = $$"""
            {"prompt": "one\ntwo", "id": 1}

            {"messages": [{"role": "system", "content": "S"}, {"role": "user", "content": "U"}]}
            {"prompt": {{turns}}, "system": "S"}
            {"conversations": [{"from": "human", "value": "H"}]}
            {"instruction": "Do", "input": "it"}
            """;
        string[] expected =
        [
            "user: one\ntwo",
            "system: S | user: U",
            "system: S | user: A | assistant: B | user: C",
            "user: H",
            "user: Do\nit",
        ];
        Assert.Equal(expected, Read([], [FileOf("rows.jsonl", rows)]));
        Assert.Equal(expected, Read([], [], rows));
        Assert.Equal(expected, Read([], ["-"], rows));
        Assert.Equal(["user: a", "user: b"], Read([], [FileOf("rows.json", """["a", {"prompt": "b"}]""")]));
    }

    [Fact]
    public void A_system_message_stands_before_prompts_that_have_none()
    {
        using var reader = new StringReader("");
        GivenPrompt own = PromptSource.Read(
            [],
            [FileOf("r.jsonl", """{"messages": [{"role": "system", "content": "own"}, {"role": "user", "content": "U"}]}""")],
            reader
        )[0];
        Assert.Equal("own", own.Under("given").Messages[0].Content);
        Assert.Equal(["system", "user"], GivenPrompt.Of("x").Under("given").Messages.Select(m => m.Role));
        Assert.Single(GivenPrompt.Of("x").Under(null).Messages);
    }

    [Theory]
    [InlineData("r.jsonl", "{\"prompt\": 1}", ", line 1: \"prompt\" has to be a list of messages")]
    [InlineData("r.jsonl", "{\"prompt\": \"a\"}\n{\"text\": \"b\"}", ", line 2: there is no prompt")]
    [InlineData("r.jsonl", "{\"prompt\": \"a\"}\n{\"prompt\"", ", line 2 is no JSON")]
    [InlineData("r.jsonl", "{\"prompt\": []}", "\"prompt\" has to have a message")]
    [InlineData("r.jsonl", "3", ", line 1: a row has to be a JSON object")]
    [InlineData("r.json", "[{\"prompt\": \"a\"}, 3]", ", item 2: a row has to be")]
    [InlineData(
        "r.jsonl",
        "{\"messages\": [{\"role\": \"assistant\", \"content\": \"x\"}]}",
        "the last message of \"messages\" is the assistant's"
    )]
    [InlineData("p.txt", "\n", " is empty")]
    [InlineData("r.jsonl", "\n", "There is no prompt")]
    public void What_is_no_prompt_is_refused_with_its_place(string name, string text, string expected) =>
        Assert.Contains(
            expected,
            Assert.Throws<SimperException>(() => Read([], [FileOf(name, text)])).Message,
            StringComparison.Ordinal
        );

    [Fact]
    public void Input_is_read_once_and_files_have_to_be_there()
    {
        Assert.Contains(
            "read once",
            Assert.Throws<SimperException>(() => Read(["-"], ["-"], "x")).Message,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "--prompt_file: ",
            Assert.Throws<SimperException>(() => Read([], [Path.Combine(_folder, "none.txt")])).Message,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "There is no prompt",
            Assert.Throws<SimperException>(() => Read([], [], "\n")).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Rows_are_answered_as_rows_that_keep_their_other_columns()
    {
        string model = SharedFiles.Path("data", "stories260K-hf");
        string rows = FileOf("r.jsonl", """{"id": "é<1>", "prompt": "Once upon\na time"}""");
        string[] usual = ["--max_new_tokens", "4", "--dtype", "float32"];
        (int code, string text, string errors) = await Typed.Run(["generate", model, "--prompt_file", rows, .. usual]);
        Assert.Equal(("", 0), (errors, code));
        JsonObject line = JsonNode.Parse(text)!.AsObject();
        Assert.Equal(["id", "prompt", "answer", "finish_reason"], line.Select(p => p.Key));
        Assert.StartsWith("{\"id\":\"é<1>\",\"prompt\":\"Once upon\\na time\",", text, StringComparison.Ordinal);

        (_, string plain, _) = await Typed.Run([
            "generate",
            model,
            "--prompt_file",
            FileOf("p.txt", "Once upon\na time\n"),
            .. usual,
        ]);
        Assert.Equal((string?)line["answer"], plain.TrimEnd('\r', '\n'));
        (code, _, errors) = await Typed.Run(["generate", model, "--prompt", "x", "--raw", "--system", "s", .. usual]);
        Assert.Equal(2, code);
        Assert.StartsWith("--raw has no chat template", errors, StringComparison.Ordinal);
    }
}
