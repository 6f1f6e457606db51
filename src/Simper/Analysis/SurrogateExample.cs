namespace Simper.Analysis;

/// <summary>
/// Three answers, on which minimising SimPER's surrogate 1 - E_p[π] and minimising the total variation diverge. The surrogate is
/// an upper bound of the distance, TV(p, π) ≤ E_{y~p} TV(δ_y, π) = 1 - E_p[π(y)], but it is linear in π: its minimum is at
/// a corner, not at π = p.
/// </summary>
/// <param name="Policy">Label of π.</param>
/// <param name="Probabilities">π.</param>
public sealed record SurrogateExample(string Policy, IReadOnlyList<double> Probabilities)
{
    /// <summary>p, the distribution of chosen answers.</summary>
    public static IReadOnlyList<double> Chosen { get; } = [0.4, 0.35, 0.25];

    /// <summary>
    /// The policy equal to p, the uniform one, one in between, and the point mass on the most frequent answer.
    /// </summary>
    public static IReadOnlyList<SurrogateExample> All { get; } =
    [
        new("π = p", Chosen),
        new("uniform", [1 / 3.0, 1 / 3.0, 1 / 3.0]),
        new("half way", [.. Chosen.Select((p, i) => 0.5 * p + (i == 0 ? 0.5 : 0))]),
        new("point mass on the mode", [1, 0, 0]),
    ];

    /// <summary>The resulting distances.</summary>
    public const string Conclusion =
        "The surrogate bounds the total variation from above, but is least where all mass lies on the most frequent "
        + "chosen answer, not where the policy equals "
        + "the distribution of chosen answers: with enough capacity SimPER's chosen term collapses to the mode, and "
        + "\"minimises total variation\" holds for the bound alone.";

    /// <summary>1 - E_p[π].</summary>
    public double Surrogate => 1 - Chosen.Zip(Probabilities, (p, q) => p * q).Sum();

    /// <summary>TV(p, π).</summary>
    public double Distance => TotalVariation.Distance([.. Chosen], [.. Probabilities]);

    /// <summary>KL(p ‖ π); infinite where π gives no probability to an answer that p has.</summary>
    public double ForwardKl => Chosen.Zip(Probabilities, (p, q) => p * Math.Log(p / q)).Sum();
}
