using System.Text.Json;
using System.Text.Json.Nodes;
using Simper.Text.Templates;

namespace Simper.Text.Preferences;

/// <summary>
/// The meaning of a row, by its columns. Each layout names the columns it needs; the first that matches is used. A missing prompt
/// is the longest common prefix of whole messages, never a split inside a message, except in TRL's own split.
/// </summary>
internal sealed record RowLayout(string Name, Func<JsonObject, bool> Fits, Func<Row, PreferenceGroup> Read)
{
    private static readonly RowLayout WholeConversations = new(
        "whole conversations (chosen, rejected)",
        r => Has(r, "chosen", "rejected") && IsList(r, "chosen") && (!Has(r, "prompt") || BeginsWithPrompt(r)),
        r => Whole(r, "chosen", "rejected")
    );

    private static readonly RowLayout OfTranscripts = new(
        "transcripts (chosen, rejected)",
        r => Has(r, "chosen", "rejected") && IsText(r, "chosen"),
        r => r.Implicit(r.Transcript("chosen"), r.Transcript("rejected"))
    );

    /// <summary>All layouts, most specific first.</summary>
    public static IReadOnlyList<RowLayout> All { get; } =
    [
        new(
            "openai preference (input, preferred_output, non_preferred_output)",
            r => Has(r, "input", "preferred_output", "non_preferred_output"),
            ReadOpenAi
        ),
        new(
            "sharegpt pair (conversations, chosen, rejected)",
            r => Has(r, "conversations", "chosen", "rejected"),
            r => r.Pair(r.Messages("conversations"), r.Answer("chosen"), r.Answer("rejected"))
        ),
        new(
            "whole conversations (messages, rejected_messages)",
            r => Has(r, "messages", "rejected_messages"),
            r => r.Implicit(r.Messages("messages"), r.Messages("rejected_messages"))
        ),
        new(
            "whole conversations (chosen_messages, rejected_messages)",
            r => Has(r, "chosen_messages", "rejected_messages"),
            r => Whole(r, "chosen_messages", "rejected_messages")
        ),
        new(
            "conversation and another answer (messages, rejected_response)",
            r => Has(r, "messages", "rejected_response"),
            ReadRejectedResponse
        ),
        new(
            "alpaca pair (instruction, input, chosen, rejected)",
            r => Has(r, "instruction", "chosen", "rejected"),
            r => r.TextPair(r.Prompt("instruction"), "chosen", "rejected")
        ),
        WholeConversations,
        new(
            "messages (prompt, chosen, rejected)",
            r => Has(r, "prompt", "chosen", "rejected") && !IsText(r, "chosen"),
            r => r.Pair(r.Prompt("prompt"), r.Answer("chosen"), r.Answer("rejected"))
        ),
        new(
            "strings (prompt, chosen, rejected)",
            r => Has(r, "prompt", "chosen", "rejected"),
            r => r.TextPair(r.Prompt("prompt"), "chosen", "rejected")
        ),
        new(
            "strings (question, chosen, rejected)",
            r => Has(r, "question", "chosen", "rejected"),
            r => r.TextPair(r.Prompt("question"), "chosen", "rejected")
        ),
        new(
            "strings (question, response_j, response_k)",
            r => Has(r, "question", "response_j", "response_k"),
            r => r.TextPair(r.Prompt("question"), "response_j", "response_k")
        ),
        OfTranscripts,
        new("ranked answers (prompt, responses)", RankedRow.Fits, RankedRow.Read),
        .. Singles(
            "completions",
            "(prompt, completion",
            r => Has(r, "prompt", "completion"),
            r => r.Single(r.Prompt("prompt"), r.Answer("completion"), IsText(r.Json, "completion"))
        ),
        .. Singles("conversations", "(messages", r => IsList(r, "messages"), r => r.LastAnswer(r.Messages("messages"))),
        .. Singles(
            "sharegpt conversations",
            "(conversations",
            r => Has(r, "conversations"),
            r => r.LastAnswer(r.Messages("conversations"))
        ),
        .. Singles(
            "alpaca",
            "(instruction, input, output",
            r => Has(r, "instruction", "output"),
            r => r.Single(r.Prompt("instruction"), r.Answer("output"), isText: true)
        ),
    ];

    private static readonly IReadOnlyList<RowLayout> OfTrl =
    [
        .. All.Select(l =>
            l == OfTranscripts ? new("strings (chosen, rejected)", l.Fits, r => r.CharacterSplit("chosen", "rejected")) : l
        ),
    ];

    /// <summary>The layouts of a mode: the modes differ where there is no prompt.</summary>
    private static IReadOnlyList<RowLayout> In(Compatibility mode) =>
        mode switch
        {
            Compatibility.Trl or Compatibility.TrlCpo => OfTrl,
            _ => All,
        };

