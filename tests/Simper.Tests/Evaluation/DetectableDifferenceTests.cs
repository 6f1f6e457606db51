using MathNet.Numerics.Distributions;
using Simper.Evaluation;

namespace Simper.Tests.Evaluation;

public class DetectableDifferenceTests
{
    [Fact]
    public void Quoted_sizes_of_evaluations_come_out()
    {
        Assert.Equal(0.140, DetectableDifference.OfShare(100), 3); // 2.8 · 0.5 / 10
        Assert.Equal(0.0443, DetectableDifference.OfShare(1000), 4);
        Assert.Equal(0.1981, DetectableDifference.OfTwoShares(100), 4); // 2.8 · 0.7071 / 10
        Assert.Equal(0.5603, DetectableDifference.OfMean(2, 100), 4);
    }

    [Fact]
    public void It_is_found_four_times_in_five()
    {
        var random = new Random(7);
        const int pairs = 50;
        const int trials = 4000;
        double truth = DetectableDifference.OfMean(1, pairs);
        int found = 0;
        for (int t = 0; t < trials; t++)
        {
            double mean = Normal.Samples(random, truth, 1).Take(pairs).Average();
            found += Math.Abs(mean) * Math.Sqrt(pairs) > 1.959964 ? 1 : 0;
        }
        Assert.InRange(found / (double)trials, 0.78, 0.82);
    }
}
