using Simper.Kernels;
using Simper.Tensors;
using Simper.Tests.Toys;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Tests.Kernels;

/// <summary>
/// Attention through a window and with capped scores, over trees of segments, against one dense softmax differentiated by
/// autograd.
/// </summary>
public class AttentionVariantTests
{
    private static readonly (int, int)[][] Layouts =
    [
        [(7, -1)],
        [(5, -1), (3, 0), (1, 0), (2, -1), (2, 3), (6, 3), (3, -1)],
        [(4, -1), (3, 0), (2, 1), (3, 1), (2, 0)],
        [(70, -1), (130, 0), (65, 0)],
        [(200, -1), (3, 0), (90, 1), (40, 2), (64, -1)],
    ];

    // Shorter and longer than prompts, than a kernel's block of keys, and than everything.
    private static readonly (int Window, double Cap)[] Variants =
    [
        (1, 0),
        (3, 0),
        (64, 0),
        (100, 0),
        (129, 0),
        (1000, 0),
        (0, 2),
        (0, 50),
        (6, 1.5),
        (70, 2),
    ];

    public static TheoryData<string, int, int, int, double> Cases
    {
        get
        {
            var cases = new TheoryData<string, int, int, int, double>();
            foreach (
                (string type, int headWidth) in ((string, int)[])
                    [("float64", 24), ("float32", 64), ("bfloat16", 64), ("bfloat16", 24), ("bfloat16, plain", 64)]
            )
            {
                for (int layout = 0; layout < Layouts.Length; layout++)
                {
                    foreach ((int window, double cap) in Variants)
                        cases.Add(type, headWidth, layout, window, cap);
                }
            }
            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void They_equal_one_masked_softmax_and_so_do_their_gradients(
        string type,
        int headWidth,
        int layoutIndex,
        int window,
        double cap
    )
    {
        using var scope = NewDisposeScope();
        TokenLayout layout = TokenLayout.Of(Layouts[layoutIndex]);
        HeadShape shape = Shape(headWidth) with { Window = window, SoftCap = cap };
        KernelSet kernels = Of(type);
        Tensor rows = Random(layout.Tokens, 10 * headWidth, kernels.Precision.Compute, 3);
        Tensor flowing = Random(layout.Tokens, 6 * headWidth, kernels.Precision.Compute, 4);
        Tensor truth = rows.to(ScalarType.Float64).requires_grad_();
        Tensor expected = DenseAttention.Of(truth, layout, shape).Output;
        expected.mul(flowing.to(ScalarType.Float64)).sum().backward();
        using var noGrad = no_grad();
        (Tensor output, Tensor gradient) = Run(kernels, rows, flowing, layout, shape);
        double tolerance = Tolerance(type);
        Close(expected, output, tolerance);
        Close(truth.grad!, gradient, 2 * tolerance);
    }

    [Theory]
    [InlineData("float32")] // not float64: the runtime's exponential of doubles changes its last bit when it is compiled anew
    [InlineData("bfloat16")]
    [InlineData("bfloat16, plain")]
    public void A_window_that_reaches_everything_changes_no_bit(string type)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        KernelSet kernels = Of(type);
        foreach ((int, int)[] segments in Layouts)
        {
            TokenLayout layout = TokenLayout.Of(segments);
            Tensor rows = Random(layout.Tokens, 10 * 64, kernels.Precision.Compute, 3);
            Tensor flowing = Random(layout.Tokens, 6 * 64, kernels.Precision.Compute, 4);
            double[] Bits(int window)
            {
                (Tensor output, Tensor gradient) = Run(kernels, rows, flowing, layout, Shape(64) with { Window = window });
                return [.. Numbers.Of(output), .. Numbers.Of(gradient)];
            }
            double[] without = Bits(0);
            Assert.Equal(without, Bits(layout.HighestPosition + 1));
            Assert.Equal(without, Bits(int.MaxValue));
            Assert.NotEqual(without, Bits(layout.HighestPosition)); // the last token loses the first
        }
    }

    [Theory]
    [InlineData("float64")]
    [InlineData("float32")]
    [InlineData("bfloat16")]
    [InlineData("bfloat16, plain")]
    public void Scores_far_above_the_cap_stay_numbers(string type)
    {
        using var scope = NewDisposeScope();
        TokenLayout layout = TokenLayout.Of((70, -1), (20, 0));
        HeadShape shape = Shape(64) with { SoftCap = 5, Window = 40 };
        KernelSet kernels = Of(type);
        Tensor rows = cat([Random(90, 8 * 64, ScalarType.Float64, 3).Times(100L), Random(90, 2 * 64, ScalarType.Float64, 5)], 1)
            .to(kernels.Precision.Compute);
        Tensor flowing = Random(90, 6 * 64, kernels.Precision.Compute, 4);
        Tensor truth = rows.to(ScalarType.Float64).requires_grad_();
        Tensor expected = DenseAttention.Of(truth, layout, shape).Output;
        expected.mul(flowing.to(ScalarType.Float64)).sum().backward();
        using var noGrad = no_grad();
        (Tensor output, Tensor gradient) = Run(kernels, rows, flowing, layout, shape);
        Close(expected, output, Tolerance(type));
        Assert.All(Numbers.Of(gradient), x => Assert.True(double.IsFinite(x)));
        Close(truth.grad!.narrow(1, 8 * 64, 128), gradient.narrow(1, 8 * 64, 128), 2 * Tolerance(type)); // those of the values
    }

    [Fact]
    public void Gradients_are_what_finite_differences_say()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        TokenLayout layout = TokenLayout.Of((9, -1), (5, 0), (4, 0));
        HeadShape shape = Shape(4) with { SoftCap = 1.5, Window = 7 };
        KernelSet kernels = Of("float64");
        Tensor rows = Random(18, 40, ScalarType.Float64, 3);
        Tensor flowing = Random(18, 24, ScalarType.Float64, 4);
        Tensor direction = Random(18, 40, ScalarType.Float64, 5);
        double Loss(double step) =>
            kernels.Attend(rows.Plus(direction.Times(step)), layout, shape).Output.mul(flowing).sum().item<double>();
        (_, Tensor gradient) = Run(kernels, rows, flowing, layout, shape);
        double slope = (Loss(1e-5) - Loss(-1e-5)) / 2e-5;
        Assert.Equal(slope, gradient.mul(direction).sum().item<double>(), 1e-7);
    }

