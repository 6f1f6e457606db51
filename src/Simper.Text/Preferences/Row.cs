using System.Text.Json;
using System.Text.Json.Nodes;
using Simper.Text.Templates;

namespace Simper.Text.Preferences;

/// <summary>A row being read: its columns as conversations, with a sentence for what is wrong.</summary>
internal sealed class Row(JsonObject json, int number, string place)
{
    public JsonObject Json => json;

    public SimperException Wrong(string column, string wanted) => new($"{place}: \"{column}\" has to {wanted}.");

    public Row Nested(string column) => json[column] is JsonObject inner ? new Row(inner, number, $"{place}, {column}") : throw Wrong(column, "be an object");

    public PreferenceGroup Pair(List<ChatMessage> prompt, List<ChatMessage> chosen, List<ChatMessage> rejected) =>
        Group(WithSystem(prompt), [chosen, rejected], isText: false);

    public PreferenceGroup TextPair(List<ChatMessage> prompt, string chosen, string rejected) =>
        Group(WithSystem(prompt), [Answer(chosen), Answer(rejected)], isText: true);

    public PreferenceGroup Single(List<ChatMessage> prompt, List<ChatMessage> answer, bool isText) => Group(WithSystem(prompt), [answer], isText);

    public PreferenceGroup Ranked(List<ChatMessage> prompt, List<ChatMessage>[] answers, double[] weights, bool isText) =>
        Group(WithSystem(prompt), answers, isText) with { Weights = weights };

    /// <summary>Whether an answer is a good one, by the first of some columns that is there: +1 or -1.</summary>
    public double Label(params ReadOnlySpan<string> columns)
    {
        foreach (string column in columns)
        {
            if (json[column] is not { } label)
                continue;
            return label.GetValueKind() switch
            {
                JsonValueKind.True => 1,
                JsonValueKind.False => -1,
                JsonValueKind.Number when label.AsValue().TryGetValue(out double number) && number is 0 or 1 => 2 * number - 1,
                _ => throw Wrong(column, "be true or false, or 1 or 0"),
            };
        }
        throw Wrong(columns[0], "be true or false, or 1 or 0");
    }

    /// <summary>The prompt is what both conversations begin with, in whole messages, and never all of one.</summary>
    public PreferenceGroup Implicit(List<ChatMessage> chosen, List<ChatMessage> rejected)
    {
        int common = 0;
        while (common < Math.Min(chosen.Count, rejected.Count) - 1 && chosen[common].Equals(rejected[common]))
            common++;
        return Group(WithSystem(chosen[..common]), [chosen[common..], rejected[common..]], isText: false);
    }

    /// <summary>As the code of SimPER's authors has it: the answers are the last messages, the prompt is what the chosen one has before.</summary>
    public PreferenceGroup LastMessages(List<ChatMessage> chosen, List<ChatMessage> rejected) => chosen.Count == 0 || rejected.Count == 0
        ? throw new SimperException($"{place}: a conversation has no message.")
        : Group(WithSystem(chosen[..^1]), [[chosen[^1]], [rejected[^1]]], isText: false);

    /// <summary>
    /// As TRL has it: two texts part at their first different character, one space before it given back to the answers; where one begins
    /// with the other, its last character is an answer. Splits words, for who must meet TRL's numbers.
    /// </summary>
    public PreferenceGroup CharacterSplit(string chosenColumn, string rejectedColumn)
    {
        string chosen = Text(chosenColumn), rejected = Text(rejectedColumn);
        int shorter = Math.Min(chosen.Length, rejected.Length), at = chosen.AsSpan().CommonPrefixLength(rejected);
        if (shorter == 0)
            throw new SimperException($"{place}: there is no prompt, and an answer is empty, so it is not known where the other begins.");
        bool begins = at == shorter;
        if (begins)
            at--;
        if (at > 0 && char.IsHighSurrogate(chosen[at - 1]))
            at--; // TRL's characters are code points
        if (!begins && chosen[at > 0 ? at - 1 : ^1] == ' ')
            at--; // to -1: TRL's index then counts from the end, in each text
        (string prompt, string first) = at >= 0 ? (chosen[..at], chosen[at..]) : (chosen[..^1], chosen[^1..]);
        string second = at >= 0 ? rejected[at..] : rejected[^1..];
        return Group([new ChatMessage("user", prompt)], [[new ChatMessage("assistant", first)], [new ChatMessage("assistant", second)]], isText: true);
    }

    /// <summary>The last message, the assistant's, is the answer.</summary>
    public PreferenceGroup LastAnswer(List<ChatMessage> messages)
    {
        int last = messages.FindLastIndex(m => m.Role == "assistant");
        return last < 0 ? throw new SimperException($"{place}: the conversation has no assistant message.")
            : Group(WithSystem(messages[..last]), [[messages[last]]], isText: false);
    }

    /// <summary>A prompt: a text is one user message, a list is a conversation.</summary>
    public List<ChatMessage> Prompt(string column) => json[column]?.GetValueKind() == JsonValueKind.String
        ? [new ChatMessage("user", (string)json[column]!)]
        : Messages(column);

    public List<ChatMessage> AlpacaPrompt()
    {
        var messages = new List<ChatMessage>();
        foreach (JsonNode? turn in json["history"] as JsonArray ?? [])
        {
            if (turn is not JsonArray { Count: 2 } two)
                throw Wrong("history", "be a list of [question, answer]");
            messages.Add(new ChatMessage("user", (string)two[0]!));
            messages.Add(new ChatMessage("assistant", (string)two[1]!));
        }
        string input = Text("input", ""), instruction = Text("instruction");
        messages.Add(new ChatMessage("user", input.Length > 0 ? $"{instruction}\n{input}" : instruction));
        return messages;
    }

