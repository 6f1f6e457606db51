using System.Text.Json.Nodes;
using Simper.Analysis;
using Simper.Objectives;

namespace Simper.Reports;

/// <summary>
/// A line of <c>pairs.jsonl</c>: the figures of one held-out pair in an evaluation, under the names of the metrics averaged from
/// them. Immutable.
/// </summary>
public sealed record PairRecord
{
    /// <summary>The evaluation: "before" or "after".</summary>
    public required string When { get; init; }

    /// <summary>Row of the data file, from 1.</summary>
    public required int Row { get; init; }

    /// <summary>The objective's loss.</summary>
    public required double Loss { get; init; }

    /// <summary>The pair's weight in the mean loss.</summary>
    public required double Weight { get; init; }

    /// <summary>The pair's weight in all other means: 1, or less in a larger batch where batches are weighted equally.</summary>
    public double Share { get; init; } = 1;

    /// <summary>The objective's reward of the chosen answer; NaN if there is none, like all its figures.</summary>
    public required double ChosenReward { get; init; }

    /// <summary>And of the rejected one; NaN if there is none, like all figures of the rejected answer.</summary>
    public required double RejectedReward { get; init; }

    /// <summary>Mean log-prob per token of the chosen answer.</summary>
    public required double ChosenMean { get; init; }

    /// <summary>Mean log-prob per token of the rejected answer.</summary>
    public required double RejectedMean { get; init; }

    /// <summary>Scored tokens of the chosen answer; 0 if there is none.</summary>
    public required int ChosenTokens { get; init; }

    /// <summary>And of the rejected one; 0 if there is none.</summary>
    public required int RejectedTokens { get; init; }

    /// <summary>Prompt and answers; null where the line does not repeat them.</summary>
    public PairTexts? Texts { get; init; }

    /// <summary>Reward of the chosen minus that of the rejected answer.</summary>
    public double Margin => ChosenReward - RejectedReward;

    /// <summary>Whether there are both answers.</summary>
    public bool IsPair => ChosenTokens > 0 && RejectedTokens > 0;

    /// <summary>Whether the chosen answer has the strictly higher reward.</summary>
    public bool IsRight => ChosenReward > RejectedReward;

    /// <summary>The results of an evaluation for a pair.</summary>
    public static PairRecord Of(string when, PairOutcome outcome, PairTexts? texts = null) =>
        new()
        {
            When = when,
            Row = outcome.Row,
            Loss = outcome.Loss,
            Weight = outcome.Weight,
            Share = outcome.Share,
            ChosenReward = outcome.ChosenReward,
            RejectedReward = outcome.RejectedReward,
            ChosenMean = outcome.ChosenMean,
            RejectedMean = outcome.RejectedMean,
            ChosenTokens = outcome.ChosenTokens,
            RejectedTokens = outcome.RejectedTokens,
            Texts = texts,
        };

    /// <summary>As in the file.</summary>
    public JsonObject ToJson()
    {
        var json = new JsonObject
        {
            ["when"] = When,
            ["row"] = Row,
            ["loss"] = JsonNumber.Of(Loss),
            ["weight"] = Weight,
            ["share"] = Share,
        };
        AddSide(json, "chosen", ChosenTokens, ChosenReward, ChosenMean);
        AddSide(json, "rejected", RejectedTokens, RejectedReward, RejectedMean);
        if (IsPair)
            json["rewards/margins"] = JsonNumber.Of(Margin);
        if (Texts is not null)
        {
            json["prompt"] = Texts.Prompt;
            json["chosen"] = Texts.Chosen;
            json["rejected"] = Texts.Rejected;
        }
        return json;
    }

    /// <summary>Reads a line.</summary>
    /// <param name="line">The line.</param>
    /// <param name="place">File and line, for messages.</param>
    /// <exception cref="SimperException">A field is missing or of the wrong kind.</exception>
    public static PairRecord Read(JsonObject line, string place) =>
        JsonLines.Field(
            place,
            () =>
                new PairRecord
                {
                    When = (string)line["when"]!,
                    Row = (int)line["row"]!,
                    Loss = Number(line["loss"]),
                    Weight = (double)line["weight"]!,
                    Share = (double?)line["share"] ?? 1,
                    ChosenReward = Number(line["rewards/chosen"]),
                    RejectedReward = Number(line["rewards/rejected"]),
                    ChosenMean = Number(line["logps/chosen_mean"]),
                    RejectedMean = Number(line["logps/rejected_mean"]),
                    ChosenTokens = (int?)line["completions/length_chosen"] ?? 0,
                    RejectedTokens = (int?)line["completions/length_rejected"] ?? 0,
                    Texts = line["prompt"] is { } prompt
                        ? new PairTexts((string)prompt!, (string?)line["chosen"], (string?)line["rejected"])
                        : null,
                }
        );

    private static void AddSide(JsonObject json, string side, int tokens, double reward, double meanLogProb)
    {
        if (tokens == 0)
            return;
        json["rewards/" + side] = JsonNumber.Of(reward);
        json[$"logps/{side}_mean"] = JsonNumber.Of(meanLogProb);
        json["completions/length_" + side] = tokens;
    }

    private static double Number(JsonNode? node) => node is null ? double.NaN : (double)node;
}
