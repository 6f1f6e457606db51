using System.Text.Json;
using System.Text.Json.Nodes;
using Simper.Text.Templates;

namespace Simper.Text.Preferences;

/// <summary>
/// A row being read: its columns as conversations, messages for what is wrong, and a record of which columns were read.
/// </summary>
internal sealed class Row(JsonObject json, int number, string place, DatasetOptions options)
{
    private static readonly string[] PromptColumns = ["prompt", "question", "instruction", "query", "input"];

    private static readonly string[] TextParts = ["text", "content", "question", "prompt", "instruction", "query"];

    private readonly HashSet<string> _used = ["chat_template_kwargs"];
    private readonly MessageReader _messages = new(place, options.Compatibility);

    public JsonObject Json => json;

    /// <summary>A column, which counts as read from then on.</summary>
    public JsonNode? Column(string name)
    {
        _used.Add(name);
        return json[name];
    }

    /// <summary>Whether a column is present and not empty.</summary>
    public bool Has(string name) => json[name] is not null;

    /// <summary>The column that is there, of the names that it may have.</summary>
    public string Named(IReadOnlyList<string> names) => Named(names, Has)!;

    /// <summary>The same for columns that are like something; null if none is. One that the user has named goes first.</summary>
    public string? Named(IReadOnlyList<string> names, Func<string, bool> isLike) =>
        names.FirstOrDefault(n => options.Columns.Has(n) && isLike(n)) ?? names.FirstOrDefault(isLike);

    /// <summary>Whether a column is a text.</summary>
    public bool IsText(string name) => json[name]?.GetValueKind() == JsonValueKind.String;

    /// <summary>Columns that contain text and were not read.</summary>
    public IEnumerable<string> Unused => json.Where(c => !_used.Contains(c.Key) && Carries(c.Value)).Select(c => c.Key);

    public SimperException Wrong(string column, string wanted) => new($"{place}: \"{column}\" has to {wanted}.");

    public Row Nested(string column) =>
        Column(column) is JsonObject inner
            ? new Row(inner, number, $"{place}, {column}", options)
            : throw Wrong(column, "be an object");

    public PreferenceGroup Pair(List<ChatMessage> prompt, List<ChatMessage> chosen, List<ChatMessage> rejected) =>
        Group(prompt, [chosen, rejected], isText: false);

    public PreferenceGroup TextPair(List<ChatMessage> prompt, string chosen, string rejected) =>
        Group(prompt, [Answer(chosen), Answer(rejected)], isText: IsText(chosen) && IsText(rejected));

    public PreferenceGroup TextPair(string prompt, string chosen, string rejected) =>
        Made(
            [new ChatMessage("user", prompt)],
            [
                [new ChatMessage("assistant", chosen)],
                [new ChatMessage("assistant", rejected)],
            ],
            isText: true
        );

    public PreferenceGroup Single(List<ChatMessage> prompt, List<ChatMessage> answer, bool isText) =>
        Group(prompt, [answer], isText);

    public PreferenceGroup Ranked(List<ChatMessage> prompt, List<ChatMessage>[] answers, double[] weights, bool isText) =>
        Group(prompt, answers, isText) with
        {
            Weights = weights,
        };

    /// <summary>
    /// Two whole conversations. Their prompt is their common prefix in whole messages, never all of one; in the code of SimPER's
    /// authors it is everything before the chosen one's last message.
    /// </summary>
    public PreferenceGroup Implicit(List<ChatMessage> chosen, List<ChatMessage> rejected)
    {
        if (options.Compatibility == Compatibility.SimPerReference)
            return LastMessages(chosen, rejected);
        int common = Conversations.CommonStart([chosen, rejected], isExact: true);
        return Made(chosen[..common], [chosen[common..], rejected[common..]], isText: false);
    }