    /// <summary>An answer: a text or one message is the assistant's, a list is several turns.</summary>
    public List<ChatMessage> Answer(string column) => Answer(json[column], column);

    /// <summary>An answer that stands inside a column.</summary>
    public List<ChatMessage> Answer(JsonNode? node, string where) => node switch
    {
        JsonArray => Messages(node, where),
        JsonObject one => [Message(one, where)],
        { } text when text.GetValueKind() == JsonValueKind.String => [new ChatMessage("assistant", (string)text!)],
        _ => throw Wrong(where, "be a text, a message or a list of messages"),
    };

    public List<ChatMessage> Messages(string column) => Messages(json[column], column);

    private List<ChatMessage> Messages(JsonNode? node, string column) => node is JsonArray list
        ? [.. list.Select((m, i) => m is JsonObject message ? Message(message, $"{column}[{i}]") : throw Wrong($"{column}[{i}]", "be a message"))]
        : throw Wrong(column, "be a list of messages");

    /// <summary>"\n\nHuman: ...\n\nAssistant: ..." as messages, one space after each colon dropped.</summary>
    public List<ChatMessage> Transcript(string column)
    {
        string text = Text(column);
        (string Marker, string Role)[] markers = [("\n\nHuman:", "user"), ("\n\nAssistant:", "assistant")];
        var messages = new List<ChatMessage>();
        int at = 0;
        while (at < text.Length)
        {
            (string marker, string role) = markers.FirstOrDefault(m => string.CompareOrdinal(text, at, m.Marker, 0, m.Marker.Length) == 0);
            if (marker is null)
            {
                throw new SimperException($"{place}: there is no prompt, and \"{column}\" is no transcript of \"\\n\\nHuman:\" and \"\\n\\nAssistant:\" turns, "
                    + "so it is not known where the answer begins; add a column prompt.");
            }
            int start = at + marker.Length;
            int end = markers.Select(m => text.IndexOf(m.Marker, start, StringComparison.Ordinal)).Where(i => i >= 0).DefaultIfEmpty(text.Length).Min();
            messages.Add(new ChatMessage(role, text[(start < end && text[start] == ' ' ? start + 1 : start)..end]));
            at = end;
        }
        return messages;
    }

    public JsonArray? Tools() => json["tools"] switch
    {
        JsonArray { Count: > 0 } tools => tools.DeepClone().AsArray(),
        JsonValue text when text.GetValueKind() == JsonValueKind.String && text.GetValue<string>().Trim() is { Length: > 0 } inner =>
            ParsedTools(inner),
        _ => null,
    };

    private JsonArray? ParsedTools(string text)
    {
        try
        {
            return JsonNode.Parse(text) is JsonArray tools ? (tools.Count > 0 ? tools : null) : throw Wrong("tools", "be a list");
        }
        catch (JsonException e)
        {
            throw new SimperException($"{place}: \"tools\" is no JSON: {e.Message}", e);
        }
    }

    private PreferenceGroup Group(List<ChatMessage> prompt, List<ChatMessage>[] answers, bool isText) => new()
    {
        Prompt = prompt,
        Answers = answers,
        IsText = isText && prompt.Count == 1 && prompt[0].Role == "user",
        Tools = Tools(),
        Row = number,
        Place = place,
    };

    // A column "system" of null or "" means none; an empty system message in a list stays one.
    private List<ChatMessage> WithSystem(List<ChatMessage> prompt) =>
        Text("system", "") is { Length: > 0 } system ? [new ChatMessage("system", system), .. prompt] : prompt;

    private string Text(string column, string? otherwise = null) => json[column] switch
    {
        null when otherwise is not null => otherwise,
        { } text when text.GetValueKind() == JsonValueKind.String => (string)text!,
        _ => throw Wrong(column, "be a text"),
    };

    private ChatMessage Message(JsonObject message, string where)
    {
        if (message["from"] is { } from && message["role"] is null)
            return ShareGptMessage(message, (string?)from ?? "", where);
        if (message["role"]?.GetValueKind() != JsonValueKind.String)
            throw Wrong(where, "have a role");
        JsonNode? content = message["content"];
        bool isText = content is null || content.GetValueKind() == JsonValueKind.String;
        var extra = new JsonObject();
        foreach ((string key, JsonNode? value) in message)
        {
            if (key != "role" && (key != "content" || !isText) && value is not null)
                extra[key] = value.DeepClone();
        }
        return new ChatMessage((string)message["role"]!, isText ? (string?)content ?? "" : "") { Extra = extra.Count > 0 ? extra : null };
    }

    private ChatMessage ShareGptMessage(JsonObject message, string from, string where)
    {
        if (message["value"]?.GetValueKind() != JsonValueKind.String)
            throw Wrong(where, "have a value");
        string value = (string)message["value"]!;
        switch (from)
        {
            case "human" or "user":
                return new ChatMessage("user", value);
            case "gpt" or "assistant" or "chatgpt" or "bot":
                return new ChatMessage("assistant", value);
            case "system":
                return new ChatMessage("system", value);
            case "observation" or "tool":
                return new ChatMessage("tool", value);
            default:
                throw Wrong($"{where}.from", $"be human, gpt, system or observation, not \"{from}\"");
        }
    }
}
