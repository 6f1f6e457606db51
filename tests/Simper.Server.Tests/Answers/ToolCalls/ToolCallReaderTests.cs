using Simper.Server.Answers.ToolCalls;

namespace Simper.Server.Tests.Answers.ToolCalls;

public class ToolCallReaderTests
{
    // DeepSeek's marks.
    private const string CallsBegin = "<｜tool▁calls▁begin｜>";
    private const string CallsEnd = "<｜tool▁calls▁end｜>";
    private const string CallBegin = "<｜tool▁call▁begin｜>";
    private const string CallEnd = "<｜tool▁call▁end｜>";
    private const string CallSeparator = "<｜tool▁sep｜>";

    private static (string Text, List<ToolCall> Calls) Read(ToolCallFormat format, string text, int pieceLength)
    {
        var reader = new ToolCallReader(format, ToolSets.Named("f", "g"));
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
        (string shown, List<ToolCall> calls) = Read(ToolCallFormats.Tagged, text, pieceLength);
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
            (string shown, List<ToolCall> calls) = Read(ToolCallFormats.Tagged, text, length);
            Assert.Equal((text, 0), (shown, calls.Count));
        }
    }

    [Fact]
    public void A_call_whose_end_tag_is_missing_counts()
    {
        (string shown, List<ToolCall> calls) = Read(ToolCallFormats.Tagged, "<tool_call>{\"name\": \"f\", \"arguments\": {}}", 4);
        Assert.Equal(("", "f"), (shown, Assert.Single(calls).Name));
    }

    [Theory]
    [InlineData("{\"name\": \"f\", \"parameters\": {\"x\": 1}}", "f")]
    [InlineData(" {\"name\": \"f\", \"parameters\": {}}; {\"name\": \"g\", \"parameters\": {}}", "f g")]
    public void A_plain_answer_that_is_a_call_is_one(string text, string names)
    {
        (string shown, List<ToolCall> calls) = Read(ToolCallFormats.Plain, text, 2);
        Assert.Equal(("", names), (shown, string.Join(' ', calls.Select(c => c.Name))));
    }

    [Theory]
    [InlineData("{\"name\": \"unknown\", \"parameters\": {}}")]
    [InlineData("{\"answer\": 4}")]
    [InlineData("{ not json")]
    [InlineData("The answer is {\"name\": \"f\"}")]
    public void A_plain_answer_that_is_none_stays_text(string text)
    {
        (string shown, List<ToolCall> calls) = Read(ToolCallFormats.Plain, text, 3);
        Assert.Equal((text, 0), (shown, calls.Count));
    }

    public static TheoryData<string, string> Written =>
        new()
        {
            { "TaggedList", "<tool_calls>[{\"name\": \"f\", \"arguments\": {\"n\": 1}}, {\"name\": \"g\"}]</tool_calls>" },
            {
                "Xml",
                "<tool_call>\n<function=f>\n<parameter=s>\n12\nlines\n</parameter>\n<parameter=n>\n1\n</parameter>\n</function>\n"
                    + "</tool_call>\n<tool_call><function=g></function></tool_call>"
            },
            {
                "KeysAndValues",
                "<tool_call>f\n<arg_key>s</arg_key>\n<arg_value>12\nlines</arg_value>\n<arg_key>n</arg_key>\n<arg_value>1"
                    + "</arg_value>\n</tool_call><tool_call>g</tool_call>"
            },
            { "NamedTag", "<function=f>{\"s\": \"12\\nlines\", \"n\": 1}</function><function=g>{}</function>" },
            {
                "Mistral",
                "[TOOL_CALLS] [{\"name\": \"f\", \"arguments\": {\"n\": 1}, \"id\": \"a\"}, {\"name\": \"g\", \"arguments\": {}}]"
            },
            { "Mistral", "[TOOL_CALLS]f[CALL_ID]abc[ARGS]{\"n\": 1}[TOOL_CALLS]g[ARGS]{}" },
            { "Mistral", "[TOOL_CALLS]f{\"n\": 1}[TOOL_CALLS]g{}" },
            { "Marked", "<|tool_call|>[{\"name\": \"f\", \"arguments\": {\"n\": 1}}, {\"name\": \"g\", \"arguments\": {}}]" },
            { "Marked", "<|tool_call|>[{\"name\":\"f\",\"arguments\":{\"n\":1}},{\"name\":\"g\"}]<|/tool_call|>" },
            {
                "Actions",
                "<|START_ACTION|>[{\"tool_call_id\": \"0\", \"tool_name\": \"f\", \"parameters\": {\"n\": 1}},\n"
                    + "{\"tool_call_id\": \"1\", \"tool_name\": \"g\", \"parameters\": {}}]<|END_ACTION|>"
            },
            {
                "DeepSeek",
                $"{CallsBegin}{CallBegin}function{CallSeparator}f\n```json\n{{\"n\": 1}}\n```{CallEnd}\n"
                    + $"{CallBegin}function{CallSeparator}g\n```json\n{{}}\n```{CallEnd}{CallsEnd}"
            },
            {
                "DeepSeek",
                $"{CallsBegin}{CallBegin}f{CallSeparator}{{\"n\": 1}}{CallEnd}{CallBegin}g{CallSeparator}{{}}{CallEnd}{CallsEnd}"
            },
            {
                "Kimi",
                "<|tool_calls_section_begin|><|tool_call_begin|>functions.f:0"
                    + "<|tool_call_argument_begin|>{\"n\": 1}<|tool_call_end|>"
                    + "<|tool_call_begin|>functions.g:1<|tool_call_argument_begin|>{}<|tool_call_end|><|tool_calls_section_end|>"
            },
            { "TaggedPython", "<function_calls>f(n=1)\ng()</function_calls>" },
            { "Python", "[f(n=1), g()]" },
            { "Python", "<|python_start|>[f(n=1), g()]<|python_end|>" },
            { "Plain", "<|python_tag|>{\"name\": \"f\", \"parameters\": {\"n\": 1}}; {\"name\": \"g\", \"parameters\": {}}" },
            { "Functionary", "f\n{\"n\": 1}>>>g\n{}" },
        };

    private static ToolCallFormat Named(string name) =>
        (ToolCallFormat)typeof(ToolCallFormats).GetProperty(name)!.GetValue(null)!;

    [Theory]
    [MemberData(nameof(Written))]
    public void Calls_of_every_format_are_read_in_pieces_of_any_size(string name, string text)
    {
        string[] wanted =
        [
            text.Contains("lines", StringComparison.Ordinal) ? "{\"s\":\"12\\nlines\",\"n\":1}" : "{\"n\":1}",
            "{}",
        ];
        foreach (int length in (int[])[1, 2, 7, 1000])
        {
            (string shown, List<ToolCall> calls) = Read(Named(name), text, length);
            Assert.Equal("", shown.Trim());
            Assert.Equal(["f", "g"], calls.Select(c => c.Name));
            Assert.Equal(wanted, calls.Select(c => c.Arguments));
        }
    }

    [Theory]
    [InlineData("Xml", "<tool_call>\nf(1)\n</tool_call> x")]
    [InlineData("KeysAndValues", "<tool_call>nobody\n</tool_call>")]
    [InlineData("NamedTag", "<function=f>no json</function>")]
    [InlineData("Mistral", "a [TOOL_CALLS] none")]
    [InlineData("Mistral", "[TOOL_CALLS][1]")]
    [InlineData("Marked", "<|tool_call|>[]")]
    [InlineData("DeepSeek", "<｜tool▁calls▁begin｜>x<｜tool▁calls▁end｜>")]
    [InlineData("Kimi", "<|tool_calls_section_begin|><|tool_call_begin|>f<|tool_call_end|>")]
    [InlineData("Python", "[nobody(n=1)]")]
    [InlineData("Python", "[f(n=]")]
    [InlineData("Python", "[1, 2, 3]")]
    [InlineData("Python", "f(n=1)")]
    [InlineData("Functionary", "nobody\n{}")]
    public void What_is_no_call_of_a_format_stays_text(string name, string text)
    {
        for (int length = 1; length < 6; length++)
        {
            (string shown, List<ToolCall> calls) = Read(Named(name), text, length);
            Assert.Equal((text, 0), (shown, calls.Count));
        }
    }

    [Fact]
    public void Values_of_Python_become_JSON()
    {
        (_, List<ToolCall> calls) = Read(
            ToolCallFormats.Python,
            "[f(a=True, b=None, c=-1.5, d='it\\'s', e=[1, (2, 3)], g={'k': \"é\\n\"}, h=[],)]",
            3
        );
        Assert.Equal(
            "{\"a\":true,\"b\":null,\"c\":-1.5,\"d\":\"it's\",\"e\":[1,[2,3]],\"g\":{\"k\":\"é\\n\"},\"h\":[]}",
            Assert.Single(calls).Arguments
        );
    }

    [Fact]
    public void Text_before_and_behind_calls_is_shown()
    {
        (string shown, List<ToolCall> calls) = Read(ToolCallFormats.Functionary, "all\nLet me see.>>>f\n{}", 2);
        Assert.Equal(("Let me see.", "f"), (shown, Assert.Single(calls).Name));
        (shown, calls) = Read(ToolCallFormats.Mistral, "Well: [TOOL_CALLS][{\"name\": \"f\"}]", 2);
        Assert.Equal(("Well: ", "f"), (shown, Assert.Single(calls).Name));
    }

    [Theory]
    [InlineData("{{ '<tool_call>' }}", "Tagged")]
    [InlineData("{{ '<tool_call><function=' }}", "Xml")]
    [InlineData("{{ '<tool_call><arg_key>' }}", "KeysAndValues")]
    [InlineData("{{ '<|tool_call|>' }}", "Marked")]
    [InlineData("{{ '[TOOL_CALLS]' }}", "Mistral")]
    [InlineData("{{ '<function=example_function_name>{' }}", "NamedTag")]
    [InlineData("[func_name1(params_name1=params_value1, ...), func_name2(params)]", "Python")]
    [InlineData("{{ '<｜tool▁calls▁begin｜>' }}", "DeepSeek")]
    [InlineData("{{ '<|python_tag|>' }}", "Plain")]
    [InlineData("{{ 'Respond in the format {\"name\": function name, \"parameters\": dictionary}' }}", "Plain")]
    [InlineData("{{ messages[0].content }}", "None")]
    public void The_format_is_the_template_s(string template, string format) =>
        Assert.Equal(format, ToolCallFormats.Of([template]).ToString());
}
