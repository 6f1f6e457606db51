namespace Simper.Server.Answers.ToolCalls;

/// <summary>The formats that public models have, known from their chat templates, which tell the models.</summary>
internal static class ToolCallFormats
{
    /// <summary>Unknown: a call stays in the answer's text.</summary>
    public static ToolCallFormat None { get; } = new() { Name = "None", Read = (_, _) => null };

    /// <summary>JSON between tags: Hermes, Qwen2.5, Qwen3, SmolLM3, Granite 4.</summary>
    public static ToolCallFormat Tagged { get; } =
        new()
        {
            Name = "Tagged",
            Opens = ["<tool_call>"],
            Close = "</tool_call>",
            Read = (body, _) => JsonCalls.Read(body),
        };

    /// <summary>A list of JSON between tags: Jamba, Hunyuan.</summary>
    public static ToolCallFormat TaggedList { get; } =
        new()
        {
            Name = "TaggedList",
            Opens = ["<tool_calls>"],
            Close = "</tool_calls>",
            Read = (body, _) => JsonCalls.Read(body),
        };

    /// <summary>XML between tags: Qwen3-Coder.</summary>
    public static ToolCallFormat Xml { get; } =
        new()
        {
            Name = "Xml",
            Opens = ["<tool_call>"],
            Close = "</tool_call>",
            Read = MarkedCalls.Xml,
        };

    /// <summary>A name and pairs of keys and values between tags: GLM-4.5.</summary>
    public static ToolCallFormat KeysAndValues { get; } =
        new()
        {
            Name = "KeysAndValues",
            Opens = ["<tool_call>"],
            Close = "</tool_call>",
            Inner = ["<arg_key>", "</arg_key>", "<arg_value>", "</arg_value>"],
            Read = MarkedCalls.KeysAndValues,
        };

    /// <summary>JSON in a tag with the name: Llama 3.1's own functions, Functionary 3.1.</summary>
    public static ToolCallFormat NamedTag { get; } =
        new()
        {
            Name = "NamedTag",
            Opens = ["<function="],
            Close = "</function>",
            Read = (body, _) => MarkedCalls.NameAndArguments(body, ">"),
        };

    /// <summary>A list of JSON, or a name and its arguments, after a mark: Mistral.</summary>
    public static ToolCallFormat Mistral { get; } =
        new()
        {
            Name = "Mistral",
            Opens = ["[TOOL_CALLS]"],
            Inner = ["[ARGS]", "[CALL_ID]"],
            Read = MarkedCalls.Mistral,
        };

    /// <summary>JSON or a list of it after a mark: Granite 3, Phi-4-mini.</summary>
    public static ToolCallFormat Marked { get; } =
        new()
        {
            Name = "Marked",
            Opens = ["<|tool_call|>"],
            Close = "<|/tool_call|>",
            Read = (body, _) => JsonCalls.Read(body),
        };

    /// <summary>A list of JSON between marks: Command R7B, Command A.</summary>
    public static ToolCallFormat Actions { get; } =
        new()
        {
            Name = "Actions",
            Opens = ["<|START_ACTION|>"],
            Close = "<|END_ACTION|>",
            Read = (body, _) => JsonCalls.Read(body),
        };

    /// <summary>Names and arguments between marks: DeepSeek.</summary>
    public static ToolCallFormat DeepSeek { get; } =
        new()
        {
            Name = "DeepSeek",
            Opens = ["<｜tool▁calls▁begin｜>"],
            Close = "<｜tool▁calls▁end｜>",
            Inner = ["<｜tool▁call▁begin｜>", "<｜tool▁sep｜>", "<｜tool▁call▁end｜>"],
            Read = (body, _) => MarkedCalls.DeepSeek(body),
        };

    /// <summary>Names and arguments between marks: Kimi K2.</summary>
    public static ToolCallFormat Kimi { get; } =
        new()
        {
            Name = "Kimi",
            Opens = ["<|tool_calls_section_begin|>"],
            Close = "<|tool_calls_section_end|>",
            Inner = ["<|tool_call_begin|>", "<|tool_call_argument_begin|>", "<|tool_call_end|>"],
            Read = (body, _) => MarkedCalls.Kimi(body),
        };

    /// <summary>Calls as Python writes them, between tags: OLMo 3.</summary>
    public static ToolCallFormat TaggedPython { get; } =
        new()
        {
            Name = "TaggedPython",
            Opens = ["<function_calls>"],
            Close = "</function_calls>",
            Read = PythonCalls.Read,
        };

    /// <summary>An answer that is a list of calls as Python writes them: Llama 3.2 and 4.</summary>
    public static ToolCallFormat Python { get; } =
        new()
        {
            Name = "Python",
            Begins = "[",
            Inner = ["<|python_start|>", "<|python_end|>"],
            Read = PythonCalls.Read,
        };

    /// <summary>An answer that is JSON with name and parameters: Llama 3.1 and later.</summary>
    public static ToolCallFormat Plain { get; } =
        new()
        {
            Name = "Plain",
            Begins = "{",
            Inner = ["<|python_tag|>"],
            Read = (body, tools) =>
                JsonCalls.Several(body.Replace("<|python_tag|>", "", StringComparison.Ordinal)) is { } all
                && all.All(c => tools.Has(c.Name))
                    ? all
                    : null,
        };

    /// <summary>A name and its arguments after &gt;&gt;&gt;, which the prompt ends with: Functionary 3.2.</summary>
    public static ToolCallFormat Functionary { get; } =
        new()
        {
            Name = "Functionary",
            Opens = [">>>"],
            BeginsOpen = true,
            Text = body => body.StartsWith("all\n", StringComparison.Ordinal) ? body["all\n".Length..] : null,
            Read = MarkedCalls.Functionary,
        };

    /// <summary>The format that templates teach.</summary>
    public static ToolCallFormat Of(IEnumerable<string> templates)
    {
        string[] sources = [.. templates];
        // What one of several templates of a model says holds for it.
        return Any("<arg_key>") && Any("<tool_call>") ? KeysAndValues
            : Any("<tool_call>") ? (Any("<function=") ? Xml : Tagged)
            : Any("<|tool_call|>") ? Marked
            : Any("<tool_calls>") ? TaggedList
            : Any("[TOOL_CALLS]") ? Mistral
            : Any("<｜tool▁calls▁begin｜>") ? DeepSeek
            : Any("<|tool_calls_section_begin|>") ? Kimi
            : Any("<|START_ACTION|>") ? Actions
            : Any("<function_calls>") ? TaggedPython
            : Any(">>>all") ? Functionary
            : Any("<function=") ? NamedTag
            : Any("func_name1(") ? Python
            : Any("<|python_tag|>") || Any("\"name\": function name, \"parameters\":") ? Plain
            : None;

        bool Any(string what) => sources.Any(s => s.Contains(what, StringComparison.Ordinal));
    }
}
