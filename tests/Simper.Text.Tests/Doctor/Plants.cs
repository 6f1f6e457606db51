using System.Text.Json.Nodes;
using Simper.Text.Preferences;

namespace Simper.Text.Tests.Doctor;

/// <summary>A fault that is planted into a clean row.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Check">Which check has to find it.</param>
/// <param name="Break">Makes a clean row of prompt, chosen and rejected a broken line.</param>
internal sealed record Plant(string Name, string Check, Func<JsonObject, DeterministicRandom, string> Break)
{
    public override string ToString() => Name;
}

/// <summary>Kinds of fault, each planted by a change to one row.</summary>
internal static class Plants
{
    public static IReadOnlyList<Plant> OfTexts { get; } =
    [
        Line("a line that is cut off", "not-json", (text, random) => text[..(text.Length / 2)]),
        Line("what Python prints", "not-json", (text, _) => "{'" + text[2..]),
        Line(
            "half of a character",
            "unreadable-row",
            (text, _) => text.Replace("\"chosen\":\"", "\"chosen\":\"\\ud83d", Ordinal)
        ),
        new("a column that is null", "unreadable-row", (row, _) => Json(row, "chosen", null)),
        new("a column that is missing", "unreadable-row", (row, _) => Without(row, "rejected")),
        new("another layout", "another-layout", (row, _) => Ranked(row)),
        Text("an empty answer", "empty-answer", "chosen", (_, _) => ""),
        Text("white space alone", "empty-answer", "rejected", (_, _) => " \n\t "),
        Text("the name of a missing value", "placeholder-answer", "chosen", (_, _) => "nan"),
        Text("the name of nothing", "possible-placeholder", "chosen", (_, _) => "None"),
        Text("a deleted answer", "placeholder-answer", "rejected", (_, _) => "[deleted]"),
        Row("equal answers", "identical-answers", row => row["rejected"] = (string)row["chosen"]!),
        Row("answers that differ in space", "answers-differ-in-space-only", row => row["rejected"] = $"{row["chosen"]}\n"),
        Row("one answer a prefix", "prefix-answer", row => row["chosen"] = $"{row["rejected"]} And there is more."),
        Row("the prompt in the answer", "answer-repeats-prompt", row => row["chosen"] = $"{row["prompt"]} {row["chosen"]}"),
        Row(
            "the answer in the prompt",
            "chosen-in-prompt",
            row => row["prompt"] = $"{row["prompt"]} {LongText} Say it.",
            ("chosen", LongText)
        ),
        Text("the end token in an answer", "special-token-in-text", "chosen", (text, r) => Inserted(text, "<|end|>", r)),
        Text("a turn's token in a prompt", "special-token-in-text", "prompt", (text, r) => Inserted(text, "<|assistant|>", r)),
        Text("Llama 2's marker", "foreign-marker", "prompt", (text, _) => $"[INST] {text} [/INST]"),
        Text("ChatML's marker", "foreign-marker", "rejected", (text, r) => Inserted(text, "<|im_end|>", r)),
        Text("Alpaca's marker", "foreign-marker", "prompt", (text, _) => $"### Instruction:\n{text}\n\n### Response:"),
        Text("another turn in the answer", "answer-runs-on", "chosen", (text, _) => $"{text}\n\nHuman: And then?"),
        Text("a picture", "media-placeholder", "prompt", (text, _) => $"<image>\n{text}"),
        Text("a byte-order mark", "byte-order-mark", "chosen", (text, r) => Inserted(text, "\ufeff", r)),
        Text("a space without width", "zero-width", "prompt", (text, r) => Inserted(text, "\u200b", r)),
        Text("a joiner between Latin letters", "zero-width", "chosen", (text, _) => $"do\u200dor {text}"),
        Text("a soft hyphen", "zero-width", "rejected", (text, _) => $"won\u00adder {text}"),
        Text("a control of direction", "bidi-control", "chosen", (text, r) => Inserted(text, "\u202e", r)),
        Text("hidden tags", "tag-characters", "prompt", (text, r) => Inserted(text, "\U000e0041\U000e0042", r)),
        Text("NUL", "nul-character", "chosen", (text, r) => Inserted(text, "\0", r)),
        Text("a fraction that was unescaped", "control-characters", "chosen", (text, _) => $"\u000crac 12 {text}"),
        Text("an escape of a terminal", "terminal-escape", "rejected", (text, r) => Inserted(text, "\u001b[31m", r)),
        Text("a lost character", "replacement-character", "chosen", (text, r) => Inserted(text, "\ufffd", r)),
        Text("an icon", "private-use", "prompt", (text, r) => Inserted(text, "\uf0b7", r)),
        Text("no character", "noncharacter", "prompt", (text, r) => Inserted(text, "\uffff", r)),
        Text("line ends of Windows", "line-separator", "chosen", (text, _) => $"{text}\r\nSo it is."),
        Text("a space that does not break", "odd-space", "chosen", (text, _) => $"100\u00a0% {text}"),
        Text("UTF-8 read as Latin-1", "mojibake", "chosen", (text, _) => $"At the caf\u00c3\u00a9: {text}"),
        Text("UTF-8 read as Windows-1252", "mojibake", "rejected", (text, _) => $"It\u00e2\u20ac\u2122s so: {text}"),
        Text("entities", "html-entities", "chosen", (text, _) => $"Salt &amp; pepper, {text}"),
        Text("tags", "html-tags", "chosen", (text, _) => $"<p>{text}</p>"),
        Text("escapes", "literal-escapes", "chosen", (text, _) => $"{text}\\n\\nSo it is."),
        Text("escapes of characters", "literal-escapes", "prompt", (text, _) => $"At the caf\\u00e9: {text}"),
        Text("letter and mark", "mixed-normal-forms", "prompt", (text, _) => $"At the cafe\u0301: {text}"),
        Text("the chosen one in another script", "chosen-in-another-script", "chosen", (_, _) => Russian),
        Text("the rejected one in another script", "answer-in-another-script", "rejected", (_, _) => Russian),
        Text("letters that look alike", "mixed-script-word", "chosen", (text, _) => $"P\u0430yP\u0430l {text}"),
        Text("thoughts without an end", "unclosed-thoughts", "chosen", (text, _) => $"<think>Let me see. {text}"),
        Row("thoughts on one side", "thoughts-on-one-side", row => row["chosen"] = $"<think>Let me see.</think>{row["chosen"]}"),
        Text("an empty thought", "empty-thoughts", "rejected", (text, _) => $"<think>\n\n</think>\n\n{text}"),
        Text("a loop", "looping-answer", "chosen", (_, _) => string.Concat(Enumerable.Repeat("and the cat ", 80))),
        Text("an answer that is cut off", "unfinished-answer", "chosen", (_, _) => $"{LongText} {LongText} and then the"),
        Text(
            "an open block of code",
            "open-code-block",
            "chosen",
            (text, _) => $"{text} {LongText} {LongText}\n```python\nx = 1\n"
        ),
        Text("a long word", "long-word", "prompt", (text, _) => $"{text} {new string('x', 700)}"),
        Text("an access key", "private-key", "chosen", (text, _) => $"{text} AKIAIOSFODNN7EXAMPLE"),
        Row("a refusal that is chosen", "refusal-chosen", row => row["chosen"] = "I'm sorry, but I can't help with that."),
        Text(
            "no room for the answer",
            "cut-to-nothing",
            "prompt",
            (text, _) => string.Concat(Enumerable.Repeat($"{text} ", 200))
        ),
        Text("no room for the end", "cut-answer", "chosen", (_, r) => Words(700, r)),
    ];

