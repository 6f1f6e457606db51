using Simper.Reports;

namespace Simper.Tests.Reports;

public class ThinningTests
{
    [Fact]
    public void A_long_curve_keeps_its_ends_and_its_spike()
    {
        double[] x = [.. Enumerable.Range(0, 50_000).Select(i => (double)i)];
        double[] y = [.. x.Select(v => Math.Sin(v / 3000))];
        y[31_234] = 17;
        y[40_000] = double.NaN;
        (double[] thinX, double[] thinY) = Thinning.Extremes(x, y);
        Assert.InRange(thinX.Length, 300, Thinning.Points + 2);
        Assert.Equal((0, 49_999), (thinX[0], thinX[^1]));
        Assert.Equal(31_234, thinX[Array.IndexOf(thinY, 17)]);
        Assert.Equal(thinX.Order(), thinX);
        Assert.All(thinX.Zip(thinY), p => Assert.Equal(y[(int)p.First], p.Second));
    }

    [Fact]
    public void A_short_curve_stays_as_it_is()
    {
        (double[] x, double[] y) = Thinning.Extremes([1, 2], [3, double.NaN]);
        Assert.Equal([1, 2], x);
        Assert.Equal([3, double.NaN], y);
    }

    [Fact]
    public void A_running_mean_is_the_mean_of_what_is_a_number_in_its_window() =>
        Assert.Equal([1.5, 1.5, 3, 4.5, 4.5], Thinning.Smoothed([1, 2, double.NaN, 4, 5], 2));
}
