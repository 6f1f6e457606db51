using Simper.Scoring;

namespace Simper.Objectives;

/// <summary>
/// Simple preference optimization (SimPO, Meng et al. 2024, eq. 6): the mean log-prob is the reward, with a target margin γ,
/// <code>L = -(1 - ε) log σ(βz) - ε log σ(-βz), z = m(chosen) - m(rejected) - γ/β.</code>
/// Defaults are those of the authors' code (β 2, γ/β 0.25, no NLL); TRL's are β 0.1, γ 0.5 and an NLL of weight 1, which is
/// not SimPO.
/// </summary>
public sealed record SimPo : ReferenceFreeObjective
{
    public static ObjectiveKind<SimPo> Kind { get; } =
        new(
            new SimPo(),
            [
                .. SharedKeys<SimPo>(),
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
            Trl = new SimPo
            {
                Beta = 0.1,
                Gamma = 0.5,
                NllWeight = 1,
            },
        };

    /// <summary>With β = 2, as in the authors' code.</summary>
    public SimPo() => Beta = 2;

    /// <summary>γ, the target margin (<c>simpo_gamma</c>; the authors give γ/β, <c>gamma_beta_ratio</c>).</summary>
    public double Gamma { get; init; } = 0.5;

    /// <summary>ε, the assumed share of wrong labels; below 0.5.</summary>
    public double LabelSmoothing { get; init; }

    public override string Name => "simpo";

    protected override bool Averages => true;

    protected override Column Loss(Column chosen, Column rejected) =>
        SmoothedLogistic(Beta * (chosen - rejected) - Gamma, LabelSmoothing);
}
