using System.Text.Json.Nodes;
using Simper.Objectives;

namespace Simper.Analysis;

/// <summary>
/// What an objective does with one pair: its pull on each answer, and the resulting gradient of the weights. Immutable.
/// </summary>
/// <param name="Outcome">The objective's loss and its gradients with respect to the two log-probs (the coefficients).</param>
/// <param name="Directions">The gradients of the log-probs themselves.</param>
public sealed record PairGradient(PairOutcome Outcome, PairDirections Directions)
{
    /// <summary>The gradient of the pair as a step of its own.</summary>
    public static PairGradient Of(Objective objective, PairDirections directions) =>
        new(PairLogProbs.Differentiate(objective, directions.LogProbs)[0], directions);

    /// <summary>|dL / d log π(chosen)|.</summary>
    public double ChosenCoefficient => Math.Abs(Outcome.ChosenGradient);

    /// <summary>|dL / d log π(rejected)|.</summary>
    public double RejectedCoefficient => Math.Abs(Outcome.RejectedGradient);

    /// <summary>
    /// The rejected coefficient divided by the chosen one; NaN where both are 0, such as beyond the margin of a hinge.
    /// </summary>
    public double Ratio => RejectedCoefficient / ChosenCoefficient;

    /// <summary>Norm of the chosen term in the gradient of the weights.</summary>
    public double ChosenNorm => ChosenCoefficient * Directions.ChosenLength;

    /// <summary>Norm of the rejected term.</summary>
    public double RejectedNorm => RejectedCoefficient * Directions.RejectedLength;

    /// <summary>Cosine between the two terms: below 0 they partly cancel; NaN where one is 0.</summary>
    public double Cosine =>
        Math.Sign(Outcome.ChosenGradient) * Math.Sign(Outcome.RejectedGradient) is var sign and not 0
            ? sign * Directions.Cosine
            : double.NaN;

    /// <summary>Norm of the whole gradient.</summary>
    public double Norm =>
        Math.Sqrt(
            Math.Max(
                0, // rounding may go below 0 where the terms cancel
                ChosenNorm * ChosenNorm
                    + RejectedNorm * RejectedNorm
                    + 2 * Outcome.ChosenGradient * Outcome.RejectedGradient * Directions.Product
            )
        );

    /// <summary>As written to files; NaN becomes null.</summary>
    public JsonObject ToJson() =>
        new()
        {
            ["row"] = Outcome.Row,
            ["loss"] = JsonNumber.Of(Outcome.Loss),
            ["chosen"] = Side(Outcome.ChosenTokens, Outcome.ChosenMean, Outcome.ChosenGradient, ChosenNorm),
            ["rejected"] = Side(Outcome.RejectedTokens, Outcome.RejectedMean, Outcome.RejectedGradient, RejectedNorm),
            ["ratio"] = JsonNumber.Of(Ratio),
            ["cosine"] = JsonNumber.Of(Cosine),
            ["norm"] = JsonNumber.Of(Norm),
        };

    private static JsonObject Side(int tokens, double mean, double coefficient, double norm) =>
        new()
        {
            ["tokens"] = tokens,
            ["mean_log_prob"] = mean,
            ["coefficient"] = JsonNumber.Of(coefficient),
            ["coefficient_of_mean"] = JsonNumber.Of(coefficient * tokens), // dL / d mean log-prob
            ["norm"] = JsonNumber.Of(norm),
        };
}
