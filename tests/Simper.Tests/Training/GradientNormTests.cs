using Simper.Training;

namespace Simper.Tests.Training;

public class GradientNormTests
{
    [Theory]
    [InlineData(0.5, 1, 1)] // below the limit nothing is scaled
    [InlineData(4, 1, 1 / (4 + 1e-6))]
    [InlineData(4, 0.25, 0.25 / (4 + 1e-6))]
    [InlineData(0, 1, 1)]
    public void Gradients_are_scaled_down_to_the_limit_and_never_up(double norm, double limit, double factor) =>
        Assert.Equal(factor, GradientNorm.ClipFactor(norm, limit), 1e-15);
}
