using Simper.Server.Answers;

namespace Simper.Server.Tests.Answers;

public class ToolCallReaderTests
{
    private static (string Text, List<ToolCall> Calls) Read(ToolCallFormat format, string text, int pieceLength)
    {
        var reader = new ToolCallReader(format, new HashSet<string> { "f", "g" });
        var calls = new List<ToolCall>();
        string shown = "";
        foreach (char[] piece in text.Chunk(pieceLength))
        {
            shown += reader.Push(new string(piece));
            calls.AddRange(reader.Take());
        }
        shown += reader.Flush();
        calls.AddRange(reader.Take());
        Assert.Equal(calls.Count > 0, reader.HasCalls);
        return (shown, calls);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(1000)]
    public void Tagged_calls_are_taken_out_of_the_text(int pieceLength)
    {
        const string text =
            "Let me see.\n<tool_call>\n{\"name\": \"f\", \"arguments\": {\"x\": 1.50, \"y\": \"é\"}}\n</tool_call>"
            + "<tool_call>{\"name\": \"g\", \"arguments\": {}}</tool_call> Done.";
        (string shown, List<ToolCall> calls) = Read(ToolCallFormat.Tagged, text, pieceLength);
        Assert.Equal("Let me see.\n Done.", shown);
        Assert.Equal([("f", "{\"x\":1.50,\"y\":\"é\"}"), ("g", "{}")], calls.Select(c => (c.Name, c.Arguments)));
        Assert.Equal(2, calls.Select(c => c.Id).Distinct().Count());
    }

    [Theory]
    [InlineData("<tool_call>no json</tool_call>")]
    [InlineData("a <tool_call> {\"name\": 1} </tool_call> b")]
    [InlineData("a <tool_call> {\"name\"")]
    [InlineData("a <tool_c")]
    [InlineData("1 < 2 <tool>")]
    public void What_is_no_call_stays_text(string text)
    {
        for (int length = 1; length < 6; length++)
        {
            (string shown, List<ToolCall> calls) = Read(ToolCallFormat.Tagged, text, length);
            Assert.Equal((text, 0), (shown, calls.Count));
        }
    }

    [Fact]
    public void A_call_whose_end_tag_is_missing_counts()
    {
        (string shown, List<ToolCall> calls) = Read(ToolCallFormat.Tagged, "<tool_call>{\"name\": \"f\", \"arguments\": {}}", 4);
        Assert.Equal(("", "f"), (shown, Assert.Single(calls).Name));
    }

    [Theory]
    [InlineData("{\"name\": \"f\", \"parameters\": {\"x\": 1}}", "f")]
    [InlineData(" {\"name\": \"f\", \"parameters\": {}}; {\"name\": \"g\", \"parameters\": {}}", "f g")]
    public void A_plain_answer_that_is_a_call_is_one(string text, string names)
    {
        (string shown, List<ToolCall> calls) = Read(ToolCallFormat.Plain, text, 2);
        Assert.Equal(("", names), (shown, string.Join(' ', calls.Select(c => c.Name))));
    }

    [Theory]
    [InlineData("{\"name\": \"unknown\", \"parameters\": {}}")]
    [InlineData("{\"answer\": 4}")]
    [InlineData("{ not json")]
    [InlineData("The answer is {\"name\": \"f\"}")]
    public void A_plain_answer_that_is_none_stays_text(string text)
    {
        (string shown, List<ToolCall> calls) = Read(ToolCallFormat.Plain, text, 3);
        Assert.Equal((text, 0), (shown, calls.Count));
    }

    [Theory]
    [InlineData("{{ '<tool_call>' }}", "Tagged")]
    [InlineData("{{ '<tool_call><function=' }}", "None")]
    [InlineData("{{ '<|python_tag|>' }}", "Plain")]
    [InlineData("{{ messages[0].content }}", "None")]
    public void The_format_is_the_template_s(string template, string format) =>
        Assert.Equal(format, ToolCallFormats.Of([template]).ToString());
}
