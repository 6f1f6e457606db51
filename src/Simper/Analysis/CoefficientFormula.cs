using Simper.Objectives;

namespace Simper.Analysis;

/// <summary>
/// dL / d log π(y) of a pair's two answers, written out for the three objectives that the paper compares (section 3.3):
/// <code>
/// SimPER  ∓ p(y) / |y|,  p = exp(mean log-prob)
/// DPO     ∓ β w,         w = σ(β Δ(rejected) - β Δ(chosen))
/// SimPO   ∓ β d / |y|,   d = σ(β m(rejected) - β m(chosen) + γ)
/// </code>
/// with - for the chosen answer.
/// </summary>
public static class CoefficientFormula
{
    /// <summary>The two coefficients; null for other objectives, and for settings that change the formula.</summary>
    public static (double Chosen, double Rejected)? Of(Objective objective, PairLogProbs pair) =>
        objective switch
        {
            SimPer => (-Math.Exp(pair.ChosenMean) / pair.ChosenTokens, Math.Exp(pair.RejectedMean) / pair.RejectedTokens),
            Dpo { Divergence: FDivergence.ReverseKl, UseWeighting: false, LengthDesensitization: 1 } dpo => Scaled(
                dpo.Beta
                    * Sigmoid(
                        dpo.Beta * (pair.RejectedSum - pair.ReferenceRejectedSum - (pair.ChosenSum - pair.ReferenceChosenSum))
                    ),
                1,
                1
            ),
            SimPo { LabelSmoothing: 0, NllWeight: 0, RewardAlpha: 0 } simPo => Scaled(
                simPo.Beta * Sigmoid(simPo.Beta * (pair.RejectedMean - pair.ChosenMean) + simPo.Gamma),
                pair.ChosenTokens,
                pair.RejectedTokens
            ),
            _ => null,
        };

    private static (double, double) Scaled(double weight, double chosenLength, double rejectedLength) =>
        (-weight / chosenLength, weight / rejectedLength);

    // Both branches stay accurate far from 0.
    private static double Sigmoid(double x) => x < 0 ? Math.Exp(x) / (1 + Math.Exp(x)) : 1 / (1 + Math.Exp(-x));
}