    /// <summary>Whether a row has the columns of some layout.</summary>
    public static bool IsKnown(JsonObject row) => All.Any(l => l.Fits(row));

    /// <exception cref="SimperException">No layout matches; the message names the row's columns, or those that are
    /// empty.</exception>
    public static RowLayout Of(JsonObject row, string place, Compatibility mode = Compatibility.Strict)
    {
        if (In(mode).FirstOrDefault(l => l.Fits(row)) is { } layout)
            return layout;
        string[] empty = [.. row.Where(c => c.Value is null).Select(c => c.Key)];
        string[] needed = [.. empty.Where(e => IsKnown(Filled(row, empty)) && !IsKnown(Filled(row, empty.Where(o => o != e))))];
        throw new SimperException(
            needed.Length > 0
                ? $"{place}: \"{string.Join("\" and \"", needed)}\" {(needed.Length > 1 ? "are" : "is")} null or NaN; fill "
                    + "the row, or take it out."
                : $"{place}: {Columns(row)} that Simper knows; give prompt, chosen and rejected "
                    + "(texts or lists of messages), chosen and rejected as whole conversations, prompt, completion and "
                    + "label, or prompt and a list of responses."
        );
    }

    private static string Columns(JsonObject row) =>
        row.Count switch
        {
            0 => "the row is empty, which is no layout",
            1 => $"the column {row.First().Key} alone is no layout",
            _ => $"the columns {string.Join(", ", row.Select(c => c.Key).Take(12))} are no layout",
        };

    // The row as it would be if some columns were not empty.
    private static JsonObject Filled(JsonObject row, IEnumerable<string> columns)
    {
        JsonObject filled = row.DeepClone().AsObject();
        foreach (string column in columns)
            filled[column] = column is "messages" or "responses" or "answers" or "completions" ? new JsonArray() : "";
        return filled;
    }

    /// <summary>Whether rows of it are single answers with a label.</summary>
    public bool IsUnpaired => Name.StartsWith("unpaired ", StringComparison.Ordinal);

    /// <summary>Its name, with or without a label.</summary>
    public string Kind => Name[(IsUnpaired ? "unpaired ".Length : 0)..Name.IndexOf(" (", StringComparison.Ordinal)];

    // A single answer is learned, or judged if it has a label (TRL's KTO, or LLaMA-Factory's kto_tag).
    private static RowLayout[] Singles(
        string name,
        string columns,
        Func<JsonObject, bool> fits,
        Func<Row, PreferenceGroup> read
    ) =>
        [
            new($"{name} {columns})", r => fits(r) && !RowLabel.Is(r), read),
            new(
                $"unpaired {name} {columns}, label)",
                r => fits(r) && RowLabel.Is(r),
                r => read(r) with { Weights = [RowLabel.Of(r)] }
            ),
        ];

    private static bool Has(JsonObject row, params ReadOnlySpan<string> columns)
    {
        foreach (string column in columns)
        {
            if (row[column] is null)
                return false;
        }
        return true;
    }

    private static bool IsText(JsonObject row, string column) => row[column]?.GetValueKind() == JsonValueKind.String;

    private static bool IsList(JsonObject row, string column) => row[column] is JsonArray;

    // UltraFeedback has the prompt beside whole conversations: they begin with a user or system message.
    private static bool BeginsWithPrompt(JsonObject row) =>
        row["prompt"]?.GetValueKind() == JsonValueKind.String
        && row["chosen"] is JsonArray { Count: > 1 } list
        && list[0] is JsonObject first
        && (first["role"] ?? first["from"]) is JsonValue role
        && role.TryGetValue(out string? name)
        && MessageRoles.Known(name) is "user" or "system" or "developer";

    // They repeat the prompt beside them.
    private static PreferenceGroup Whole(Row row, string chosen, string rejected) =>
        row.Has("prompt")
            ? row.Pair(row.Prompt("prompt"), row.Answer(chosen), row.Answer(rejected))
            : row.Implicit(row.Messages(chosen), row.Messages(rejected));

    private static PreferenceGroup ReadOpenAi(Row row)
    {
        Row input = row.Nested("input");
        return row.Pair(input.Messages("messages"), row.Answer("preferred_output"), row.Answer("non_preferred_output")) with
        {
            Tools = input.Tools(),
        };
    }

    private static PreferenceGroup ReadRejectedResponse(Row row)
    {
        List<ChatMessage> messages = row.Messages("messages");
        if (messages.Count == 0 || messages[^1].Role != "assistant")
            throw row.Wrong("messages", "end with the chosen answer, an assistant message");
        return row.Pair(messages[..^1], [messages[^1]], row.Answer("rejected_response"));
    }
}