    /// <summary>
    /// As in TRL: two texts are split at their first different character, with one space before it given to the answers; if one
    /// is a prefix of the other, its last character is an answer. Splits words; for reproducing TRL's numbers.
    /// </summary>
    public PreferenceGroup CharacterSplit(string chosenColumn, string rejectedColumn)
    {
        string chosen = Text(chosenColumn);
        string rejected = Text(rejectedColumn);
        int shorter = Math.Min(chosen.Length, rejected.Length);
        int at = chosen.AsSpan().CommonPrefixLength(rejected);
        if (shorter == 0)
            throw new SimperException(
                $"{place}: there is no prompt, and an answer is empty, so it is not known where the other begins."
            );
        bool begins = at == shorter;
        if (begins)
            at--;
        if (at > 0 && char.IsHighSurrogate(chosen[at - 1]))
            at--; // TRL's characters are code points
        if (!begins && chosen[at > 0 ? at - 1 : ^1] == ' ')
            at--; // to -1: TRL's index then counts from the end of each text
        (string prompt, string first) = at >= 0 ? (chosen[..at], chosen[at..]) : (chosen[..^1], chosen[^1..]);
        string second = at >= 0 ? rejected[at..] : rejected[^1..];
        return TextPair(prompt, first, second);
    }

    /// <summary>The last message, the assistant's, is the answer.</summary>
    public PreferenceGroup LastAnswer(List<ChatMessage> messages)
    {
        int last = messages.FindLastIndex(m => m.Role == "assistant");
        return last < 0
            ? throw new SimperException($"{place}: the conversation has no assistant message.")
            : Made(
                messages[..last],
                [
                    [messages[last]],
                ],
                isText: false
            );
    }

    /// <summary>
    /// A prompt: a list is a conversation; a text is one user message, followed on the next line by its input, and preceded by
    /// the earlier turns.
    /// </summary>
    public List<ChatMessage> Prompt(string column)
    {
        if (Column(column) is JsonObject parts && parts["role"] is null && parts["from"] is null)
            throw Wrong(column, $"be a text or a list of messages, and is an object{PartOf(column, parts)}");
        if (Column(column) is { } node && node.GetValueKind() != JsonValueKind.String)
            return Messages(column);
        bool isInstruction = column == "instruction"; // which always goes with its input; a prompt may contain it already
        string text = Text(column);
        string input = column != "input" && (isInstruction || IsText("input")) ? Text("input", "") : "";
        bool isWhole =
            input.Length == 0 || (!isInstruction && ("\n" + text.Trim()).EndsWith("\n" + input.Trim(), StringComparison.Ordinal));
        return [.. History(isSure: isInstruction), new ChatMessage("user", isWhole ? text : $"{text}\n{input}")];
    }

    /// <summary>An answer: a text or one message is the assistant's, a list is several turns.</summary>
    public List<ChatMessage> Answer(string column) => Answer(Column(column), column);

    /// <summary>An answer inside a column.</summary>
    public List<ChatMessage> Answer(JsonNode? node, string where) =>
        node switch
        {
            JsonArray => _messages.List(node, where),
            JsonObject one => [_messages.Message(one, where)],
            { } text when text.GetValueKind() == JsonValueKind.String => [new ChatMessage("assistant", (string)text!)],
            _ => throw Wrong(where, "be a text, a message or a list of messages"),
        };

    public List<ChatMessage> Messages(string column) => _messages.List(Column(column), column);

    /// <summary>"\n\nHuman: ...\n\nAssistant: ..." as messages.</summary>
    public List<ChatMessage> Transcript(string column) =>
        Transcripts.Read(Text(column))
        ?? throw new SimperException(
            $"{place}: there is no prompt, and \"{column}\" is no transcript of \"\\n\\nHuman:\" and \"\\n\\n"
                + "Assistant:\" turns, so it is not known where the answer begins; "
                + (json.ContainsKey("prompt") ? "fill the column prompt." : "add a column prompt.")
        );

    /// <summary>The text of a column.</summary>
    public string Text(string column, string? otherwise = null) =>
        Column(column) switch
        {
            null when otherwise is not null => otherwise,
            { } text when text.GetValueKind() == JsonValueKind.String => (string)text!,
            _ => throw Wrong(column, "be a text"),
        };

    /// <summary>The tools of a row: the column tools, or functions in older files.</summary>
    public JsonArray? Tools() =>
        new ToolReader(place, options.Compatibility).Tools(Column("tools"), "tools")
        ?? (
            json["functions"] is { } functions && (functions is JsonArray || functions.ToString().TrimStart().StartsWith('['))
                ? new ToolReader(place, options.Compatibility).Tools(Column("functions"), "functions")
                : null
        );

    // As in the code of SimPER's authors: the answers are the last messages.
    private PreferenceGroup LastMessages(List<ChatMessage> chosen, List<ChatMessage> rejected) =>
        chosen.Count == 0 || rejected.Count == 0
            ? throw new SimperException($"{place}: a conversation has no message.")
            : Made(
                chosen[..^1],
                [
                    [chosen[^1]],
                    [rejected[^1]],
                ],
                isText: false
            );

