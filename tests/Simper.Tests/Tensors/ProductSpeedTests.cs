using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Tests.Tensors;

/// <summary>What is asked for is measured, and no more than there is time for.</summary>
public sealed class ProductSpeedTests
{
    [Fact]
    public void Every_type_gets_a_speed_even_where_no_time_is_given()
    {
        double[] speeds = ProductSpeed.Measure(
            [(8, 8, 8), (16, 16, 16)],
            seconds: 0,
            ScalarType.Float32,
            ScalarType.BFloat16,
            ScalarType.Float64
        );
        Assert.Equal(3, speeds.Length);
        Assert.All(speeds, s => Assert.True(double.IsFinite(s) && s > 0));
        Assert.True(ProductSpeed.MeasureOneCore([(8, 8, 8)], seconds: 0, ScalarType.BFloat16)[0] > 0);
    }

    [Fact]
    public void A_product_that_would_take_longer_than_is_left_is_not_begun()
    {
        // The second would take terabytes.
        Assert.True(ProductSpeed.Measure([(64, 64, 64), (1 << 22, 1 << 20, 1 << 10)], seconds: 0.01, ScalarType.Float32)[0] > 0);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(64)]
    [InlineData(5000)]
    public void A_probe_measures_narrow_and_wide_models(int width)
    {
        int threads = get_num_threads();
        PrecisionProbe probe = PrecisionProbe.Measure(width);
        Assert.True(probe.Float32 > 0 && probe.BFloat16 > 0);
        Assert.Same(probe, PrecisionProbe.Measure(width));
        Assert.Equal(threads, get_num_threads());
    }

    [Theory]
    [InlineData(100, 126, "bfloat16")]
    [InlineData(100, 124, "float32")]
    [InlineData(100, 1, "float32")]
    public void The_faster_type_is_bfloat16_where_it_gains_a_quarter(double float32, double bfloat16, string faster) =>
        Assert.Equal(faster, new PrecisionProbe(float32, bfloat16).Faster.Name);
}
