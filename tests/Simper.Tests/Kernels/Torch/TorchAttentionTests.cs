using CsCheck;
using Simper.Kernels;
using Simper.Kernels.Torch;
using Simper.Tensors;
using Simper.Tests.Toys;
using TorchSharp;
using static Simper.Tests.Kernels.Torch.TorchCases;
using static TorchSharp.torch;

namespace Simper.Tests.Kernels.Torch;

/// <summary>
/// Attention in libtorch's operators: rotation, attention and the way back, over trees of segments, with grouped heads, windows
/// and caps, against the definition under autograd and against the CPU's own set.
/// </summary>
public class TorchAttentionTests
{
    public static TheoryData<string, (int, int)[]> Layouts => AttentionTests.Layouts;

    public static TheoryData<(int, int)[], int, string, int, double> Cases
    {
        get
        {
            var cases = new TheoryData<(int, int)[], int, string, int, double>();
            foreach (ITheoryDataRow row in Layouts)
            {
                var segments = ((int, int)[])row.GetData()[1]!;
                cases.Add(segments, 6, "float64", 0, 0);
                cases.Add(segments, 20, "float64", 4, 2);
                cases.Add(segments, 16, "float32", 0, 0);
                cases.Add(segments, 34, "float32", 3, 0);
                cases.Add(segments, 24, "float32", 17, 5);
                cases.Add(segments, 24, "bfloat16", 0, 0);
                cases.Add(segments, 16, "bfloat16", 1, 3);
            }
            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Segments_equal_one_masked_softmax_and_so_do_their_gradients(
        (int, int)[] segments,
        int headWidth,
        string type,
        int window,
        double cap
    )
    {
        TokenLayout layout = TokenLayout.Of(segments);
        HeadShape shape = new(6, 2, headWidth, 1 / Math.Sqrt(headWidth)) { Window = window, SoftCap = cap };
        double tolerance = type switch
        {
            "float64" => 1e-13,
            "float32" => 1e-6,
            _ => 6e-3,
        };
        ExpectDefinition(layout, shape, type, tolerance, scoreNumbers: null);
    }

    [Fact]
    public void Any_layout_any_heads_and_any_number_of_scores_at_once()
    {
        Gen<HeadShape> shapes = Gen.Select(Gen.Int[1, 3], Gen.Int[1, 4], Gen.Int[1, 6], Gen.Int[0, 12], Gen.Int[0, 1])
            .Select((k, g, half, window, cap) => new HeadShape(k * g, k, 2 * half, 0.4) { Window = window, SoftCap = cap * 2.5 });
        Gen.Select(Gen.Select(Gen.Int[1, 14], Gen.Int[0, 20]).Array[1, 7], shapes, Gen.Int[1, 1500])
            .Sample(
                (pieces, shape, scoreNumbers) =>
                {
                    TokenLayout layout = TokenLayout.Of([.. pieces.Select((p, i) => (p.Item1, p.Item2 % (i + 1) - 1))]);
                    ExpectDefinition(layout, shape, "float64", 1e-12, scoreNumbers);
                },
                iter: 150,
                threads: 1
            );
    }

    [Theory]
    [InlineData("float64", 0, 0, 1e-13)]
    [InlineData("float64", 40, 3, 1e-13)]
    [InlineData("float32", 0, 0, 1e-6)]
    [InlineData("float32", 90, 3, 1e-6)]
    [InlineData("bfloat16", 0, 0, 1e-3)]
    [InlineData("bfloat16", 1, 3, 1e-3)]
    public void The_two_sets_agree_closer_than_either_with_the_definition(string type, int window, double cap, double tolerance)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        (Precision precision, TorchKernels torch, KernelSet cpu) = Sets(type);
        TokenLayout layout = TokenLayout.Of((70, -1), (130, 0), (65, 0), (33, -1));
        HeadShape shape = new(6, 2, 40, 0.2) { Window = window, SoftCap = cap };
        Tensor rows = Random(precision.Compute, 1, layout.Tokens, 400);
        Tensor flowing = Random(precision.Compute, 2, layout.Tokens, 240);
        Tensor angles = rand([layout.Tokens, 20], dtype: ScalarType.Float64).Times(6L);
        var at = new Positions(layout, angles.cos().to(precision.Wide), angles.sin().to(precision.Wide));
        (Tensor expected, Tensor expectedSums) = cpu.Attend(rows, layout, shape);
        (Tensor output, Tensor sums) = torch.Attend(rows, layout, shape);
        Same(expected, output, tolerance);
        Same(expectedSums, sums, Math.Min(tolerance, 1e-6));
        Same(
            cpu.AttendBackward(flowing, rows, expected, expectedSums, at, shape),
            torch.AttendBackward(flowing, rows, expected, expectedSums, at, shape),
            tolerance
        );
    }

    [Fact]
    public void Nothing_is_left_behind()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        (_, TorchKernels torch, _) = Sets("bfloat16");
        TokenLayout layout = TokenLayout.Of((30, -1), (13, 0), (6, 0), (3, -1));
        HeadShape shape = new(6, 2, 16, 0.2) { Window = 7, SoftCap = 3 };
        Tensor rows = Random(ScalarType.BFloat16, 1, layout.Tokens, 160);
        Tensor flowing = Random(ScalarType.BFloat16, 2, layout.Tokens, 96);
        var at = new Positions(layout, ones(layout.Tokens, 8), zeros(layout.Tokens, 8));
        var cache = new CachedHeads(
            zeros([1, 2, 60, 16], dtype: ScalarType.BFloat16),
            zeros([1, 2, 60, 16], dtype: ScalarType.BFloat16),
            4
        );
        Live.ExpectNoneLeft(() =>
        {
            (Tensor output, Tensor sums) = torch.Attend(rows, layout, shape);
            torch.Rotate(rows, at.Cos, at.Sin, shape);
            torch.AttendBackward(flowing, rows, output, sums, at, shape).Dispose();
            torch.AttendCached(rows, TokenLayout.Of((layout.Tokens, -1)), [cache], 0, shape).Dispose();
            output.Dispose();
            sums.Dispose();
        });
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        (_, TorchKernels other, _) = Sets("bfloat16");
        using (other)
        {
            (Tensor output, Tensor sums) = other.Attend(rows, layout, shape);
            output.Dispose();
            sums.Dispose();
        }
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    private static void ExpectDefinition(TokenLayout layout, HeadShape shape, string type, double tolerance, int? scoreNumbers)
    {
        using var scope = NewDisposeScope();
        Precision precision = Of(type);
        using TorchKernels torch = scoreNumbers is { } most
            ? new TorchKernels(precision, CPU) { ScoreNumbers = most }
            : new TorchKernels(precision, CPU);
        long width = (shape.Heads + 2 * shape.KeyValueHeads) * shape.HeadWidth;
        Tensor rows = Random(precision.Compute, 1, layout.Tokens, width);
        Tensor flowing = Random(precision.Compute, 2, layout.Tokens, shape.QueryWidth);
        Tensor angles = Random(ScalarType.Float64, 3, layout.Tokens, shape.HeadWidth / 2).Times(3L);
        Tensor leaf = rows.to(ScalarType.Float64).clone().requires_grad_();
        (Tensor expected, Tensor expectedSums) = DenseAttention.Of(DenseAttention.Turned(leaf, angles, shape), layout, shape);
        (expected * flowing.to(ScalarType.Float64)).sum().backward();
        using var noGrad = no_grad();
        var at = new Positions(layout, angles.cos().to(precision.Wide), angles.sin().to(precision.Wide));
        torch.Rotate(rows, at.Cos, at.Sin, shape);
        (Tensor output, Tensor sums) = torch.Attend(rows, layout, shape);
        Close(expected, output, tolerance);
        Close(expectedSums, sums, tolerance);
        Close(leaf.grad!, torch.AttendBackward(flowing, rows, output, sums, at, shape), 2 * tolerance);
    }
}