    public static IReadOnlyList<Plant> OfMessages { get; } =
    [
        Messages("two users", "user-twice", row => Prompt(row).Insert(0, Message("user", "Hello?"))),
        Messages(
            "two assistants",
            "assistant-twice",
            row => Insert(row, Message("assistant", "Yes."), Message("assistant", "Well."))
        ),
        Messages("the prompt ends in an answer", "prompt-ends-in-answer", row => Prompt(row).Add(Message("assistant", "Well."))),
        Messages(
            "a late system message",
            "system-in-the-middle",
            row => Insert(row, Message("system", "Be brief."), Message("user", "Now?"))
        ),
        Messages(
            "two system messages",
            "system-twice",
            row => Insert(row, 0, Message("system", "Be brief."), Message("system", "Be kind."))
        ),
        Messages("no user", "no-user", row => row["prompt"] = new JsonArray(Message("system", "Be brief."))),
        Messages("the assistant begins", "assistant-first", row => Prompt(row).Insert(0, Message("assistant", "Good day."))),
        Messages(
            "the question in one answer",
            "unreadable-row",
            row => Answer(row, "chosen").Insert(0, Message("user", "Really?"))
        ),
        Messages("the question in the answers", "answer-starts-with-user", WithQuestionInAnswers),
        Messages(
            "the answer ends with the user",
            "answer-ends-with-other",
            row => Answer(row, "chosen").Add(Message("user", "Thanks."))
        ),
        Messages(
            "a result that nobody asked for",
            "tool-result-without-call",
            row => Prompt(row).Insert(1, Message("tool", "42"))
        ),
        Messages(
            "a role that is not known",
            "unknown-role",
            row => Prompt(row).Insert(0, Message("narrator", "Once upon a time."))
        ),
        Messages("a tool that is not there", "unknown-tool", WithTool),
        Messages("tools that the template drops", "tools-unwritten", row => row["tools"] = new JsonArray(Tool("weather"))),
        Messages("a call that the template drops", "answer-unwritten", row => row["chosen"] = new JsonArray(Call("weather"))),
        Messages(
            "reasoning that the template drops",
            "answer-part-unwritten",
            row => Answer(row, "chosen")[0]!["reasoning_content"] = "Let me see, this is a hard one."
        ),
        Messages(
            "calls of a prompt that the template drops",
            "calls-unwritten",
            row => Insert(row, 0, Message("user", "Rain?"), Call("weather"), Message("tool", "42"))
        ),
        Messages(
            "null keys",
            "null-padding",
            row =>
                row["tools"] = new JsonArray(
                    new JsonObject
                    {
                        ["type"] = "function",
                        ["function"] = new JsonObject { ["name"] = "weather", ["strict"] = null },
                    }
                )
        ),
        Messages("scores that contradict", "score-against-label", row => (row["score_chosen"], row["score_rejected"]) = (1, 9)),
        Messages("scores that tie", "score-tie", row => (row["score_chosen"], row["score_rejected"]) = (5, 5)),
    ];