    // Alpaca's turns before the prompt: lists of question and answer, or messages. With other prompts a column of this name may
    // be something else.
    private List<ChatMessage> History(bool isSure)
    {
        if (json["history"] is not JsonArray turns || (!isSure && !turns.All(t => IsExchange(t) || t is JsonObject)))
            return [];
        Column("history");
        return [.. turns.SelectMany(Exchange)];
    }

    private IEnumerable<ChatMessage> Exchange(JsonNode? turn) =>
        turn switch
        {
            JsonArray two when IsExchange(two) =>
            [
                new ChatMessage("user", (string)two[0]!),
                new ChatMessage("assistant", (string)two[1]!),
            ],
            JsonObject message => [_messages.Message(message, "history")],
            _ => throw Wrong("history", "be a list of [question, answer]"),
        };

    private static bool IsExchange(JsonNode? turn) =>
        turn is JsonArray { Count: 2 } two && two.All(t => t?.GetValueKind() == JsonValueKind.String);

    // Answers may be whole conversations that repeat the prompt.
    private PreferenceGroup Group(List<ChatMessage> prompt, List<ChatMessage>[] answers, bool isText)
    {
        if (!Array.Exists(answers, Conversations.IsWhole))
            return Made(prompt, answers, isText);
        if (
            options.Compatibility == Compatibility.SimPerReference
            && answers.Length == 2
            && Array.TrueForAll(answers, Conversations.IsWhole)
        )
            return LastMessages(answers[0], answers[1]);
        string[] labels = [.. PromptColumns.Where(c => json[c]?.GetValueKind() == JsonValueKind.String)];
        (List<ChatMessage> Prompt, List<ChatMessage>[] Answers, bool UsesPrompt) parts =
            Conversations.Apart(prompt, answers, labels.Length > 0)
            ?? throw new SimperException(
                $"{place}: the answers are whole conversations, and their system message or question is not the "
                    + "prompt's, so it is not known what was asked; "
                    + "let the answers begin where the prompt ends, or repeat it word for word."
            );
        if (!parts.UsesPrompt)
            _used.ExceptWith([.. labels, "input"]);
        return Made(parts.Prompt, parts.Answers, isText: false);
    }

    private PreferenceGroup Made(List<ChatMessage> prompt, List<ChatMessage>[] answers, bool isText)
    {
        List<ChatMessage> whole = WithSystem(prompt);
        return new PreferenceGroup
        {
            Prompt = whole,
            Answers = answers,
            IsText = isText && whole.Count == 1 && whole[0].Role == "user",
            Tools = Tools(),
            Row = number,
            Place = place,
        };
    }

    // A "system" column of null or "" means none; an empty system message in a list is kept.
    private List<ChatMessage> WithSystem(List<ChatMessage> prompt)
    {
        string system = Text("system", "");
        if (system.Length == 0)
            return prompt;
        if (prompt.Count == 0 || !MessageRoles.IsSystem(prompt[0].Role))
            return [new ChatMessage("system", system), .. prompt];
        string other = prompt[0].Content.Trim();
        if (other.Length == 0)
            return [prompt[0] with { Content = system }, .. prompt[1..]];
        return other == system.Trim()
            ? prompt
            : throw new SimperException(
                $"{place}: the column system and the conversation's own system message say different things; keep one of them."
            );
    }

    // The text in an object that may be the one that is meant: by its name, else the longest.
    private string PartOf(string column, JsonObject parts) =>
        parts
            .Where(p => p.Value?.GetValueKind() == JsonValueKind.String)
            .OrderByDescending(p => Array.Exists(TextParts, t => p.Key.Contains(t, StringComparison.Ordinal)))
            .ThenByDescending(p => ((string)p.Value!).Length)
            .FirstOrDefault()
            is { Key: { } part }
            ? $"; if its {part} is meant, write {ColumnMap.Key}: {column}={options.Columns.SourceOf(column)}.{part}"
            : "";

    private static bool Carries(JsonNode? value) =>
        value switch
        {
            JsonArray list => list.Any(Carries),
            JsonObject inner => inner.Any(k => Carries(k.Value)),
            null => false,
            _ => value.GetValueKind() == JsonValueKind.String
                && (!RowFaults.IsReadable(value) || !string.IsNullOrWhiteSpace((string)value!)),
        };
}
