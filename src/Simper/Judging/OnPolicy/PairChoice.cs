using Simper.Text.Preferences;

namespace Simper.Judging.OnPolicy;

/// <summary>What became of a prompt.</summary>
internal enum PromptOutcome
{
    /// <summary>It gave a row.</summary>
    Paired,

    /// <summary>It leaves no room for an answer.</summary>
    TooLong,

    /// <summary>Fewer than two different answers with a score are left.</summary>
    TooFew,

    /// <summary>All scores are equal.</summary>
    Tied,

    /// <summary>No two scores are as far apart as they have to be.</summary>
    BelowGap,

    /// <summary>Whatever would be chosen was cut at its limit.</summary>
    OnlyCut,
}

/// <summary>Chooses which answers to a prompt are a pair. A pure function of its arguments.</summary>
internal static class PairChoice
{
    /// <summary>The pairs, the chosen one first; and what became of the prompt.</summary>
    /// <param name="answers">All different, in the order in which they were sampled, those without a score among them.</param>
    /// <param name="settings">Which pairs.</param>
    /// <param name="prompt">The prompt's place, for random pairs.</param>
    public static (IReadOnlyList<(ScoredAnswer Chosen, ScoredAnswer Rejected)> Pairs, PromptOutcome Outcome) Of(
        IReadOnlyList<ScoredAnswer> answers,
        PairSettings settings,
        int prompt
    )
    {
        ScoredAnswer[] best = BestFirst(answers, settings);
        if (best.Length < 2)
            return ([], PromptOutcome.TooFew);
        if (best[0].Total == best[^1].Total)
            return ([], PromptOutcome.Tied);
        (ScoredAnswer Chosen, ScoredAnswer Rejected)[] apart =
        [
            .. from chosen in best
            from rejected in best
            where chosen.Total > rejected.Total && chosen.Total - rejected.Total >= settings.MinGap
            select (chosen, rejected),
        ];
        if (apart.Length == 0)
            return ([], PromptOutcome.BelowGap);
        apart = [.. apart.Where(p => settings.AllowsCut || !p.Chosen.Answer.IsCut)];
        if (apart.Length == 0)
            return ([], PromptOutcome.OnlyCut);
        return (
            settings.Pairing switch
            {
                AnswerPairing.All => apart,
                AnswerPairing.Random =>
                [
                    apart[DeterministicRandom.For((ulong)settings.Seed, "on-policy pair", (ulong)prompt).NextBelow(apart.Length)],
                ],
                _ => [apart.Where(p => p.Chosen == apart[0].Chosen).MinBy(p => p.Rejected.Total)],
            },
            PromptOutcome.Paired
        );
    }

    /// <summary>The answers that can be in a row, best first.</summary>
    public static ScoredAnswer[] BestFirst(IReadOnlyList<ScoredAnswer> answers, PairSettings settings) =>
        // Stable: of equal scores the one that came first is the better, and the worse.
        // A ranked list cannot say that an answer is only fit to be rejected.
        [
            .. answers
                .Where(a => a.Total is not null)
                .Where(a => settings.Pairing != AnswerPairing.Ranked || settings.AllowsCut || !a.Answer.IsCut)
                .OrderByDescending(a => a.Total),
        ];
}
