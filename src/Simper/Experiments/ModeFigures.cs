using Simper.Analysis;
using Simper.Reports;

namespace Simper.Experiments;

/// <summary>Plots of <see cref="ModesAnalysis"/>.</summary>
public static class ModeFigures
{
    /// <summary>Each plot with its name.</summary>
    public static IEnumerable<(string Name, Figure Figure)> Of(IEnumerable<ModesAnalysis> analyses) =>
        analyses.Select(a => ($"modes-{a.Name.Replace(' ', '-')}", Of(a)));

    /// <summary>The target and what was fitted to it.</summary>
    public static Figure Of(ModesAnalysis analysis)
    {
        // Up to where there is visible mass.
        double low = analysis.Target.Components.Min(c => c.Mean - 4.5 * c.Deviation);
        double high = analysis.Target.Components.Max(c => c.Mean + 4.5 * c.Deviation);
        double[] x = [.. Enumerable.Range(0, 501).Select(i => low + (high - low) * i / 500)];
        double[] target = Array.ConvertAll(x, analysis.Target.Density);
        return new Figure
        {
            Title = $"One Gaussian for {analysis.Target}",
            XLabel = "x",
            YLabel = "density",
            Width = 760,
            Curves =
            [
                new Curve("target", x, target)
                {
                    Colour = 6,
                    Low = new double[x.Length],
                    High = target,
                }, // filled
                .. analysis.Fits.Select((fit, i) => new Curve(fit.Name, x, [.. x.Select(fit.Density)]) { Colour = i }),
            ],
        };
    }
}
