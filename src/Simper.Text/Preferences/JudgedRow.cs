using System.Text.Json;
using System.Text.Json.Nodes;
using Simper.Text.Templates;

namespace Simper.Text.Preferences;

/// <summary>
/// Rows of two answers beside each other, with a column that says which is better: HelpSteer, PKU-SafeRLHF, SHP, the arenas and
/// their like. A tie is a row without a pair.
/// </summary>
internal static class JudgedRow
{
    private static readonly string[] Prompts = ["prompt", "question", "instruction", "context", "query", "history", "input"];
    private static readonly string[] Signed = ["overall_preference", "preference_strength"];
    private static readonly string[] Named = ["better_response_id", "preferred", "preference", "winner", "better"];

    private static readonly (string First, string Second) OfArena = ("conversation_a", "conversation_b");
    private static readonly (string First, string Second) OfReddit = ("human_ref_A", "human_ref_B"); // SHP

    private static readonly (string First, string Second)[] Answers =
    [
        ("response_0", "response_1"),
        ("response_1", "response_2"),
        ("response1", "response2"),
        ("response_a", "response_b"),
        ("answer_0", "answer_1"),
        ("answer_1", "answer_2"),
        ("answer_a", "answer_b"),
        ("output_1", "output_2"),
        ("completion_a", "completion_b"),
    ];

    /// <summary>The columns that may have the scores of the two answers.</summary>
    public static IEnumerable<string> Scored =>
        Answers.Append(OfReddit).SelectMany(a => (string[])[Score(a.First), Score(a.Second)]);

    /// <summary>Their layouts.</summary>
    public static IReadOnlyList<RowLayout> Layouts { get; } =
    [
        new(
            "comparison of conversations",
            [
                [OfArena.First],
                [OfArena.Second],
                Named,
            ],
            r => Conversations(r, Verdict.Named(r, r.Named(Named), OfArena))
        ),
        Compared(
            ("response_a", "response_b"),
            ["winner_model_a"],
            r => Verdict.Higher(r, "winner_model_a", "winner_model_b"),
            ["winner_model_b"]
        ),
        Compared(OfReddit, ["labels"], r => Verdict.OneIfFirst(r, "labels")),
        .. Answers.SelectMany(a =>
            (RowLayout[])
                [
                    Compared(a, Named, r => Verdict.Named(r, r.Named(Named), a)),
                    Compared(a, Signed, r => Verdict.Signed(r, r.Named(Signed))),
                    Compared(a, [Score(a.First)], r => Verdict.Higher(r, Score(a.First), Score(a.Second)), [Score(a.Second)]),
                ]
        ),
    ];

    private static RowLayout Compared(
        (string First, string Second) answers,
        string[] verdict,
        Func<Row, Verdict> read,
        params string[][] more
    ) => new("compared answers", [Prompts, [answers.First], [answers.Second], verdict, .. more], r => Read(r, answers, read(r)));

    private static PreferenceGroup Read(Row row, (string First, string Second) answers, Verdict verdict)
    {
        (string better, string worse) = Ordered(answers, verdict);
        string prompt = row.Named(Prompts);
        PreferenceGroup group = TurnLists.Of(row, prompt, better, worse) is { } turns
            ? row.Implicit(turns.Better, turns.Worse)
            : row.TextPair(Prompt(row, prompt), better, worse);
        return Judged(group, verdict) with { Scores = PairScores.Of(row, Score(better), Score(worse)) };
    }

    private static PreferenceGroup Conversations(Row row, Verdict verdict)
    {
        (string better, string worse) = Ordered(OfArena, verdict);
        return Judged(row.Implicit(row.Messages(better), row.Messages(worse)), verdict);
    }

    private static (string Better, string Worse) Ordered((string First, string Second) answers, Verdict verdict) =>
        verdict.Better == 1 ? (answers.Second, answers.First) : answers;

    private static PreferenceGroup Judged(PreferenceGroup group, Verdict verdict) =>
        group with
        {
            Weights = verdict.Better is null ? [0, 0] : null,
            Margin = verdict.Margin,
        };

    // HelpSteer2 has earlier turns in the prompt's text.
    private static List<ChatMessage> Prompt(Row row, string column) =>
        row.IsText(column) && Transcripts.OfSteerLm(row.Text(column)) is { } turns ? turns : row.Prompt(column);

    // score_A is that of human_ref_A, score_0 that of answer_0.
    private static string Score(string answer) => "score_" + answer[^1];
}
