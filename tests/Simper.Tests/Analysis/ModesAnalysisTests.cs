using Simper.Analysis;

namespace Simper.Tests.Analysis;

public class ModesAnalysisTests
{
    private static readonly Lazy<IReadOnlyList<ModesAnalysis>> All = new(ModesAnalysis.Run);

    private static ModeFit Of(int target, FitObjective objective) => All.Value[target].Fits.Single(f => f.Objective == objective);

    // μ and σ to the digits given; NaN where the optimum is flat and says nothing of them.
    [Theory]
    [InlineData(0, FitObjective.ForwardKl, -0.500, 2.427, 0.5012, 0.4263, 1e-3)]
    [InlineData(0, FitObjective.ReverseKl, -1.995, 0.808, 0.3550, 0.2994, 1e-3)]
    [InlineData(0, FitObjective.TotalVariation, -1.820, 1.114, 0.2931, 0.2931, 1e-2)]
    [InlineData(1, FitObjective.ForwardKl, 0.800, 2.586, 0.6942, 0.4533, 1e-3)]
    [InlineData(1, FitObjective.ReverseKl, 0.000, 1.000, 0.1054, 0.1000, 1e-3)]
    [InlineData(1, FitObjective.TotalVariation, double.NaN, double.NaN, 0.1000, 0.1000, 0)]
    public void Fits_are_those_of_another_program(
        int target,
        FitObjective objective,
        double mean,
        double deviation,
        double value,
        double totalVariation,
        double tolerance
    )
    {
        ModeFit fit = Of(target, objective);
        Assert.Equal(value, fit.Value, 1e-4);
        Assert.Equal(totalVariation, fit.TotalVariation, 1e-4);
        if (double.IsNaN(mean))
            return;
        Assert.Equal(mean, fit.Mean, tolerance);
        Assert.Equal(deviation, fit.Deviation, tolerance);
    }

    [Fact]
    public void Forward_KL_takes_the_moments_of_the_target()
    {
        // Mean 0.7 · -2 + 0.3 · 3 = -0.5; variance 0.64 + 0.7 · 1.5² + 0.3 · 3.5² = 5.89.
        Assert.Equal(-0.5, Of(0, FitObjective.ForwardKl).Mean, 1e-3);
        Assert.Equal(Math.Sqrt(5.89), Of(0, FitObjective.ForwardKl).Deviation, 1e-3);
        foreach (ModesAnalysis analysis in All.Value)
        {
            Assert.Equal(analysis.Target.Mean, analysis.Fits[0].Mean, 1e-3);
            Assert.Equal(analysis.Target.Deviation, analysis.Fits[0].Deviation, 1e-3);
        }
    }

    [Fact]
    public void No_fit_is_nearer_in_total_variation_than_the_one_that_seeks_it()
    {
        foreach (ModesAnalysis analysis in All.Value)
        {
            double least = analysis.Fits.Single(f => f.Objective == FitObjective.TotalVariation).Value;
            Assert.All(
                analysis.Fits,
                f => Assert.True(f.TotalVariation >= least - 1e-6, $"{analysis.Name}: {f} lies nearer than {least}")
            );
        }
    }

    [Fact]
    public void The_surrogate_collapses_onto_the_highest_mode_as_far_as_it_may()
    {
        // ∫ N(x; m, s) N(x; μ, σ) dx = N(m; μ, √(s² + σ²)), so at μ = -2 about 0.7 / √(2π (0.64 + σ²)); the
        // second mode adds next to nothing.
        ModeFit wide = Of(0, FitObjective.SimPerSurrogate);
        ModeFit narrow = ModesAnalysis.Fit(ModesAnalysis.Targets[0].Target, FitObjective.SimPerSurrogate, surrogateFloor: 0.1);
        foreach ((double floor, ModeFit fit) in ((double, ModeFit)[])[(ModesAnalysis.SurrogateFloor, wide), (0.1, narrow)])
        {
            Assert.Equal(floor, fit.Deviation, 1e-9);
            Assert.Equal(-2, fit.Mean, 1e-2);
            Assert.Equal(-0.7 / Math.Sqrt(2 * Math.PI * (0.64 + floor * floor)), fit.Value, 1e-4);
        }
        // The better the surrogate, the further away, at last further than forward KL.
        Assert.True(
            narrow.Value < wide.Value
                && narrow.TotalVariation > wide.TotalVariation
                && narrow.TotalVariation > Of(0, FitObjective.ForwardKl).TotalVariation
        );
    }

    [Fact]
    public void What_is_fitted_is_written()
    {
        var json = All.Value[1].ToJson();
        Assert.Equal("outliers", (string?)json["target"]);
        Assert.Equal(4, json["fits"]!.AsArray().Count);
        Assert.Equal("reverse KL", (string?)json["fits"]![1]!["objective"]);
        Assert.Equal(0.1054, (double)json["fits"]![1]!["value"]!, 1e-4);
        Assert.Equal(8, (double)json["components"]![1]!["mean"]!);
    }
}
