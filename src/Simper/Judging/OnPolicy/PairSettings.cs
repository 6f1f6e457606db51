using System.Globalization;
using System.Text.Json.Nodes;

namespace Simper.Judging.OnPolicy;

/// <summary>How pairs are made of scored answers.</summary>
public sealed record PairSettings
{
    /// <summary>Their names in options and files.</summary>
    public static IReadOnlyList<(string Name, AnswerPairing Value)> Pairings { get; } =
    [
        ("best_worst", AnswerPairing.BestWorst),
        ("all", AnswerPairing.All),
        ("random", AnswerPairing.Random),
        ("ranked", AnswerPairing.Ranked),
    ];

    /// <summary>Which pairs.</summary>
    public AnswerPairing Pairing { get; init; } = AnswerPairing.BestWorst;

    /// <summary>The scores of a pair differ by this at least; and always by something.</summary>
    public double MinGap { get; init; }

    /// <summary>Whether an answer that was cut at its limit may be the chosen one.</summary>
    public bool AllowsCut { get; init; }

    /// <summary>Whether rows of pairs hold all answers with their scores, too.</summary>
    public bool KeepsAll { get; init; }

    /// <summary>Seed of random pairs.</summary>
    public long Seed { get; init; } = 42;

    /// <exception cref="SimperException">A value out of its range.</exception>
    public void Validate()
    {
        if (!(MinGap >= 0 && double.IsFinite(MinGap)))
            throw new SimperException(string.Create(CultureInfo.InvariantCulture, $"min_gap is {MinGap}; give 0 or more."));
    }

    internal JsonObject Description =>
        new()
        {
            ["pairs"] = Pairings.First(p => p.Value == Pairing).Name,
            ["min_gap"] = MinGap,
            ["allow_cut"] = AllowsCut,
            ["keep_all"] = KeepsAll,
        };
}
