using System.Text.Json.Nodes;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.Optimization;

namespace Simper.Analysis;

/// <summary>
/// Figure 2 of the SimPER paper: which modes of a target a model fits when it cannot fit them all. One Gaussian is fitted to a
/// mixture by forward KL, reverse KL, total variation, and by SimPER's loss, a surrogate. The mixtures are our own, not the
/// paper's. Immutable.
/// </summary>
/// <param name="Name">The target's name.</param>
/// <param name="Target">What is fitted to.</param>
/// <param name="Fits">One fit per objective.</param>
public sealed record ModesAnalysis(string Name, GaussianMixture Target, IReadOnlyList<ModeFit> Fits)
{
    /// <summary>
    /// The floor of the surrogate fit's standard deviation, where that fit always ends: that of the narrowest mode in the
    /// targets.
    /// </summary>
    public const double SurrogateFloor = 0.5;

    /// <summary>
    /// Two modes of equal width, one of them more frequent; and a narrow cluster of outliers far from the bulk.
    /// </summary>
    public static IReadOnlyList<(string Name, GaussianMixture Target)> Targets { get; } =
    [
        ("two modes", new GaussianMixture((0.7, -2, 0.8), (0.3, 3, 0.8))),
        ("outliers", new GaussianMixture((0.9, 0, 1), (0.1, 8, 0.5))),
    ];

    /// <summary>Fits every target by every objective; a few seconds.</summary>
    public static IReadOnlyList<ModesAnalysis> Run() => [.. Targets.Select(t => Of(t.Name, t.Target))];

    /// <summary>Fits a target, whose mass must be between -15 and 15, by every objective.</summary>
    public static ModesAnalysis Of(string name, GaussianMixture target)
    {
        FitObjective[] objectives = Enum.GetValues<FitObjective>();
        return new ModesAnalysis(name, target, [.. objectives.AsParallel().AsOrdered().Select(o => Fit(target, o))]);
    }

    /// <summary>
    /// The best of Nelder-Mead descents from 13 means and 4 deviations: the objectives have several minima, one per mode.
    /// </summary>
    /// <param name="target">The target.</param>
    /// <param name="objective">What is minimised.</param>
    /// <param name="surrogateFloor">The floor of the surrogate fit's standard deviation.</param>
    public static ModeFit Fit(GaussianMixture target, FitObjective objective, double surrogateFloor = SurrogateFloor)
    {
        var grid = new DensityGrid(target);
        // A Gaussian much narrower than the grid's spacing would fall between its points.
        double floor = objective == FitObjective.SimPerSurrogate ? surrogateFloor : DensityGrid.Spacing;
        IObjectiveFunction value = ObjectiveFunction.Value(v => grid.Value(objective, v[0], Deviation(v, floor)));
        Vector<double> step = Vector<double>.Build.Dense([0.5, 0.5]);
        MinimizationResult best = Starts()
            .Select(start => NelderMeadSimplex.Minimum(value, start, step, convergenceTolerance: 1e-9, maximumIterations: 2000))
            .MinBy(result => result.FunctionInfoAtMinimum.Value)!;
        (double mean, double deviation) = (best.MinimizingPoint[0], Deviation(best.MinimizingPoint, floor));
        return new ModeFit(
            objective,
            mean,
            deviation,
            grid.Value(objective, mean, deviation),
            grid.Value(FitObjective.TotalVariation, mean, deviation)
        );
    }

    /// <summary>As in modes.json, the targets included.</summary>
    public JsonObject ToJson() =>
        new()
        {
            ["target"] = Name,
            ["components"] = new JsonArray([
                .. Target.Components.Select(c => new JsonObject
                {
                    ["weight"] = c.Weight,
                    ["mean"] = c.Mean,
                    ["deviation"] = c.Deviation,
                }),
            ]),
            ["fits"] = new JsonArray([
                .. Fits.Select(f => new JsonObject
                {
                    ["objective"] = f.Name,
                    ["mean"] = f.Mean,
                    ["deviation"] = f.Deviation,
                    ["value"] = f.Value,
                    ["total_variation"] = f.TotalVariation,
                }),
            ]),
            ["surrogate_floor"] = SurrogateFloor,
        };

    // Searched in log space, which keeps it positive.
    private static double Deviation(Vector<double> point, double floor) => Math.Max(Math.Exp(point[1]), floor);

    private static IEnumerable<Vector<double>> Starts() =>
        from mean in Enumerable.Range(-6, 13)
        from deviation in (double[])[0.5, 1, 2, 4]
        select Vector<double>.Build.Dense([2.0 * mean, Math.Log(deviation)]);
}
