using System.Text.Json;
using System.Text.Json.Nodes;

namespace Simper.Text.Preferences;

/// <summary>Scores of a pair's two answers in columns beside them, as data sets name them.</summary>
internal static class PairScores
{
    /// <summary>The column of TRL's reward trainer that says how much better the chosen answer is.</summary>
    public const string Margin = "margin";

    private static readonly (string Chosen, string Rejected)[] Pairs =
    [
        ("score_chosen", "score_rejected"),
        ("chosen_score", "rejected_score"),
        ("chosen_rating", "rejected_rating"),
        ("chosen-rating", "rejected-rating"),
        ("rating_chosen", "rating_rejected"),
        ("chosen_avg_rating", "rejected_avg_rating"),
        ("chosen_reward", "rejected_reward"),
        ("reward_chosen", "reward_rejected"),
    ];

    /// <summary>All such columns.</summary>
    public static IEnumerable<string> Columns => Pairs.SelectMany(p => (string[])[p.Chosen, p.Rejected]);

    /// <summary>The scores of the chosen and the rejected answer, or null.</summary>
    public static IReadOnlyList<double>? Beside(Row row)
    {
        foreach ((string chosen, string rejected) in Pairs)
        {
            if (Of(row, chosen, rejected) is { } scores)
                return scores;
        }
        return null;
    }

    /// <summary>The scores in two columns, or null if one of them has none.</summary>
    public static double[]? Of(Row row, string better, string worse) =>
        Number(row.Json[better]) is { } first && Number(row.Json[worse]) is { } second ? [first, second] : null;

    /// <summary>A finite number, or null.</summary>
    public static double? Number(JsonNode? node) =>
        node is JsonValue value
        && value.GetValueKind() == JsonValueKind.Number
        && value.TryGetValue(out double number)
        && double.IsFinite(number)
            ? number
            : null;
}
