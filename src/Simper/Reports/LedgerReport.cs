using System.Text.Json.Nodes;
using Simper.Analysis;
using Simper.Ledgers;

namespace Simper.Reports;

/// <summary>What a ledger answers. Immutable.</summary>
public sealed record LedgerReport
{
    /// <summary>The run's folder.</summary>
    public required string Run { get; init; }

    /// <summary>Pairs, by the data that they are of.</summary>
    public required IReadOnlyDictionary<LedgerSplit, int> Pairs { get; init; }

    /// <summary>Whether its averages are the logged metrics.</summary>
    public required LedgerCheck Check { get; init; }

    /// <summary>The answers, question by question.</summary>
    public required IReadOnlyList<LedgerAnswer> Answers { get; init; }

    /// <summary>Asks a ledger.</summary>
    /// <param name="ledger">The ledger.</param>
    /// <param name="questions">What is asked.</param>
    /// <param name="splits">Of which data.</param>
    /// <param name="top">How many pairs of each answer are looked at closely.</param>
    /// <param name="texts">The texts of a pair; null where they are not known.</param>
    /// <exception cref="SimperException">A file is damaged.</exception>
    public static LedgerReport Of(
        Ledger ledger,
        IReadOnlyList<LedgerQuestion> questions,
        IReadOnlyList<LedgerSplit> splits,
        int top,
        Func<PairKey, PairTexts?> texts
    )
    {
        PairCourses courses = PairCourses.Of(ledger);
        Dictionary<LedgerSplit, int> pairs = courses.All.CountBy(c => c.Pair.Split).ToDictionary();
        (LedgerQuestion Question, LedgerSplit Split, (int Count, IReadOnlyList<PairCourse> Pairs) Found)[] answers =
        [
            .. from question in questions
            from split in splits
            where pairs.ContainsKey(split)
            select (question, split, courses.Most(question, split, top)),
        ];
        IReadOnlyDictionary<PairKey, IReadOnlyList<PairMoment>> moments = ledger.MomentsOf(
            answers.SelectMany(a => a.Found.Pairs).Select(c => c.Pair)
        );
        return new LedgerReport
        {
            Run = ledger.Path,
            Pairs = pairs,
            Check = LedgerCheck.Of(ledger),
            Answers =
            [
                .. answers.Select(a => new LedgerAnswer(
                    a.Question,
                    a.Split,
                    a.Found.Count,
                    [.. a.Found.Pairs.Select(c => new LedgerPair(c, moments[c.Pair], texts(c.Pair)))]
                )),
            ],
        };
    }

    /// <summary>As JSON.</summary>
    public JsonObject ToJson() =>
        new()
        {
            ["run"] = Run,
            ["pairs"] = new JsonObject(Pairs.Select(p => KeyValuePair.Create(LedgerNames.Of(p.Key), (JsonNode?)p.Value))),
            ["averages"] = new JsonObject
            {
                ["evaluations"] = Check.Evaluations,
                ["figures"] = Check.Figures,
                ["differences"] = new JsonArray([.. Check.Differences.Select(d => (JsonNode)d)]),
            },
            ["answers"] = new JsonArray([
                .. Answers.Select(a => new JsonObject
                {
                    ["question"] = LedgerNames.Of(a.Question),
                    ["split"] = LedgerNames.Of(a.Split),
                    ["count"] = a.Count,
                    ["pairs"] = new JsonArray([.. a.Pairs.Select(p => p.ToJson())]),
                }),
            ]),
        };
}

/// <summary>The answer to a question about some data.</summary>
/// <param name="Question">The question.</param>
/// <param name="Split">Which data.</param>
/// <param name="Count">How many pairs it is.</param>
/// <param name="Pairs">Those that are it most.</param>
public sealed record LedgerAnswer(LedgerQuestion Question, LedgerSplit Split, int Count, IReadOnlyList<LedgerPair> Pairs);

/// <summary>A pair that is looked at closely.</summary>
/// <param name="Course">Its course.</param>
/// <param name="Moments">Its moments, in order.</param>
/// <param name="Texts">Its texts; null where they are not known.</param>
public sealed record LedgerPair(PairCourse Course, IReadOnlyList<PairMoment> Moments, PairTexts? Texts)
{
    /// <summary>As JSON.</summary>
    public JsonObject ToJson()
    {
        var json = new JsonObject
        {
            ["row"] = Course.Pair.Row,
            ["pair"] = Course.Pair.Place,
            ["agreement"] = JsonNumber.Of(Course.Agreement),
            ["since_start"] = Course.HasStart,
            ["moments"] = new JsonArray([
                .. Moments.Select(m => new JsonObject
                {
                    ["step"] = m.Step,
                    ["phase"] = LedgerNames.Of(m.Phase),
                    ["margin"] = JsonNumber.Of(m.Margin),
                    ["log_odds"] = JsonNumber.Of(m.LogOdds),
                }),
            ]),
        };
        if (Texts is not null)
            (json["prompt"], json["chosen"], json["rejected"]) = (Texts.Prompt, Texts.Chosen, Texts.Rejected);
        return json;
    }
}
