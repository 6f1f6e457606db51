using System.Text.Json.Nodes;
using Simper.Evaluation;

namespace Simper.Analysis;

/// <summary>
/// The chosen or the rejected answers of a data set, measured on one model, and on an earlier one where there is one to compare
/// with.
/// </summary>
/// <param name="Name">"chosen" or "rejected".</param>
/// <param name="Answers">At least one.</param>
/// <param name="Before">The same answers under the other model; null where there is none.</param>
public sealed record VariationSide(string Name, IReadOnlyList<AnswerVariation> Answers, IReadOnlyList<AnswerVariation>? Before)
{
    /// <summary>The figures averaged over answers: label, key in files, and value.</summary>
    public static IReadOnlyList<(string Name, string Key, Func<AnswerVariation, double> Of)> Figures { get; } =
    [
        ("mean over tokens of TV(δ, π)", "mean_of_tokens", a => a.MeanOfTokens),
        ("SimPER's bound of it, 1 - exp(mean log π)", "bound", a => a.Bound),
        ("whole answer, 1 - π(y)", "of_sequence", a => a.OfSequence),
    ];

    /// <summary>Answers whose bound is below what it bounds by more than rounding: none, if the arithmetic is right.</summary>
    public int Violations => Answers.Concat(Before ?? []).Count(a => a.Slack < -1e-9);

    /// <summary>The sides that a data set has: answers of weight 0 belong to neither.</summary>
    /// <param name="answers">Measured under the model.</param>
    /// <param name="before">Measured under the model it is compared with, in the same order.</param>
    public static IReadOnlyList<VariationSide> Of(IReadOnlyList<AnswerVariation> answers, IReadOnlyList<AnswerVariation>? before)
    {
        VariationSide chosen = new(
            "chosen",
            [.. answers.Where(a => a.Weight > 0)],
            before is null ? null : [.. before.Where(a => a.Weight > 0)]
        );
        VariationSide rejected = new(
            "rejected",
            [.. answers.Where(a => a.Weight < 0)],
            before is null ? null : [.. before.Where(a => a.Weight < 0)]
        );
        return [.. new[] { chosen, rejected }.Where(s => s.Answers.Count > 0)];
    }

    /// <summary>The mean of a figure with its 95 % interval.</summary>
    public static (double Mean, Interval Interval) MeanOf(
        IReadOnlyList<AnswerVariation> answers,
        Func<AnswerVariation, double> figure
    )
    {
        double[] values = [.. answers.Select(figure)];
        return (values.Average(), Interval.OfMean(values));
    }

    /// <summary>The change of a figure, answer by answer; null where there is nothing to compare with.</summary>
    public PairedDifference? ChangeOf(Func<AnswerVariation, double> figure) =>
        Before is null ? null : PairedDifference.Of([.. Before.Select(figure)], [.. Answers.Select(figure)]);

    /// <summary>As in tvd.json.</summary>
    public JsonObject ToJson()
    {
        var json = new JsonObject { ["answers"] = Answers.Count, ["violations"] = Violations };
        foreach ((_, string key, Func<AnswerVariation, double> figure) in Figures)
        {
            JsonObject said = Said(MeanOf(Answers, figure));
            if (Before is not null)
                said["before"] = Said(MeanOf(Before, figure));
            if (ChangeOf(figure) is { } change)
            {
                said["change"] = change.Mean;
                said["change_interval"] = new JsonArray(JsonNumber.Of(change.Interval.Low), JsonNumber.Of(change.Interval.High));
                said["sign_test_p"] = change.PValue;
                said["detectable_change"] = change.Detectable;
            }
            json[key] = said;
        }
        return json;
    }

    private static JsonObject Said((double Mean, Interval Interval) found) =>
        new()
        {
            ["mean"] = found.Mean,
            ["interval"] = new JsonArray(JsonNumber.Of(found.Interval.Low), JsonNumber.Of(found.Interval.High)),
        };
}
