using Simper.Kernels;
using Simper.Models.Weights;
using Simper.Tensors;
using Simper.Tests.Toys;
using Simper.Training;
using static TorchSharp.torch;

namespace Simper.Tests.Training;

/// <summary>The optimizer against its rule, number by number.</summary>
public class AdamWTests
{
    [Fact]
    public void The_defaults_are_those_of_transformers()
    {
        using TensorWeight weight = Single(1);
        using var optimizer = new AdamW([weight.Parameter!]);
        Assert.Equal(
            (0.9, 0.999, 1e-8, 0, false),
            (optimizer.Beta1, optimizer.Beta2, optimizer.Epsilon, optimizer.WeightDecay, optimizer.DecaysVectors)
        );
        var settings = new AdamWSettings();
        Assert.Equal((0.9, 0.999, 1e-8, 0), (settings.Beta1, settings.Beta2, settings.Epsilon, settings.WeightDecay));
        Assert.Throws<ArgumentException>(() => new AdamW([]));
    }

    [Fact]
    public void Moments_are_running_means_without_the_bias_of_their_start()
    {
        const double rate = 0.01;
        const double decay = 0.1;
        using TensorWeight weight = Single(2);
        using var noGrad = no_grad();
        using var optimizer = new AdamW([weight.Parameter!]) { WeightDecay = decay, DecaysVectors = true };
        (double w, double first, double second) = (2, 0, 0);
        foreach ((int step, double gradient) in ((double[])[0.5, -2, 0.25, 3]).Index())
        {
            weight.Parameter!.ClearGradient();
            weight.Parameter.AddToGradient(tensor([gradient]));
            optimizer.Step(rate, gradientScale: 0.5);
            double scaled = 0.5 * gradient;
            first = 0.9 * first + 0.1 * scaled;
            second = 0.999 * second + 0.001 * scaled * scaled;
            double mean = first / (1 - Math.Pow(0.9, step + 1));
            double root = Math.Sqrt(second / (1 - Math.Pow(0.999, step + 1)));
            w = w * (1 - rate * decay) - rate * mean / (root + 1e-8);
            Assert.Equal(w, Numbers.Of(weight.Parameter.Master).Single(), 1e-12);
        }
    }

    private static TensorWeight Single(double value) =>
        Weight.Of("w", tensor([value]), KernelSet.For(Precision.Float64), isMatrix: false, trains: true);
}
