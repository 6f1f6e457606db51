namespace Simper.Analysis;

/// <summary>One Gaussian, fitted to a target by one objective.</summary>
/// <param name="Objective">What it minimises.</param>
/// <param name="Mean">Its mean, μ.</param>
/// <param name="Deviation">Its standard deviation, σ.</param>
/// <param name="Value">The objective's value there.</param>
/// <param name="TotalVariation">The total variation distance between target and fit, whichever objective was fitted.</param>
public sealed record ModeFit(FitObjective Objective, double Mean, double Deviation, double Value, double TotalVariation)
{
    /// <summary>The objective's display name.</summary>
    public string Name =>
        Objective switch
        {
            FitObjective.ForwardKl => "forward KL",
            FitObjective.ReverseKl => "reverse KL",
            FitObjective.TotalVariation => "total variation",
            FitObjective.SimPerSurrogate => "SimPER surrogate",
            _ => throw new InvalidOperationException($"{Objective} has no name."),
        };

    /// <summary>The fit's density at a point.</summary>
    public double Density(double x) => GaussianMixture.Gaussian(x, Mean, Deviation);
}
