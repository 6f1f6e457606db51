using System.Text.Json.Nodes;
using Simper.Testing;
using Simper.Text.Preferences;
using Simper.Text.Templates;

namespace Simper.Text.Tests.Preferences;

/// <summary>The shapes in which people write tools, their calls, roles and empty cells.</summary>
public class ToolCallTests
{
    private const string Call = """{"type": "function", "function": {"name": "add", "arguments": {"a": 2}}}""";

    private static ChatMessage Answer(string message, Compatibility mode = Compatibility.Strict) =>
        Assert.Single(
            Assert
                .Single(
                    RowFile.In(
                        mode,
                        $$"""{"prompt": [{"role": "user", "content": "Add."}], "chosen": [{{message}}], "rejected": """
                            + $$"""[{"role": "assistant", "content": "No."}]}"""
                    )
                )
                .Answers[0]
        );

    private static void Same(string expected, JsonNode? found) =>
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), found), found?.ToJsonString());

    [Theory]
    [InlineData(
        """{"role": "assistant", "content": null, "tool_calls": [{"type": "function", "function": """
            + """{"name": "add", "arguments": {"a": 2}}}]}"""
    )]
    [InlineData("""{"role": "assistant", "tool_calls": [{"function": {"name": "add", "arguments": {"a": 2}}}]}""")]
    [InlineData(
        """{"role": "assistant", "content": "", "tool_calls": [{"type": "function", "function": """
            + """{"name": "add", "arguments": "{\"a\": 2}"}, "index": null}]}"""
    )]
    [InlineData("""{"role": "assistant", "content": NaN, "tool_calls": [{"name": "add", "arguments": {"a": 2}}]}""")]
    [InlineData(
        """{"role": "assistant", "content": [], "tool_calls": [{"name": "add", "parameters": {"a": 2}, "function": null}]}"""
    )]
    [InlineData("""{"role": "assistant", "content": null, "tool_calls": {"name": "add", "args": {"a": 2}}}""")]
    [InlineData("""{"role": "assistant", "content": null, "tool_calls": "[{\"name\": \"add\", \"arguments\": {\"a\": 2}}]"}""")]
    [InlineData(
        """{"role": "assistant", "content": null, "tool_calls": ["{\"name\": \"add\", \"arguments\": \"{\\\"a\\\": """
            + """2}\"}", null]}"""
    )]
    [InlineData(
        """{"role": "assistant", "content": null, "function_call": {"name": "add", "arguments": "{\"a\": """
            + """2}"}, "tool_calls": null}"""
    )]
    [InlineData(
        """{"role": "assistant", "content": null, "function_call": {"name": "add", "arguments": {"a": 2}}, "tool_calls": []}"""
    )]
    [InlineData("""{"from": "function_call", "value": "{\"name\": \"add\", \"arguments\": {\"a\": 2}}"}""")]
    [InlineData("""{"from": "function_call", "value": {"name": "add", "arguments": {"a": 2}}}""")]
    [InlineData("""{"from": "gpt", "value": null, "tool_calls": [{"name": "add", "arguments": {"a": 2}}]}""")]
    [InlineData("""{"role": "tool_call", "content": "[{\"name\": \"add\", \"arguments\": {\"a\": 2}}]"}""")]
    public void Every_way_of_writing_a_call_is_the_same_call(string message)
    {
        ChatMessage answer = Answer(message);
        Assert.Equal(("assistant", ""), (answer.Role, answer.Content));
        Same($"[{Call}]", answer.Extra!["tool_calls"]);
        Assert.Single(answer.Extra);
    }

    [Fact]
    public void Ids_stay_and_arguments_that_are_no_object_stay_as_they_are()
    {
        Same(
            """[{"id": "c1", "type": "function", "function": {"name": "add", "arguments": {}}}]""",
            Answer(
                """{"role": "assistant", "tool_calls": [{"id": "c1", "type": "function", "function": """
                    + """{"name": "add", "arguments": ""}}]}"""
            ).Extra!["tool_calls"]
        );
        Same(
            """[{"type": "function", "function": {"name": "add", "arguments": "{a: 2"}, "id": "c1"}]""",
            Answer("""{"role": "assistant", "tool_calls": [{"id": "c1", "name": "add", "arguments": "{a: 2"}]}""").Extra![
                "tool_calls"
            ]
        );
    }

    [Fact]
    public void Other_programs_hand_arguments_that_are_a_text_to_the_template_as_they_are() =>
        Same(
            """[{"type": "function", "function": {"name": "add", "arguments": "{\"a\": 2}"}}]""",
            Answer(
                """{"role": "assistant", "tool_calls": [{"type": "function", "function": """
                    + """{"name": "add", "arguments": "{\"a\": 2}"}}]}""",
                Compatibility.Trl
            ).Extra!["tool_calls"]
        );

    [Theory]
    [InlineData(
        """{"role": "assistant", "tool_calls": [{"arguments": {}}]}""",
        "\"chosen[0].tool_calls[0]\" has to be a call of a tool"
    )]
    [InlineData("""{"role": "assistant", "tool_calls": "call it"}""", "\"chosen[0].tool_calls\" is no JSON")]
    [InlineData("""{"role": "assistant", "tool_calls": [7]}""", "\"chosen[0].tool_calls[0]\" has to be an object")]
    [InlineData("""{"from": "function_call", "value": "add(2)"}""", "\"chosen[0].value\" is no JSON")]
    [InlineData("""{"from": "function_call", "value": null}""", "\"chosen[0]\" has to have the call as its content")]
    [InlineData(
        """{"from": "narrator", "value": "a"}""",
        "\"chosen[0].from\" has to be human, gpt, system, function_call or observation, not \"narrator\""
    )]
    [InlineData("""{"role": null, "content": "a"}""", "\"chosen[0]\" has to have a role")]
    [InlineData("""{"role": " ", "content": "a"}""", "\"chosen[0]\" has to have a role")]
    public void What_is_no_call_is_refused_in_words_of_the_data(string message, string expected) =>
        Assert.Contains(
            "line 1: " + expected,
            Assert.Throws<SimperException>(() => Answer(message)).Message,
            StringComparison.Ordinal
        );

    [Theory]
    [InlineData("[{\"name\": \"add\", \"parameters\": {}}]")]
    [InlineData("[{\"type\": \"function\", \"function\": {\"name\": \"add\", \"parameters\": {}}}, null]")]
    [InlineData("{\"name\": \"add\", \"parameters\": {}}")]
    [InlineData("\"[{\\\"name\\\": \\\"add\\\", \\\"parameters\\\": {}}]\"")]
    [InlineData("[\"{\\\"name\\\": \\\"add\\\", \\\"parameters\\\": {}}\"]")]
    public void Every_way_of_writing_a_tool_is_the_same_tool(string tools)
    {
        foreach (string column in (string[])["tools", "functions"])
        {
            if (column == "tools" || tools.TrimStart('"').StartsWith('['))
                Same(
                    """[{"type": "function", "function": {"name": "add", "parameters": {}}}]""",
                    Assert
                        .Single(RowFile.Open($$"""{"prompt": "p", "chosen": "a", "rejected": "b", "{{column}}": {{tools}}}"""))
                        .Tools
                );
        }
    }

    [Theory]
    [InlineData("null")]
    [InlineData("NaN")]
    [InlineData("\"\"")]
    [InlineData("\"[]\"")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("[null]")]
    public void No_tools_are_none(string tools) =>
        Assert.Null(
            Assert.Single(RowFile.Open($$"""{"prompt": "p", "chosen": "a", "rejected": "b", "tools": {{tools}}}""")).Tools
        );

    // "functions" may be a column of anything.
    [Theory]
    [InlineData("\"it functions\"")]
    [InlineData("7")]
    [InlineData("{\"name\": \"add\"}")]
    [InlineData("null")]
    [InlineData("[]")]
    public void A_column_functions_that_is_no_list_holds_no_tools(string functions) =>
        Assert.Null(
            Assert.Single(RowFile.Open($$"""{"prompt": "p", "chosen": "a", "rejected": "b", "functions": {{functions}}}""")).Tools
        );

    [Fact]
    public void Functions_are_read_where_there_are_no_tools_and_white_space_before_a_list_does_not_matter()
    {
        const string text = """
            {"prompt": "p", "chosen": "a", "rejected": "b", "functions": "\n [{\"name\": \"add\", \"parameters\": {}}]"}
            """;
        Same(
            """[{"type": "function", "function": {"name": "add", "parameters": {}}}]""",
            Assert.Single(RowFile.Open(text)).Tools
        );
        Same(
            """[{"type": "function", "function": {"name": "sub", "parameters": {}}}]""",
            Assert
                .Single(
                    RowFile.Open(
                        """{"prompt": "p", "chosen": "a", "rejected": "b", "functions": [{"name": "add", "parameters": {}}], """
                            + """ "tools": [{"name": "sub", "parameters": {}}]}"""
                    )
                )
                .Tools
        );
    }

    [Theory]
    [InlineData("user", "user")]
    [InlineData("Human", "user")]
    [InlineData("prompter", "user")]
    [InlineData("ASSISTANT", "assistant")]
    [InlineData("gpt", "assistant")]
    [InlineData("model", "assistant")]
    [InlineData("bot", "assistant")]
    [InlineData("observation", "tool")]
    [InlineData("function", "tool")]
    [InlineData("ipython", "tool")]
    [InlineData("tool_response", "tool")]
    [InlineData("system", "system")]
    [InlineData("developer", "developer")]
    public void Roles_have_many_names(string written, string role)
    {
        foreach (
            string message in (string[])
                [$$"""{"role": "{{written}}", "content": "x"}""", $$"""{"from": "{{written}}", "value": "x"}"""]
        )
        {
            PreferenceGroup group = Assert.Single(
                RowFile.Open(
                    $$"""{"messages": [{"role": "user", "content": "p"}, {{message}}, {"role": "assistant", "content": "a"}]}"""
                )
            );
            Assert.Equal((role, "x"), (group.Prompt[1].Role, group.Prompt[1].Content));
        }
    }

    [Fact]
    public void What_a_tool_returned_may_be_an_object()
    {
        PreferenceGroup group = Assert.Single(
            RowFile.Open(
                """{"messages": [{"role": "user", "content": "p"}, {"role": "tool", "content": {"warm": [1, 2.5], "n": """
                    + """null}}, {"role": "assistant", "content": "a"}]}"""
            )
        );
        Assert.Equal("""{"warm": [1, 2.5], "n": null}""", group.Prompt[1].Content);
    }

    [Theory]
    [InlineData(
        """{"prompt": "p", "chosen": "a", "rejected": "b", "system": null, "tools": null, "messages": null, "label": """
            + """null, "history": null, "input": null}"""
    )]
    [InlineData(
        """{"prompt": "p", "chosen": "a", "rejected": "b", "system": NaN, "tools": NaN, "completion": NaN, "input": NaN}"""
    )]
    [InlineData("""{"prompt": "p", "chosen": "a", "rejected": "b", "system": "", "tools": "", "input": "", "history": []}""")]
    [InlineData(
        """{"prompt": [{"role": "system", "content": null}, {"role": "user", "content": "p", "tool_calls": null, "name": """
            + """null}], "chosen": "a", "rejected": "b"}"""
    )]
    public void Cells_that_a_table_had_to_fill_are_empty(string row)
    {
        PreferenceDataset dataset = RowFile.Open(row);
        Assert.Equal("user: p -> assistant: a / assistant: b", RowFile.Told(Assert.Single(dataset)));
        Assert.Null(Assert.Single(dataset).Tools);
        Assert.Empty(dataset.UnusedColumns);
    }

    [Theory]
    [InlineData("""{"prompt": "p", "chosen": "a", "rejected": null}""", "\"rejected\" is null or NaN")]
    [InlineData(
        """{"prompt": "p", "chosen": NaN, "rejected": NaN, "system": null}""",
        "\"chosen\" and \"rejected\" are null or NaN"
    )]
    [InlineData("""{"prompt": null, "completion": "a"}""", "\"prompt\" is null or NaN")]
    [InlineData("""{"messages": null, "label": true}""", "\"messages\" is null or NaN")]
    public void Cells_that_are_needed_are_named(string row, string expected) =>
        Assert.Contains("line 1: " + expected, RowFile.Error(row), StringComparison.Ordinal);

    [Theory]
    [InlineData("""{"role": "assistant", "content": null}""")]
    [InlineData("""{"role": "assistant", "content": null, "tool_calls": []}""")]
    [InlineData("""{"role": "assistant", "content": " ", "name": "bot", "loss_weight": 1.0}""")]
    [InlineData("""{"role": "assistant", "content": [{"type": "text", "text": ""}]}""")]
    public void An_answer_that_says_nothing_is_left_out(string message) =>
        Assert.Equal(
            "an answer is empty",
            Assert
                .Single(
                    RowFile
                        .Open(
                            $$"""{"prompt": [{"role": "user", "content": "Add."}], "chosen": [{{message}}], "rejected": """
                                + $$"""[{"role": "assistant", "content": "No."}]}"""
                        )
                        .Dropped
                )
                .Reason
        );

    [Fact]
    public void Calls_in_turns_that_follow_each_other_are_made_at_once()
    {
        string row = """
            {"messages": [{"role": "user", "content": "p"},
             {"role": "tool_call", "content": "{\"name\": \"f\", \"arguments\": {}}"},
             {"role": "tool_call", "content": "{\"name\": \"g\", \"arguments\": {}}"}, {"role": "tool_response", "content": "1"},
             {"role": "tool_response", "content": "2"}, {"role": "assistant", "content": "x"}], "rejected_response": "y"}
            """.ReplaceLineEndings("");
        PreferenceGroup group = Assert.Single(RowFile.Open(row));
        Assert.Equal("user: p | assistant:  | tool: 1 | tool: 2", RowFile.Told(group.Prompt));
        Assert.Equal(["f", "g"], group.Prompt[1].Extra!["tool_calls"]!.AsArray().Select(c => (string?)c!["function"]!["name"]));
        Assert.Equal(5, Assert.Single(RowFile.In(Compatibility.Trl, row)).Prompt.Count); // as written
    }

    [Theory]
    [InlineData("tools_trl")]
    [InlineData("tools_text")]
    [InlineData("tools_openai")]
    [InlineData("tools_sharegpt")]
    public void Published_ways_of_writing_calls_mean_the_same(string layout)
    {
        JsonArray rows = JsonNode.Parse(File.ReadAllText(SharedFiles.Path("golden", "data", "formats", "expected.json")))![
            "layouts"
        ]![layout]!["rows"]!.AsArray();
        PreferenceDataset dataset = PreferenceDataset.Open(
            SharedFiles.Path("golden", "data", "formats", "jsonl", layout + ".jsonl")
        );
        Assert.Equal(rows.Count, dataset.Count);
        for (int i = 0; i < rows.Count; i++)
        {
            void Same(JsonNode expected, IReadOnlyList<ChatMessage> found) =>
                Assert.True(
                    JsonNode.DeepEquals(expected, new JsonArray([.. found.Select(Json)])),
                    $"{layout}, row {i}: {RowFile.Told(found)}"
                );
            Same(rows[i]!["prompt"]!, dataset[i].Prompt);
            Same(rows[i]!["chosen"]!, dataset[i].Answers[0]);
            Same(rows[i]!["rejected"]!, dataset[i].Answers[1]);
            Assert.True(JsonNode.DeepEquals(rows[i]!["tools"], dataset[i].Tools), $"{layout}, row {i}: tools");
        }
    }

    private static JsonNode Json(ChatMessage message)
    {
        var json = new JsonObject { ["role"] = message.Role, ["content"] = message.Content };
        foreach ((string key, JsonNode? value) in message.Extra ?? [])
            json[key] = value?.DeepClone();
        return json;
    }
}
