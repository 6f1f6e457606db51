using System.Text.Json.Nodes;

namespace Simper.Judging.OnPolicy;

/// <summary>An answer with its scores.</summary>
/// <param name="Answer">The answer.</param>
/// <param name="Copies">How often it was sampled, word for word.</param>
/// <param name="Scores">By scorer; null where one gave none.</param>
/// <param name="Total">The scores weighted and added; null if one is missing.</param>
internal sealed record ScoredAnswer(SampledAnswer Answer, int Copies, IReadOnlyList<double?> Scores, double? Total)
{
    /// <summary>
    /// The different answers among those to a prompt, in the order in which they came, without empty ones. What was ended once is
    /// no cut answer.
    /// </summary>
    public static IReadOnlyList<(SampledAnswer Answer, int Copies)> Distinct(IReadOnlyList<SampledAnswer> answers) =>
        [
            .. answers
                .Where(a => !string.IsNullOrWhiteSpace(a.Text))
                .GroupBy(a => a.Text, StringComparer.Ordinal)
                .Select(g => (g.FirstOrDefault(a => !a.IsCut) ?? g.First(), g.Count())),
        ];

    /// <summary>An answer with what all scorers gave it.</summary>
    public static ScoredAnswer Of(
        (SampledAnswer Answer, int Copies) answer,
        IReadOnlyList<double?> scores,
        IReadOnlyList<WeightedScorer> scorers
    ) =>
        new(
            answer.Answer,
            answer.Copies,
            scores,
            scores.All(s => s is not null) ? scores.Select((s, i) => s!.Value * scorers[i].Weight).Sum() : null
        );

    /// <summary>The answer as rows that keep all have it.</summary>
    public JsonObject ToJson(IReadOnlyList<WeightedScorer> scorers)
    {
        JsonObject json = Answer.ToJson();
        json["copies"] = Copies;
        json["score"] = Total;
        if (scorers.Count > 1)
            json["scores"] = new JsonObject(scorers.Select((s, i) => KeyValuePair.Create(s.Scorer.Name, (JsonNode?)Scores[i])));
        return json;
    }
}
