using System.Text.Json;
using System.Text.Json.Nodes;
using Simper.Text.Templates;

namespace Simper.Text.Preferences;

/// <summary>
/// All layouts, the most specific first: of those that fit a row the first is its own. A missing prompt is the longest common
/// prefix of whole messages, never a split inside a message, except in TRL's own split.
/// </summary>
internal static class RowLayouts
{
    private static readonly string[] Instruction = ["instruction"];
    private static readonly string[] Prompts = ["prompt", "question"];
    private static readonly string[] OtherPrompts = ["query", "input"];

    // The two answers of a pair, as columns are named.
    private static readonly (string Chosen, string Rejected)[] Pairs =
    [
        ("chosen", "rejected"),
        ("chosen_response", "rejected_response"),
        ("response_j", "response_k"),
        ("response", "rejected_response"),
        ("preferred_output", "non_preferred_output"),
    ];

    private static readonly RowLayout OfTranscripts = new(
        "transcripts",
        Needs("chosen", "rejected"),
        r => r.Implicit(r.Transcript("chosen"), r.Transcript("rejected"))
    )
    {
        If = r => IsText(r, "chosen") && (Transcripts.Begins((string)r["chosen"]!) || OtherPrompts.All(p => r[p] is null)),
    };

    /// <summary>All layouts.</summary>
    public static IReadOnlyList<RowLayout> All { get; } =
    [
        new("openai preference", Needs("input", "preferred_output", "non_preferred_output"), ReadOpenAi)
        {
            If = r => r["input"] is JsonObject,
        },
        new(
            "sharegpt pair",
            Needs("conversations", "chosen", "rejected"),
            r => r.Pair(r.Messages("conversations"), r.Answer("chosen"), r.Answer("rejected"))
        ),
        new("conversation and two answers", Needs("messages", "chosen", "rejected"), ReadTwoAnswers)
        {
            If = r => r["messages"] is JsonArray && r["prompt"] is null && IsReply(r["chosen"]),
        },
        new(
            "whole conversations",
            Needs("messages", "rejected_messages"),
            r => r.Implicit(r.Messages("messages"), r.Messages("rejected_messages"))
        ),
        Messages(["prompt"], ("chosen_messages", "rejected_messages")),
        Whole("chosen_messages", "rejected_messages"),
        Messages(["prompt"], ("chosen_conversations", "rejected_conversations")),
        Whole("chosen_conversations", "rejected_conversations"),
        new("conversation and another answer", Needs("messages", "rejected_response"), ReadRejectedResponse),
        .. Pairs.Select(p => Texts("alpaca pair", Instruction, p) with { If = _ => true }),
        Whole("chosen", "rejected"),
        .. Pairs.Select(p => Messages(Prompts, p)),
        .. Pairs.Select(p => Texts("strings", Prompts, p)),
        OfTranscripts,
        .. Pairs.Select(p => Messages(OtherPrompts, p)),
        .. Pairs.Select(p => Texts("strings", OtherPrompts, p)),
        .. JudgedRow.Layouts,
        new("comparison of summaries", Needs("info", "summaries", "choice"), SummaryRow.Read),
        new("ranked answers", [RankedRow.Prompts, RankedRow.Lists], RankedRow.Read) { If = RankedRow.HasList },
        .. Completions("completions", Prompts, "completion"),
        .. Singles(
            "conversations",
            Needs("messages"),
            r => r.LastAnswer(r.Messages("messages")),
            r => r["messages"] is JsonArray
        ),
        .. Singles("sharegpt conversations", Needs("conversations"), r => r.LastAnswer(r.Messages("conversations"))),
        .. Completions("alpaca", Instruction, "output"),
        .. Completions("completions", OtherPrompts, "response", HasNoOtherPrompt),
        .. Completions("completions", OtherPrompts, "output", HasNoOtherPrompt),
    ];

    private static readonly IReadOnlyList<RowLayout> OfTrl =
    [
        .. All.Select(l =>
            l == OfTranscripts
                ? new RowLayout("strings", l.Needs, r => r.CharacterSplit("chosen", "rejected")) { If = r => IsText(r, "chosen") }
                : l
        ),
    ];

    // Columns that are read beside those of a layout.
    private static readonly HashSet<string> Optional =
    [
        "system",
        "tools",
        "functions",
        "history",
        "input",
        TemplateArguments.Name,
        .. RowLabel.Columns,
        .. RankedRow.Numbers,
        .. PairScores.Columns,
        .. JudgedRow.Scored,
        PairScores.Margin,
    ];

    /// <summary>Every column that some layout reads, by its name there.</summary>
    public static IReadOnlySet<string> Columns { get; } =
        new HashSet<string>([.. All.SelectMany(l => l.Needs).SelectMany(n => n), .. Optional]);

    /// <summary>Whether a column is read beside those of a layout.</summary>
    public static bool IsOptional(string column) => Optional.Contains(column);