    private static HeadShape Shape(int headWidth) => new(6, 2, headWidth, 1 / Math.Sqrt(headWidth));

    private static (Tensor Output, Tensor Gradient) Run(
        KernelSet kernels,
        Tensor rows,
        Tensor flowing,
        TokenLayout layout,
        HeadShape shape
    )
    {
        (Tensor output, Tensor sums) = kernels.Attend(rows, layout, shape);
        var unturned = new Positions(
            layout,
            ones(layout.Tokens, shape.HeadWidth / 2, dtype: kernels.Precision.Wide),
            zeros(layout.Tokens, shape.HeadWidth / 2, dtype: kernels.Precision.Wide)
        );
        return (output, kernels.AttendBackward(flowing, rows, output, sums, unturned, shape));
    }

    private static KernelSet Of(string type)
    {
        Precision precision = new[] { Precision.Float32, Precision.BFloat16, Precision.Float64 }.Single(p =>
            p.Name == type.Split(',')[0]
        );
        return type.EndsWith("plain", StringComparison.Ordinal) ? KernelSet.Plain(precision) : KernelSet.For(precision);
    }

    private static double Tolerance(string type) =>
        type switch
        {
            "float64" => 1e-12,
            "float32" => 2e-6,
            _ => 4e-3,
        };

    private static Tensor Random(long rows, long width, ScalarType type, int seed)
    {
        using var generator = new Generator((ulong)seed, CPU);
        return randn([rows, width], dtype: ScalarType.Float64, generator: generator).to(type);
    }

    private static void Close(Tensor expected, Tensor actual, double tolerance)
    {
        double distance = Numbers.RelativeDistance(actual, expected);
        Assert.True(distance < tolerance, $"relative distance {distance}");
    }
}
