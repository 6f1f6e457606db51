using Simper.Scoring;

namespace Simper.Objectives;

/// <summary>
/// Identity preference optimization (Azar et al. 2023, eq. 17; TRL's <c>ipo</c>, which divides by length):
/// <code>L = (f(Δ(chosen)) / |chosen| - f(Δ(rejected)) / |rejected| - 1 / (2β))².</code>
/// The paper's form, with sums, is <see cref="Averages"/> = false; its τ is β.
/// </summary>
public sealed record Ipo : ReferenceObjective
{
    public static ObjectiveKind<Ipo> Kind { get; } =
        new(
            new Ipo(),
            [
                .. SharedKeys<Ipo>(),
                new("ipo_average", (o, v) => o with { Averages = v != 0 }, o => o.Averages ? 1 : 0)
                {
                    Meaning = "whether log-probs are means over the tokens",
                    Words = ["false", "true"],
                },
            ]
        );

    /// <summary>Whether log-ratios are divided by the answers' lengths, as the authors later advised and TRL does.</summary>
    public bool Averages { get; init; } = true;

    public override string Name => "ipo";

    protected override Column Loss(PairScores scores, Column chosen, Column rejected) =>
        Averages
            ? (chosen / scores.ChosenTokens - rejected / scores.RejectedTokens - 1 / (2 * Beta)).Square()
            : (chosen - rejected - 1 / (2 * Beta)).Square();
}
