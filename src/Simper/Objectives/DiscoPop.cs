using Simper.Scoring;

namespace Simper.Objectives;

/// <summary>
/// DiscoPOP, the log-ratio modulated loss that a language model discovered (Lu et al. 2024; TRL's <c>discopop</c>):
/// <code>L = -log σ(l) (1 - g) + e^-l g, l = βδ, g = σ(l / τ), δ = f(Δ(chosen)) - f(Δ(rejected)).</code>
/// </summary>
public sealed record DiscoPop : ReferenceObjective
{
    public static ObjectiveKind<DiscoPop> Kind { get; } =
        new(
            new DiscoPop(),
            [
                .. SharedKeys<DiscoPop>(),
                new("discopop_tau", (o, v) => o with { Tau = v!.Value }, o => o.Tau)
                {
                    Meaning = "temperature of the gate between its two losses",
                    Low = 1e-6,
                },
            ]
        );

    /// <summary>τ, how sharply the loss changes from the logistic to the exponential one (<c>discopop_tau</c>).</summary>
    public double Tau { get; init; } = 0.05;

    public override string Name => "discopop";

    protected override Column Loss(PairScores scores, Column chosen, Column rejected)
    {
        Column logit = Beta * (chosen - rejected);
        Column gate = (logit / Tau).Sigmoid();
        return -LogSigmoid(logit) * (1 - gate) + (-logit).Exp() * gate;
    }
}
