using Simper.Scoring;

namespace Simper.Objectives;

/// <summary>
/// AlphaPO (Gupta et al. 2025): SimPO with the reward (1 - p^-α) / α in place of log p, p = exp(mean log-prob),
/// <code>L = -log σ(β (r(chosen) - r(rejected)) - γ).</code>
/// SimPER is its limit for β → 0 at α = -1, γ = 0: (2/β) (L - log 2) → -p(chosen) + p(rejected). TRL's default α is 0,
/// which is SimPO.
/// </summary>
public sealed record AlphaPo : ReferenceFreeObjective
{
    public static ObjectiveKind<AlphaPo> Kind { get; } =
        new(
            new AlphaPo(),
            [
                .. SharedKeys<AlphaPo>(),
                new("simpo_gamma", (o, v) => o with { Gamma = v!.Value }, o => o.Gamma)
                {
                    Meaning = "margin that is asked for",
                    IsOfCpoTrainer = true,
                    Ratio = new("gamma_beta_ratio", To: "beta"),
                },
                new("label_smoothing", (o, v) => o with { LabelSmoothing = v!.Value }, o => o.LabelSmoothing)
                {
                    Meaning = "share of the labels taken to be wrong",
                    High = 0.499999,
                },
            ]
        )
        {
            Trl = new AlphaPo { Beta = 0.1, RewardAlpha = 0 },
        };

    /// <summary>With α = 0.25 and β = 2.5, as a start: the authors search both for each model.</summary>
    public AlphaPo() => (RewardAlpha, Beta) = (0.25, 2.5);

    /// <summary>γ, the target margin (<c>simpo_gamma</c>; the authors give γ/β, <c>gamma_beta_ratio</c>).</summary>
    public double Gamma { get; init; } = 0.5;

    /// <summary>ε, the assumed share of wrong labels; below 0.5.</summary>
    public double LabelSmoothing { get; init; }

    public override string Name => "alphapo";

    protected override bool Averages => true;

    protected override Column Loss(Column chosen, Column rejected) =>
        SmoothedLogistic(Beta * (chosen - rejected) - Gamma, LabelSmoothing);
}