    private const StringComparison Ordinal = StringComparison.Ordinal;

    private const string Russian =
        "\u042d\u0442\u043e \u043e\u0442\u0432\u0435\u0442 \u043d\u0430 "
        + "\u0440\u0443\u0441\u0441\u043a\u043e\u043c \u044f\u0437\u044b\u043a\u0435.";

    private const string LongText =
        "The old mill stood by the river for more than a hundred years, and nobody in the village knew who had built it first.";

    public static string Words(int count, DeterministicRandom random) =>
        string.Join(' ', Enumerable.Range(0, count).Select(_ => CleanRows.Word(random)));

    private static Plant Text(string name, string check, string column, Func<string, DeterministicRandom, string> change) =>
        new(
            name,
            check,
            (row, random) =>
            {
                row[column] = change((string)row[column]!, random);
                return row.ToJsonString();
            }
        );

    private static Plant Row(string name, string check, Action<JsonObject> change, params (string Column, string Text)[] more) =>
        new(
            name,
            check,
            (row, _) =>
            {
                change(row);
                foreach ((string column, string text) in more)
                    row[column] = text;
                return row.ToJsonString();
            }
        );

    private static Plant Messages(string name, string check, Action<JsonObject> change) => Row(name, check, change);

    private static Plant Line(string name, string check, Func<string, DeterministicRandom, string> change) =>
        new(name, check, (row, random) => change(row.ToJsonString(), random));

    private static string Json(JsonObject row, string column, JsonNode? value)
    {
        row[column] = value;
        return row.ToJsonString();
    }

    private static string Without(JsonObject row, string column)
    {
        row.Remove(column);
        return row.ToJsonString();
    }

    private static string Ranked(JsonObject row) =>
        new JsonObject
        {
            ["prompt"] = (string)row["prompt"]!,
            ["responses"] = new JsonArray((string)row["chosen"]!, (string)row["rejected"]!),
        }.ToJsonString();

    private static string Inserted(string text, string what, DeterministicRandom random) =>
        text.Insert(1 + random.NextBelow(text.Length - 1), what);

    private static JsonObject Message(string role, string content) => new() { ["role"] = role, ["content"] = content };

    private static JsonObject Call(string name) =>
        new()
        {
            ["role"] = "assistant",
            ["content"] = "",
            ["tool_calls"] = new JsonArray(
                new JsonObject
                {
                    ["type"] = "function",
                    ["function"] = new JsonObject
                    {
                        ["name"] = name,
                        ["arguments"] = new JsonObject { ["city"] = "Bern" },
                    },
                }
            ),
        };

    private static JsonObject Tool(string name) =>
        new()
        {
            ["type"] = "function",
            ["function"] = new JsonObject { ["name"] = name, ["parameters"] = new JsonObject() },
        };

    private static void WithTool(JsonObject row)
    {
        row["tools"] = new JsonArray(Tool("weather"));
        row["chosen"] = new JsonArray(Call("invented"));
    }

    private static void WithQuestionInAnswers(JsonObject row)
    {
        Prompt(row).Add(Message("assistant", "Well."));
        Answer(row, "chosen").Insert(0, Message("user", "Really?"));
        Answer(row, "rejected").Insert(0, Message("user", "Why?"));
    }

    private static JsonArray Prompt(JsonObject row) => row["prompt"]!.AsArray();

    private static JsonArray Answer(JsonObject row, string column) => row[column]!.AsArray();

    private static void Insert(JsonObject row, params JsonObject[] messages) => Insert(row, 1, messages);

    private static void Insert(JsonObject row, int at, params JsonObject[] messages)
    {
        foreach (JsonObject message in messages)
            Prompt(row).Insert(at++, message);
    }
}
