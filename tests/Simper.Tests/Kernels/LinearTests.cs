using Simper.Kernels;
using Simper.Tensors;
using Simper.Tests.Toys;
using static TorchSharp.torch;

namespace Simper.Tests.Kernels;

/// <summary>
/// Products and what follows them, against the same formula in double precision: in all precisions, by libtorch's operators and
/// by the processor's bfloat16 unit where there is one, at sizes that fill blocks, that do not, that are odd, and that are too
/// deep or too wide for one part.
/// </summary>
public class LinearTests
{
    private static readonly (int Tokens, int Rows, int Depth)[] Sizes =
    [
        (70, 64, 96),
        (1, 5, 8),
        (17, 40, 130),
        (130, 200, 66),
        (64, 128, 64),
        (33, 51, 37),
        (65, 70, 5000),
        (40, 3000, 1100),
        (300, 66, 2),
    ];

    public static TheoryData<string, bool, int, int, int> Cases
    {
        get
        {
            var cases = new TheoryData<string, bool, int, int, int>();
            foreach ((int tokens, int rows, int depth) in Sizes)
            {
                foreach (
                    (string type, bool plain) in ((string, bool)[])
                        [("float64", true), ("float32", true), ("bfloat16", true), ("bfloat16", false)]
                )
                    cases.Add(type, plain, tokens, rows, depth);
            }
            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Linear_layers_and_their_gradients(string type, bool plain, int tokens, int rows, int depth)
    {
        using var scope = NewDisposeScope();
        (Precision precision, KernelSet kernels, double tolerance) = Of(type, plain);
        Tensor x = Random([tokens, depth], precision.Compute, 1);
        Tensor weight = Random([rows, depth], precision.Compute, 2);
        Tensor bias = Random([rows], precision.Compute, 3);
        Tensor dy = Random([tokens, rows], precision.Compute, 4);
        Tensor residual = Random([tokens, rows], precision.Wide, 5).Times(100L);
        Tensor product = Wide(x).mm(Wide(weight).t());
        Close(product, kernels.Linear(x, weight, bias: null), tolerance);
        Close(product.Plus(bias), kernels.Linear(x, weight, bias), tolerance);
        Close(product.Plus(residual), kernels.AddLinear(residual, x, weight, bias: null), tolerance);
        Close(product.Plus(bias).Plus(residual), kernels.AddLinear(residual, x, weight, bias), tolerance);
        Close(Wide(dy).mm(Wide(weight)), kernels.LinearBackward(dy, weight), tolerance);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Gradients_of_weights_are_put_down_or_added(string type, bool plain, int tokens, int rows, int depth)
    {
        using var scope = NewDisposeScope();
        (Precision precision, KernelSet kernels, double tolerance) = Of(type, plain);
        Tensor x = Random([tokens, depth], precision.Compute, 1);
        Tensor dy = Random([tokens, rows], precision.Compute, 4);
        Tensor sum = HeldNumbers.Filled(double.NaN, precision.Wide, rows, depth);
        Tensor truth = Wide(dy).t().mm(Wide(x));
        kernels.AddWeightGradient(sum, dy, x, adds: false); // what was there before does not matter
        Close(truth, sum, tolerance);
        kernels.AddWeightGradient(sum, dy, x, adds: true);
        Close(truth.Times(2L), sum, tolerance);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Gated_layers_and_their_gradients(string type, bool plain, int tokens, int rows, int depth)
    {
        using var scope = NewDisposeScope();
        (Precision precision, KernelSet kernels, double tolerance) = Of(type, plain);
        Tensor x = Random([tokens, depth], precision.Compute, 1);
        Tensor weight = Random([2 * rows, depth], precision.Compute, 2).Over(Math.Sqrt(depth));
        Tensor bias = Random([2 * rows], precision.Compute, 3);
        Tensor down = Random([depth, rows], precision.Compute, 6);
        Tensor dy = Random([tokens, depth], precision.Compute, 4).Over(Math.Sqrt(depth));
        weight = weight.to(precision.Compute);
        dy = dy.to(precision.Compute);
        foreach (Activation activation in Enum.GetValues<Activation>())
        {
            (Tensor gateUp, Tensor gated) = kernels.GatedLinear(x, weight, bias, activation);
            Close(Wide(x).mm(Wide(weight).t()).Plus(bias), gateUp, tolerance);
            Tensor leaf = Wide(gateUp).requires_grad_();
            Tensor truth = Activations.Of(activation, leaf.narrow(1, 0, rows)) * leaf.narrow(1, rows, rows);
            truth.mul(Wide(dy).mm(Wide(down))).sum().backward();
            Close(truth, gated, tolerance);
            (Tensor gradient, Tensor again) = kernels.GatedLinearBackward(dy, down, gateUp, activation);
            Close(leaf.grad!, gradient, 2 * tolerance);
            Assert.Equal(Numbers.Of(gated), Numbers.Of(again)); // to the bit: it is not kept
            (gateUp, gated) = kernels.GatedLinear(x, weight, bias: null, activation);
            Assert.Equal(Numbers.Of(gated), Numbers.Of(kernels.Gate(gateUp, activation))); // in the product as alone
        }
    }

    [Fact]
    public void Roundings()
    {
        using var scope = NewDisposeScope();
        foreach (Precision precision in (Precision[])[Precision.Float32, Precision.BFloat16, Precision.Float64])
        {
            Tensor a = Random([5000, 37], precision.Wide, 1);
            Assert.Equal(Numbers.Of(a.to(precision.Compute)), Numbers.Of(KernelSet.For(precision).Round(a)));
        }
    }

    [Fact]
    public void What_is_no_number_stays_none()
    {
        using var scope = NewDisposeScope();
        Tensor x = HeldNumbers.Filled(1, ScalarType.BFloat16, 40, 64);
        Tensor weight = HeldNumbers.Filled(1, ScalarType.BFloat16, 128, 64);
        x[3, 5] = float.NaN;
        foreach (KernelSet kernels in (KernelSet[])[KernelSet.For(Precision.BFloat16), KernelSet.Plain(Precision.BFloat16)])
        {
            (Tensor gateUp, Tensor gated) = kernels.GatedLinear(x, weight, bias: null, Activation.Silu);
            Assert.Equal(128, Numbers.Of(gateUp).Count(double.IsNaN));
            Assert.Equal(64, Numbers.Of(gated).Count(double.IsNaN));
        }
    }

    private static (Precision, KernelSet, double Tolerance) Of(string type, bool plain)
    {
        Precision precision = new[] { Precision.Float32, Precision.BFloat16, Precision.Float64 }.Single(p => p.Name == type);
        return (
            precision,
            plain ? KernelSet.Plain(precision) : KernelSet.For(precision),
            type switch
            {
                "float64" => 1e-13,
                "float32" => 3e-6,
                _ => 5e-3,
            }
        );
    }

    private static Tensor Random(long[] size, ScalarType type, int seed)
    {
        using var generator = new Generator((ulong)seed, CPU);
        return randn(size, dtype: ScalarType.Float64, generator: generator).to(type);
    }

    private static Tensor Wide(Tensor values) => values.detach().to(ScalarType.Float64);

    private static void Close(Tensor expected, Tensor actual, double tolerance)
    {
        double distance = Numbers.RelativeDistance(actual, expected);
        Assert.True(distance < tolerance, $"relative distance {distance}");
    }
}
