using System.Globalization;
using System.Text.Json.Nodes;
using Simper.Objectives;

namespace Simper.Analysis;

/// <summary>
/// One data set as several objectives see it: which pairs each would push, and where they disagree. Immutable.
/// </summary>
/// <param name="Pairs">The pairs, scored once.</param>
/// <param name="Columns">Each objective's view of them.</param>
public sealed record PreferenceLens(IReadOnlyList<PairLogProbs> Pairs, IReadOnlyList<LensColumn> Columns)
{
    /// <summary>Evaluates objectives on pairs.</summary>
    /// <param name="pairs">At least one.</param>
    /// <param name="objectives">Each with its label.</param>
    /// <param name="pairsPerBatch">Pairs per batch, for objectives that couple the pairs of a batch.</param>
    public static PreferenceLens Of(
        IReadOnlyList<PairLogProbs> pairs,
        IEnumerable<(string Name, Objective Objective)> objectives,
        int pairsPerBatch = 8
    ) => new(pairs, [.. objectives.Select(o => LensColumn.Of(o.Name, o.Objective, pairs, pairsPerBatch))]);

    /// <summary>
    /// Pairs by how much the objectives disagree on them: the range of a pair's normalised ranks
    /// (<see cref="LensColumn.Places"/>), largest first. Objectives that push all pairs equally have no order and are left out.
    /// </summary>
    public IReadOnlyList<(int Index, double Distance)> Disagreements()
    {
        IReadOnlyList<double>[] places = [.. Columns.Where(c => !c.IsConstant).Select(c => c.Places())];
        if (places.Length < 2)
            return [];
        return
        [
            .. Enumerable
                .Range(0, Pairs.Count)
                .Select(i => (Index: i, Distance: places.Max(p => p[i]) - places.Min(p => p[i])))
                .OrderByDescending(x => x.Distance),
        ];
    }

    /// <summary>As written to files: objectives with their distributions and correlations, and every pair.</summary>
    public JsonObject ToJson() =>
        new()
        {
            ["objectives"] = new JsonArray([.. Columns.Select(Distribution)]),
            ["rank_correlations"] = new JsonArray([
                .. Columns.Select(a => new JsonArray([.. Columns.Select(b => (JsonNode?)a.RankCorrelation(b))])),
            ]),
            ["pairs"] = new JsonArray([.. Enumerable.Range(0, Pairs.Count).Select(Pair)]),
        };

    /// <summary>Every pair as a table row, the header first.</summary>
    public IEnumerable<IReadOnlyList<string>> Rows()
    {
        yield return
        [
            "row",
            "chosen_tokens",
            "rejected_tokens",
            "chosen_mean_log_prob",
            "rejected_mean_log_prob",
            "reference_chosen_mean_log_prob",
            "reference_rejected_mean_log_prob",
            .. Columns.SelectMany(c => (string[])[$"{c.Name} weight", $"{c.Name} chosen", $"{c.Name} rejected"]),
        ];
        for (int i = 0; i < Pairs.Count; i++)
        {
            PairLogProbs pair = Pairs[i];
            yield return
            [
                Text($"{pair.Row}"),
                Text($"{pair.ChosenTokens}"),
                Text($"{pair.RejectedTokens}"),
                Text($"{pair.ChosenMean:R}"),
                Text($"{pair.RejectedMean:R}"),
                Text($"{pair.ReferenceChosenSum / pair.ChosenTokens:R}"),
                Text($"{pair.ReferenceRejectedSum / pair.RejectedTokens:R}"),
                .. Columns.SelectMany(c =>
                    (string[])
                        [
                            Text($"{c.Weights[i]:R}"),
                            Text($"{c.Outcomes[i].ChosenGradient:R}"),
                            Text($"{c.Outcomes[i].RejectedGradient:R}"),
                        ]
                ),
            ];
        }
    }

    private static JsonNode Distribution(LensColumn column) =>
        new JsonObject
        {
            ["objective"] = column.Name,
            ["all_alike"] = column.IsConstant,
            ["least"] = column.Quantile(0),
            ["tenth"] = column.Quantile(0.1),
            ["median"] = column.Quantile(0.5),
            ["nine_tenths"] = column.Quantile(0.9),
            ["most"] = column.Quantile(1),
            ["effective_share"] = column.EffectiveShare,
            ["top_tenth_share"] = column.TopTenthShare,
        };

    private JsonNode Pair(int index) =>
        new JsonObject
        {
            ["row"] = Pairs[index].Row,
            ["chosen_mean_log_prob"] = Pairs[index].ChosenMean,
            ["rejected_mean_log_prob"] = Pairs[index].RejectedMean,
            ["weights"] = new JsonArray([.. Columns.Select(c => (JsonNode)c.Weights[index])]),
        };

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
