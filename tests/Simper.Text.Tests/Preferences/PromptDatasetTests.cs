using System.Text.Json.Nodes;
using Simper.Testing;
using Simper.Text.Preferences;
using Simper.Text.Templates;

namespace Simper.Text.Tests.Preferences;

public sealed class PromptDatasetTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("simper-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Written(params string[] lines)
    {
        string path = Path.Combine(_folder, "prompts.jsonl");
        File.WriteAllLines(path, lines);
        return path;
    }

    private static string Shown(DataPrompt prompt) =>
        string.Join(" | ", prompt.Messages.Select((ChatMessage m) => $"{m.Role}: {m.Content}"));

    [Theory]
    [InlineData("""{"prompt": "What?", "chosen": "a", "rejected": "b"}""", "user: What?")]
    [InlineData("""{"prompt": "What?"}""", "user: What?")]
    [InlineData("""{"question": "What?", "answer": "a"}""", "user: What?")]
    [InlineData("""{"prompt": "What?", "system": "Be brief."}""", "system: Be brief. | user: What?")]
    [InlineData("""{"prompt": [{"role": "user", "content": "What?"}], "completion": "a"}""", "user: What?")]
    [InlineData("""{"prompt": "What?", "responses": ["a", "b"]}""", "user: What?")]
    [InlineData("""{"instruction": "Say it.", "input": "It.", "output": "a"}""", "user: Say it.\nIt.")]
    [InlineData(
        """{"chosen": "\n\nHuman: What?\n\nAssistant: a", "rejected": "\n\nHuman: What?\n\nAssistant: b"}""",
        "user: What?"
    )]
    [InlineData(
        """{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}, """
            + """{"role": "user", "content": "c"}]}""",
        "user: a | assistant: b | user: c"
    )]
    [InlineData("""{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}""", "user: a")]
    [InlineData("""{"conversations": [{"from": "human", "value": "a"}]}""", "user: a")]
    [InlineData(
        """{"conversations": [{"from": "human", "value": "a"}], "chosen": {"from": "gpt", "value": "b"}, "rejected": """
            + """{"from": "gpt", "value": "c"}}""",
        "user: a"
    )]
    public void Answers_of_a_row_are_passed_over(string row, string prompt) =>
        Assert.Equal(prompt, Shown(PromptDataset.Open(Written(row))[0]));

    public static TheoryData<string> Layouts => SharedFiles.Rows(() => Golden()["layouts"]!.AsObject().Select(l => l.Key));

    private static JsonObject Golden() =>
        JsonNode.Parse(File.ReadAllText(SharedFiles.Path("golden", "data", "formats", "expected.json")))!.AsObject();

    [Theory]
    [MemberData(nameof(Layouts))]
    public void Prompts_of_every_layout_are_those_of_its_rows(string layout)
    {
        JsonArray rows = Golden()["layouts"]![layout]!["rows"]!.AsArray();
        PromptDataset prompts = PromptDataset.Open(SharedFiles.Path("golden", "data", "formats", "jsonl", layout + ".jsonl"));
        Assert.Equal(rows.Count, prompts.Count);
        for (int i = 0; i < rows.Count; i++)
        {
            if (rows[i] is not { } row)
                continue; // answers that make no pair have a prompt all the same
            JsonArray expected = row["prompt"]!.AsArray();
            Assert.Equal(string.Join(" | ", expected.Select(m => $"{m!["role"]}: {m["content"]}")), Shown(prompts[i]));
            Assert.Equal(row["tools"]?.AsArray().Count, prompts[i].Tools?.Count);
        }
    }

    [Fact]
    public void Columns_of_other_names_are_renamed_and_stay_under_their_own()
    {
        var columns = new DatasetOptions { Columns = ColumnMap.Parse("prompt=problem") };
        string path = Written("""{"problem": "1+1?", "solution": "2"}""");
        DataPrompt prompt = PromptDataset.Open(path, columns)[0];
        Assert.Equal("user: 1+1?", Shown(prompt));
        Assert.Equal(["problem", "solution"], prompt.Columns.Select(c => c.Key));
        columns = new DatasetOptions { Columns = ColumnMap.Parse("prompt=problems") };
        var error = Assert.Throws<SimperException>(() => PromptDataset.Open(path, columns));
        Assert.Contains("did you mean prompt=problem?", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Other_columns_stay_with_a_prompt()
    {
        DataPrompt prompt = PromptDataset.Open(Written("""{"prompt": "1+1?", "gold": 2}"""))[0];
        Assert.Equal(2, (int)prompt.Columns["gold"]!);
        Assert.EndsWith("prompts.jsonl, line 1", prompt.Place, StringComparison.Ordinal);
    }

    [Fact]
    public void A_limit_ends_the_reading_and_rows_without_a_prompt_are_counted()
    {
        string path = Written("""{"prompt": " "}""", """{"prompt": "a"}""", "", """{"prompt": "b"}""", "not read");
        PromptDataset prompts = PromptDataset.Open(path, limit: 2);
        Assert.Equal((2, 3, 1), (prompts.Count, prompts.Rows, prompts.Dropped.Count));
        Assert.Equal((1, 4, "user: b"), (prompts[1].Index, prompts[1].Row, Shown(prompts[1])));
    }

    [Fact]
    public void What_decides_the_prompts_decides_the_fingerprint()
    {
        string one = PromptDataset.Open(Written("""{"prompt": "a"}""", """{"prompt": "b"}""")).Fingerprint;
        Assert.NotEqual(one, PromptDataset.Open(Written("""{"prompt": "a"}""")).Fingerprint);
        Assert.Equal(one, PromptDataset.Open(Written("""{"prompt": "a"}""", """{"prompt": "b"}""", "x"), limit: 2).Fingerprint);
    }

    [Theory]
    [InlineData("""{"answer": "a"}""", "line 1: there is no prompt")]
    [InlineData("""{"prompt": ""}""", "none of its 1 rows has one")]
    [InlineData("""{"prompt": 3}""", "line 1: \"prompt\" has to be a list of messages")]
    public void A_file_that_cannot_be_answered_is_refused_in_one_sentence(string row, string says)
    {
        var error = Assert.Throws<SimperException>(() => PromptDataset.Open(Written(row)));
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_row_that_the_caller_refuses_is_refused()
    {
        var error = Assert.Throws<SimperException>(() =>
            PromptDataset.Open(
                Written("""{"prompt": "a", "gold": 1}""", """{"prompt": "b"}"""),
                check: p => _ = p.Columns["gold"] ?? throw new SimperException($"{p.Place}: no gold.")
            )
        );
        Assert.EndsWith("line 2: no gold.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Arrays_are_read_by_items()
    {
        string path = Path.Combine(_folder, "prompts.json");
        File.WriteAllText(path, """[{"prompt": "a"}, {"prompt": "b"}]""");
        PromptDataset prompts = PromptDataset.Open(path);
        Assert.Equal("user: b", Shown(prompts[1]));
        Assert.EndsWith("item 2", prompts[1].Place, StringComparison.Ordinal);
    }
}
