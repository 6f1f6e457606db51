using Simper.Kernels;
using Simper.Models;
using Simper.Tensors;
using Simper.Tests.Toys;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Tests.Kernels;

/// <summary>
/// Attention over a tree of segments, against one dense softmax with an explicit mask, differentiated by autograd.
/// </summary>
public class AttentionTests
{
    public static TheoryData<string, (int, int)[]> Layouts =>
        new()
        {
            { "one sequence", [(7, -1)] },
            { "a pair", [(5, -1), (3, 0), (4, 0)] },
            { "two pairs and a loner", [(5, -1), (3, 0), (1, 0), (2, -1), (2, 3), (6, 3), (3, -1)] },
            { "one token each", [(1, -1), (1, 0), (1, 0)] },
            { "a tree of three levels", [(4, -1), (3, 0), (2, 1), (3, 1), (2, 0)] },
            { "a late child of an early root", [(3, -1), (4, -1), (2, 0), (5, 1)] },
            { "keys that fill whole vectors", [(16, -1), (16, 0), (26, 0), (64, -1)] },
            { "longer than a block of the kernel", [(70, -1), (130, 0), (65, 0)] },
        };

    public static TheoryData<string, (int, int)[], int, string> Cases
    {
        get
        {
            var cases = new TheoryData<string, (int, int)[], int, string>();
            foreach (ITheoryDataRow row in Layouts)
            {
                object?[] data = row.GetData();
                foreach (
                    (int width, string precision) in ((int, string)[])
                        [
                            (4, "float64"),
                            (16, "float64"),
                            (24, "float64"),
                            (64, "float32"),
                            (80, "float32"),
                            (128, "float32"),
                            (64, "bfloat16"),
                            (24, "bfloat16"),
                            (128, "bfloat16"),
                            (64, "bfloat16, plain"),
                        ]
                )
                    cases.Add((string)data[0]!, ((int, int)[])data[1]!, width, precision);
            }
            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Segments_equal_one_masked_softmax_and_so_do_their_gradients(
        string _,
        (int, int)[] segments,
        int headWidth,
        string type
    )
    {
        using var scope = NewDisposeScope();
        Precision precision = new[] { Precision.Float32, Precision.BFloat16, Precision.Float64 }.Single(p =>
            p.Name == type.Split(',')[0]
        );
        TokenLayout layout = TokenLayout.Of(segments);
        HeadShape shape = new(6, 2, headWidth, 1 / Math.Sqrt(headWidth));
        Tensor inputs = Random(layout.Tokens, 10, headWidth, precision);
        Tensor flowing = Random(layout.Tokens, 6, headWidth, precision);

        Tensor truth = inputs.to(ScalarType.Float64).requires_grad_();
        Tensor expected = DenseAttention.Of(truth, layout, shape).Output;
        expected.mul(flowing.view(expected.shape)).sum().backward();
        using var noGrad = no_grad();
        KernelSet kernels = type.EndsWith("plain", StringComparison.Ordinal)
            ? KernelSet.Plain(precision)
            : KernelSet.For(precision);
        Tensor rows = inputs.view(layout.Tokens, -1);
        (Tensor output, Tensor sums) = kernels.Attend(rows, layout, shape);
        var unturned = new Positions(
            layout,
            ones(layout.Tokens, headWidth / 2, dtype: precision.Wide),
            zeros(layout.Tokens, headWidth / 2, dtype: precision.Wide)
        );
        Tensor gradient = kernels.AttendBackward(flowing.view(layout.Tokens, -1), rows, output, sums, unturned, shape);

        double tolerance = type switch
        {
            "float64" => 1e-12,
            "float32" => 2e-6,
            _ => 4e-3,
        };
        Assert.True(Numbers.RelativeDistance(output, expected.reshape(layout.Tokens, -1)) < tolerance);
        Assert.True(Numbers.RelativeDistance(gradient, truth.grad!.view(layout.Tokens, -1)) < 2 * tolerance);
    }

    [Fact]
    public void The_way_back_turns_queries_and_keys_by_the_opposite_angle()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        TokenLayout layout = TokenLayout.Of((9, -1), (4, 0));
        HeadShape shape = new(6, 2, 16, 0.25);
        KernelSet kernels = KernelSet.For(Precision.Float64);
        Tensor rows = randn([13, 160], dtype: ScalarType.Float64);
        Tensor angles = rand([13, 8], dtype: ScalarType.Float64).Times(6L);
        Tensor flowing = randn([13, 96], dtype: ScalarType.Float64);
        (Tensor output, Tensor sums) = kernels.Attend(rows, layout, shape);
        Tensor plain = kernels.AttendBackward(
            flowing,
            rows,
            output,
            sums,
            new Positions(layout, ones_like(angles), zeros_like(angles)),
            shape
        );
        Tensor turned = kernels.AttendBackward(
            flowing,
            rows,
            output,
            sums,
            new Positions(layout, angles.cos(), angles.sin()),
            shape
        );
        kernels.Rotate(turned, angles.cos(), angles.sin(), shape);
        Assert.True(Numbers.RelativeDistance(turned, plain) < 1e-14);
    }

    [Fact]
    public void The_number_of_threads_changes_no_bit()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        TokenLayout layout = TokenLayout.Of((40, -1), (30, 0), (20, 0), (10, -1));
        HeadShape shape = new(6, 2, 16, 0.25);
        Tensor rows = Random(100, 10, 16, Precision.BFloat16).view(100, -1);
        Tensor flowing = Random(100, 6, 16, Precision.BFloat16).view(100, -1);
        double[] Run()
        {
            (Tensor output, Tensor sums) = KernelSet.For(Precision.BFloat16).Attend(rows, layout, shape);
            Tensor gradient = KernelSet
                .For(Precision.BFloat16)
                .AttendBackward(flowing, rows, output, sums, new Positions(layout, ones(100, 8), zeros(100, 8)), shape);
            return [.. Numbers.Of(output), .. Numbers.Of(gradient)];
        }
        int threads = get_num_threads();
        double[] before = Run();
        set_num_threads(1);
        double[] alone = Run();
        set_num_threads(threads);
        Assert.Equal(before, alone);
    }

    private static Tensor Random(long tokens, long heads, long width, Precision precision)
    {
        using var generator = new Generator(3, CPU);
        return randn([tokens, heads, width], dtype: ScalarType.Float64, generator: generator).to(precision.Compute);
    }
}
