using CsCheck;
using Simper.Analysis;

namespace Simper.Tests.Analysis;

public class SurrogateExampleTests
{
    private static SurrogateExample Of(string policy) => SurrogateExample.All.Single(e => e.Policy == policy);

    [Fact]
    public void The_surrogate_prefers_the_mode_to_the_truth()
    {
        // 1 - (0.16 + 0.1225 + 0.0625) = 0.655 at π = p; 1 - 0.4 at the mode, which lies 0.35 + 0.25 away.
        SurrogateExample truth = Of("π = p");
        SurrogateExample mode = Of("point mass on the mode");
        Assert.Equal((0.655, 0.0, 0.0), (Math.Round(truth.Surrogate, 12), truth.Distance, truth.ForwardKl));
        Assert.Equal(
            (0.6, 0.6, double.PositiveInfinity),
            (Math.Round(mode.Surrogate, 12), Math.Round(mode.Distance, 12), mode.ForwardKl)
        );
        Assert.All(SurrogateExample.All, e => Assert.Equal(1, e.Probabilities.Sum(), 12));
    }

    [Fact]
    public void It_bounds_the_distance_and_is_least_at_the_mode() =>
        Gen.Double[0.001, 1]
            .Array[3]
            .Sample(weights =>
            {
                var policy = new SurrogateExample("any", Array.ConvertAll(weights, w => w / weights.Sum()));
                return policy.Surrogate >= policy.Distance - 1e-12
                    && policy.Surrogate >= Of("point mass on the mode").Surrogate - 1e-12;
            });
}