    /// <summary>The layouts of a mode, in the order in which they are tried: the modes differ where there is no prompt.</summary>
    /// <param name="mode">The mode.</param>
    /// <param name="columns">Columns that the user has named: a layout has to read all of them, and needs as many as
    /// possible.</param>
    public static IReadOnlyList<RowLayout> In(Compatibility mode, ColumnMap columns)
    {
        IReadOnlyList<RowLayout> all = mode is Compatibility.Trl or Compatibility.TrlCpo ? OfTrl : All;
        return columns.IsEmpty
            ? all
            :
            [
                .. all.Where(l => columns.Names.All(n => Optional.Contains(n) || l.Has(n)))
                    .OrderByDescending(l => columns.Names.Count(l.Has)),
            ];
    }

    /// <summary>Whether a row has the columns of some layout.</summary>
    public static bool IsKnown(JsonObject row) => All.Any(l => l.Fits(row));

    private static string[][] Needs(params string[] columns) => [.. columns.Select(c => (string[])[c])];

    // A single answer is learned, or judged if it has a label (TRL's KTO, or LLaMA-Factory's kto_tag).
    private static RowLayout[] Singles(
        string kind,
        IReadOnlyList<string[]> needs,
        Func<Row, PreferenceGroup> read,
        Func<JsonObject, bool>? fits = null
    ) =>
        [
            new(kind, needs, read) { If = r => fits?.Invoke(r) != false && !RowLabel.Is(r) },
            new(kind, [.. needs, RowLabel.Columns], r => read(r) with { Weights = [RowLabel.Of(r)] })
            {
                If = r => fits?.Invoke(r) != false,
                IsUnpaired = true,
            },
        ];

    private static RowLayout[] Completions(string kind, string[] prompts, string column, Func<JsonObject, bool>? fits = null) =>
        Singles(
            kind,
            [prompts, [column]],
            r => r.Single(r.Prompt(r.Named(prompts)), r.Answer(column), IsText(r.Json, column)),
            fits
        );

    // An input beside an instruction is a part of a prompt.
    private static bool HasNoOtherPrompt(JsonObject row) => Prompts.Concat(Instruction).All(p => row[p] is null);

    private static RowLayout Whole(string chosen, string rejected) =>
        new("whole conversations", Needs(chosen, rejected), r => r.Implicit(r.Messages(chosen), r.Messages(rejected)))
        {
            If = r => r[chosen] is JsonArray && Prompts.All(p => r[p] is null),
        };

    private static RowLayout Messages(string[] prompts, (string Chosen, string Rejected) pair) =>
        new(
            "messages",
            [prompts, [pair.Chosen], [pair.Rejected]],
            r => r.Pair(r.Prompt(r.Named(prompts)), r.Answer(pair.Chosen), r.Answer(pair.Rejected))
        )
        {
            If = r => !IsText(r, pair.Chosen),
        };

    private static RowLayout Texts(string kind, string[] prompts, (string Chosen, string Rejected) pair) =>
        new(
            kind,
            [prompts, [pair.Chosen], [pair.Rejected]],
            r => r.TextPair(r.Prompt(r.Named(prompts)), pair.Chosen, pair.Rejected)
        )
        {
            If = r => IsText(r, pair.Chosen),
        };

    private static bool IsText(JsonObject row, string column) => row[column]?.GetValueKind() == JsonValueKind.String;

    // What the assistant says next, and not a conversation that it ends.
    private static bool IsReply(JsonNode? answer) =>
        (answer is JsonArray { Count: > 0 } list ? list[0] : answer) switch
        {
            JsonObject first => MessageRoles.Of(first) is "assistant" or MessageRoles.Calls,
            JsonValue text => text.GetValueKind() == JsonValueKind.String && answer is not JsonArray,
            _ => false,
        };

    private static PreferenceGroup ReadOpenAi(Row row)
    {
        Row input = row.Nested("input");
        return row.Pair(input.Messages("messages"), row.Answer("preferred_output"), row.Answer("non_preferred_output")) with
        {
            Tools = input.Tools(),
        };
    }

    // The messages may already end with the chosen answer.
    private static PreferenceGroup ReadTwoAnswers(Row row)
    {
        List<ChatMessage> messages = row.Messages("messages");
        List<ChatMessage> chosen = row.Answer("chosen");
        if (messages.Count > 0 && messages[^1].Role == "assistant")
        {
            if (!Conversations.AreEqual([messages[^1]], chosen))
                throw row.Wrong("messages", "end where the answers begin, and ends with another answer than the chosen one");
            messages.RemoveAt(messages.Count - 1);
        }
        return row.Pair(messages, chosen, row.Answer("rejected"));
    }

    private static PreferenceGroup ReadRejectedResponse(Row row)
    {
        List<ChatMessage> messages = row.Messages("messages");
        if (messages.Count == 0 || messages[^1].Role != "assistant")
            throw row.Wrong("messages", "end with the chosen answer, an assistant message");
        return row.Pair(messages[..^1], [messages[^1]], row.Answer("rejected_response"));
    }
}
