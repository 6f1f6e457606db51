using System.Text.Json.Nodes;

namespace Simper.Judging.OnPolicy;

/// <summary>What became of prompts and answers.</summary>
public sealed record PairCounts
{
    /// <summary>Prompts.</summary>
    public int Prompts { get; init; }

    /// <summary>Prompts that gave a row or more.</summary>
    public int PromptsWithPairs { get; init; }

    /// <summary>Rows that were written.</summary>
    public int Rows { get; init; }

    /// <summary>Prompts that leave no room for an answer.</summary>
    public int TooLong { get; init; }

    /// <summary>Prompts with fewer than two different answers that have a score.</summary>
    public int TooFew { get; init; }

    /// <summary>Prompts whose answers all have the same score.</summary>
    public int Tied { get; init; }

    /// <summary>Prompts whose scores are not as far apart as they have to be.</summary>
    public int BelowGap { get; init; }

    /// <summary>Prompts of which only answers that were cut could be chosen.</summary>
    public int OnlyCut { get; init; }

    /// <summary>Answers that were sampled.</summary>
    public int Answers { get; init; }

    /// <summary>Those of them that were cut at their limit.</summary>
    public int Cut { get; init; }

    /// <summary>Those that are empty; left out.</summary>
    public int Empty { get; init; }

    /// <summary>Those that were sampled before, word for word; merged.</summary>
    public int Duplicates { get; init; }

    /// <summary>Different answers that got no score from a judge; left out.</summary>
    public int Unscored { get; init; }

    /// <summary>Replies of judges that held no verdict.</summary>
    public int InvalidReplies { get; init; }

    /// <summary>The mean score of all sampled answers that have one; NaN without any.</summary>
    public double MeanScore { get; init; } = double.NaN;

    internal PairCounts With(IReadOnlyList<SampledAnswer> sampled, IReadOnlyList<ScoredAnswer> different, int invalidReplies) =>
        this with
        {
            Answers = Answers + sampled.Count,
            Cut = Cut + sampled.Count(a => a.IsCut),
            Empty = Empty + sampled.Count(a => string.IsNullOrWhiteSpace(a.Text)),
            Duplicates = Duplicates + different.Sum(a => a.Copies - 1),
            Unscored = Unscored + different.Count(a => a.Total is null),
            InvalidReplies = InvalidReplies + invalidReplies,
        };

    internal PairCounts With(PromptOutcome outcome, int rows) =>
        outcome switch
        {
            PromptOutcome.Paired => this with { PromptsWithPairs = PromptsWithPairs + 1, Rows = Rows + rows },
            PromptOutcome.TooLong => this with { TooLong = TooLong + 1 },
            PromptOutcome.TooFew => this with { TooFew = TooFew + 1 },
            PromptOutcome.Tied => this with { Tied = Tied + 1 },
            PromptOutcome.BelowGap => this with { BelowGap = BelowGap + 1 },
            PromptOutcome.OnlyCut => this with { OnlyCut = OnlyCut + 1 },
            _ => throw new ArgumentOutOfRangeException(nameof(outcome), outcome, "no such outcome"),
        };

    /// <summary>Why prompts gave no row, one reason each; those that hold for none left out.</summary>
    public IReadOnlyList<string> WithoutPairs =>
        [
            .. new[]
            {
                (Tied, "with equal scores"),
                (TooFew, "with fewer than two different answers that have a score"),
                (BelowGap, "with scores nearer than min_gap"),
                (OnlyCut, "of which only an answer cut at its limit could be chosen"),
                (TooLong, "too long to be answered"),
            }
                .Where(r => r.Item1 > 0)
                .Select(r => $"{r.Item1:N0} {r.Item2}"),
        ];

    internal JsonObject ToJson() =>
        new()
        {
            ["prompts"] = Prompts,
            ["prompts_with_pairs"] = PromptsWithPairs,
            ["rows"] = Rows,
            ["prompts_tied"] = Tied,
            ["prompts_with_too_few_answers"] = TooFew,
            ["prompts_below_min_gap"] = BelowGap,
            ["prompts_with_only_cut_answers_to_choose"] = OnlyCut,
            ["prompts_too_long"] = TooLong,
            ["answers"] = Answers,
            ["answers_cut"] = Cut,
            ["answers_empty"] = Empty,
            ["answers_duplicate"] = Duplicates,
            ["answers_unscored"] = Unscored,
            ["invalid_judge_replies"] = InvalidReplies,
            ["mean_score"] = double.IsFinite(MeanScore) ? MeanScore : null,
        };
}
