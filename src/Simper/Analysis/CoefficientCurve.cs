using Simper.Objectives;

namespace Simper.Analysis;

/// <summary>
/// How hard an objective pushes a rejected answer down as the answer becomes unlikely, all else held fixed: answers of 100
/// tokens, the chosen one at a mean log-prob of -1, the reference at -1 for both. No model is involved. Immutable.
/// </summary>
/// <param name="Name">The objective, as the user wrote it.</param>
/// <param name="Objective">The objective itself.</param>
/// <param name="Points">The pair at each mean log-prob of the rejected answer, and the objective's outcome for it.</param>
public sealed record CoefficientCurve(
    string Name,
    Objective Objective,
    IReadOnlyList<(PairLogProbs Pair, PairOutcome Outcome)> Points
)
{
    /// <summary>|y|.</summary>
    public const int Tokens = 100;

    /// <summary>Mean log-prob of the chosen answer, and of both answers under the reference.</summary>
    public const double Fixed = -1;

    /// <summary>The mean log-probs that are tabulated.</summary>
    public static IReadOnlyList<double> TableMeans { get; } = [-0.5, -1, -2, -4, -8];

    /// <summary>One objective at the mean log-probs given.</summary>
    public static CoefficientCurve Of(string name, Objective objective, IReadOnlyList<double> rejectedMeans) =>
        new(
            name,
            objective,
            [
                .. rejectedMeans
                    .Select(mean => new PairLogProbs(
                        0,
                        Tokens * Fixed,
                        Tokens * mean,
                        Tokens,
                        Tokens,
                        Tokens * Fixed,
                        Tokens * Fixed
                    ))
                    .Select(pair => (pair, PairLogProbs.Differentiate(objective, pair)[0])),
            ]
        );

    /// <summary>
    /// The largest relative difference of <see cref="CoefficientFormula"/> from autograd; null where there is no formula.
    /// </summary>
    public double? FormulaDistance =>
        CoefficientFormula.Of(Objective, Points[0].Pair) is null
            ? null
            : Points.Max(p =>
                CoefficientFormula.Of(Objective, p.Pair) is { } formula
                    ? Math.Abs(formula.Rejected / p.Outcome.RejectedGradient - 1)
                    : 0
            );
}
