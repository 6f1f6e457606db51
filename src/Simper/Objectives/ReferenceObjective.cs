using Simper.Batching;
using Simper.Scoring;

namespace Simper.Objectives;

/// <summary>
/// A loss over log-ratios Δ = log π - log π_ref of summed log-probs: DPO and its successors. Rewards are β Δ, whatever the
/// loss does with Δ. A subclass defines the loss of a pair.
/// </summary>
public abstract record ReferenceObjective : Objective
{
    /// <summary>β, how far the policy may move from the reference; above 0.</summary>
    public double Beta { get; init; } = 0.1;

    /// <summary>The function applied to Δ first (<c>f_divergence_type</c>).</summary>
    public FDivergence Divergence { get; init; }

    /// <summary>α of <see cref="FDivergence.Alpha"/> (<c>f_alpha_divergence_coef</c>).</summary>
    public double DivergenceAlpha { get; init; } = 0.5;

    /// <summary>
    /// Whether pairs are weighted by how likely such answers are under the policy itself (WPO, Zhou et al. 2024;
    /// <c>use_weighting</c>).
    /// </summary>
    public bool UseWeighting { get; init; }

    /// <summary>
    /// The weight of tokens beyond the shorter answer's length (LD-DPO, Liu et al. 2024; <c>ld_alpha</c>): 0 to 1.
    /// </summary>
    public double LengthDesensitization { get; init; } = 1;

    public sealed override bool NeedsReference => true;

    // Its terms separate, but WPO's weight is a product over both answers, and LD-DPO's tail begins where the other answer ends.
    public override bool IsSeparable => HasSeparableLoss && !UseWeighting && LengthDesensitization == 1;

    public sealed override ScoreNeeds Needs =>
        ScoreNeeds.Sums with
        {
            TailWeight = LengthDesensitization,
            Confidence = UseWeighting,
        };

    public override string? Fault =>
        Divergence != FDivergence.ReverseKl && !TakesDivergence
            ? $"loss_type {Name} is defined for f_divergence_type reverse_kl alone"
            : null;

    /// <summary>Whether the loss is a sum of one term per answer.</summary>
    protected virtual bool HasSeparableLoss => false;

    /// <summary>Whether a divergence other than the reverse KL makes sense.</summary>
    protected virtual bool TakesDivergence => true;

    public sealed override PairLoss Evaluate(PairScores scores)
    {
        Column ratios = scores.LogRatios;
        Column score = Divergence.Score(ratios, DivergenceAlpha);
        Column loss = Loss(scores, scores.Chosen(score), scores.Rejected(score));
        if (UseWeighting)
            loss = loss * (scores.Chosen(scores.Confidences) + scores.Rejected(scores.Confidences)).Exp();
        return new PairLoss(loss, Beta * ratios);
    }

    /// <summary>The loss of every pair [P].</summary>
    /// <param name="scores">The pairs.</param>
    /// <param name="chosen">f(Δ) of the chosen answers [P].</param>
    /// <param name="rejected">f(Δ) of the rejected answers [P].</param>
    protected abstract Column Loss(PairScores scores, Column chosen, Column rejected);

    /// <summary>The keys common to all subclasses.</summary>
    internal static IReadOnlyList<Hyperparameter<T>> SharedKeys<T>()
        where T : ReferenceObjective =>
        [
            new("beta", (o, v) => o with { Beta = v!.Value }, o => o.Beta)
            {
                Meaning = "scale of the margin between the answers",
                Low = 1e-6,
            },
            new("f_divergence_type", (o, v) => o with { Divergence = (FDivergence)v!.Value }, o => (double)o.Divergence)
            {
                Meaning = "divergence from the reference",
                Words = FDivergences.Words,
            },
            new("f_alpha_divergence_coef", (o, v) => o with { DivergenceAlpha = v!.Value }, o => o.DivergenceAlpha)
            {
                Meaning = "order of the alpha-divergence",
                Low = -100,
                High = 100,
            },
            new("use_weighting", (o, v) => o with { UseWeighting = v != 0 }, o => o.UseWeighting ? 1 : 0)
            {
                Meaning = "whether pairs are weighted by how likely the policy finds them (WPO)",
                Words = ["false", "true"],
            },
            new("ld_alpha", (o, v) => o with { LengthDesensitization = v ?? 1 }, o => o.LengthDesensitization)
            {
                Meaning = "what tokens beyond the shorter answer's length count (LD-DPO)",
                High = 1,
                MayBeEmpty = true,
            },
        ];
}
