using System.Runtime.Intrinsics;
using Simper.Kernels.Cpu;

namespace Simper.Tests.Kernels;

public class LogisticTests
{
    [Fact]
    public void Tanh_of_floats_is_within_two_units_in_the_last_place()
    {
        (double worst, float where) = (0, 0);
        for (float x = 1e-4f; x < 11; x *= 1.00003f)
        {
            double truth = Math.Tanh(x);
            double unit = MathF.BitIncrement((float)truth) - (float)truth;
            double distance = Math.Abs(Logistic.Tanh(Vector512.Create(x))[0] - truth) / unit;
            if (distance > worst)
                (worst, where) = (distance, x);
        }
        Assert.True(worst < 2, $"{worst} units at {where}");
    }

    [Fact]
    public void Tanh_of_doubles_is_within_1e_15_of_it()
    {
        (double worst, double where) = (0, 0);
        for (double x = 1e-6; x < 22; x *= 1.0001)
        {
            double truth = Math.Tanh(x);
            double distance = Math.Abs(Logistic.Tanh(Vector512.Create(x))[0] - truth) / truth;
            if (distance > worst)
                (worst, where) = (distance, x);
        }
        Assert.True(worst < 1e-15, $"{worst} at {where}");
    }

    [Theory]
    [InlineData(-0f)]
    [InlineData(1e-30f)]
    [InlineData(-1e-20f)]
    [InlineData(12f)]
    [InlineData(-90f)]
    [InlineData(3e38f)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    [InlineData(float.NaN)]
    public void Tanh_is_right_at_its_ends_and_near_zero(float x)
    {
        Assert.Equal(MathF.Tanh(x), Logistic.Tanh(Vector512.Create(x))[7]);
        Assert.Equal(Math.Tanh(x), Logistic.Tanh(Vector512.Create((double)x))[3], 15);
        Assert.Equal(float.IsNegative(x), float.IsNegative(Logistic.Tanh(Vector512.Create(x))[7]));
    }

    [Fact]
    public void Tanh_is_odd_to_the_bit()
    {
        for (float x = 1e-3f; x < 12; x *= 1.01f)
        {
            Assert.Equal(-Logistic.Tanh(Vector512.Create(x))[0], Logistic.Tanh(Vector512.Create(-x))[0]);
            Assert.Equal(-Logistic.Tanh(Vector512.Create((double)x))[0], Logistic.Tanh(Vector512.Create(-(double)x))[0]);
        }
    }
}
