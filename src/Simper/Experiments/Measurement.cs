using System.Text.Json.Nodes;
using Simper.Reports;

namespace Simper.Experiments;

/// <summary>The fixed pairs of a set at one step of an arm, always in the same order. Immutable.</summary>
/// <param name="Step">Optimizer steps done; 0 is the start.</param>
/// <param name="Set">Which pairs.</param>
/// <param name="Pairs">The figures of each.</param>
public sealed record Measurement(int Step, PairSet Set, IReadOnlyList<MeasuredPair> Pairs)
{
    /// <summary>Mean over pairs of the chosen answers' mean log-prob.</summary>
    public double ChosenMean => Pairs.Average(p => p.ChosenMean);

    /// <summary>Mean over pairs of the rejected answers' mean log-prob.</summary>
    public double RejectedMean => Pairs.Average(p => p.RejectedMean);

    /// <summary>Mean margin of mean log-probs.</summary>
    public double MeanMargin => Pairs.Average(p => p.MeanMargin);

    /// <summary>Share of pairs whose chosen answer has the strictly higher mean log-prob.</summary>
    public double MeanAccuracy => Pairs.Average(p => p.MeanMargin > 0 ? 1.0 : 0);

    /// <summary>Share of pairs whose chosen answer has the strictly higher reward of the objective.</summary>
    public double RewardAccuracy => Pairs.Average(p => p.ChosenReward > p.RejectedReward ? 1.0 : 0);

    /// <summary>The objective's loss.</summary>
    public double Loss => Pairs.Sum(p => p.Loss) / Pairs.Sum(p => p.Weight);

    /// <summary>Each pair's share of <see cref="Loss"/>, which is their mean.</summary>
    public double[] Losses
    {
        get
        {
            double weight = Pairs.Average(p => p.Weight);
            return [.. Pairs.Select(p => p.Loss / weight)];
        }
    }

    /// <summary>Whether no figure is NaN or infinite.</summary>
    public bool IsFinite => Pairs.All(p => p.IsFinite);

    /// <summary>Some of the pairs.</summary>
    public Measurement Of(IEnumerable<int> places) => this with { Pairs = [.. places.Select(i => Pairs[i])] };

    /// <summary>As in the arm's file: a list per figure.</summary>
    internal JsonObject ToJson()
    {
        JsonArray Column<T>(Func<MeasuredPair, T> figure) => new([.. Pairs.Select(p => (JsonNode?)JsonValue.Create(figure(p)))]);
        return new JsonObject
        {
            ["step"] = Step,
            ["set"] = Set == PairSet.Train ? "train" : "held out",
            ["row"] = Column(p => p.Row),
            ["chosen_tokens"] = Column(p => p.ChosenTokens),
            ["rejected_tokens"] = Column(p => p.RejectedTokens),
            ["chosen_sum"] = Column(p => p.ChosenSum),
            ["rejected_sum"] = Column(p => p.RejectedSum),
            ["chosen_reward"] = Column(p => p.ChosenReward),
            ["rejected_reward"] = Column(p => p.RejectedReward),
            ["loss"] = Column(p => p.Loss),
            ["weight"] = Column(p => p.Weight),
        };
    }

    /// <exception cref="SimperException">A field is missing or of the wrong kind.</exception>
    internal static Measurement Read(JsonObject line, string place) =>
        JsonLines.Field(
            place,
            () =>
            {
                T[] Column<T>(string name) => [.. line[name]!.AsArray().Select(n => n!.GetValue<T>())];
                int[] rows = Column<int>("row");
                int[] chosenTokens = Column<int>("chosen_tokens");
                int[] rejectedTokens = Column<int>("rejected_tokens");
                double[] chosen = Column<double>("chosen_sum");
                double[] rejected = Column<double>("rejected_sum");
                double[] loss = Column<double>("loss");
                double[] weight = Column<double>("weight");
                double[] chosenReward = Column<double>("chosen_reward");
                double[] rejectedReward = Column<double>("rejected_reward");
                return new Measurement(
                    (int)line["step"]!,
                    (string)line["set"]! == "train" ? PairSet.Train : PairSet.HeldOut,
                    [
                        .. rows.Select(
                            (row, i) =>
                                new MeasuredPair(
                                    row,
                                    chosenTokens[i],
                                    rejectedTokens[i],
                                    chosen[i],
                                    rejected[i],
                                    chosenReward[i],
                                    rejectedReward[i],
                                    loss[i],
                                    weight[i]
                                )
                        ),
                    ]
                );
            }
        );
}
