using Simper.Kernels;
using Simper.Tensors;
using Simper.Tests.Toys;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Tests.Kernels;

public class BatchInvarianceTests
{
    [Theory]
    [InlineData("float64", 24, 20)]
    [InlineData("float32", 576, 200)]
    [InlineData("bfloat16", 24, 20)]
    [InlineData("bfloat16", 25, 20)]
    [InlineData("bfloat16", 576, 200)]
    [InlineData("bfloat16", 1536, 64)]
    [InlineData("bfloat16", 4100, 130)]
    public void A_row_of_a_product_has_the_same_bits_in_any_company(string name, int depth, int columns)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        Precision precision = Of(name);
        using KernelSet kernels = KernelSet.For(precision);
        kernels.IsBatchInvariant = true;
        Tensor weight = Random(columns, depth, precision.Compute, 1);
        Tensor bias = Random(1, columns, precision.Compute, 2).flatten();
        Tensor rows = Random(150, depth, precision.Compute, 3);
        Tensor residual = Random(150, columns, precision.Wide, 4);
        Func<Tensor, Tensor, Tensor>[] products =
        [
            (x, _) => kernels.Linear(x, weight, bias),
            (x, r) => kernels.AddLinear(r, x, weight, bias),
            (x, _) => kernels.AddLinear(null, x, weight, bias),
            (x, _) => kernels.WideProduct(x, weight),
            (x, _) => kernels.GatedLinear(x, weight, bias, Activation.Silu).Gated,
        ];
        foreach (Func<Tensor, Tensor, Tensor> product in products)
        {
            double[][] alone =
            [
                .. Enumerable
                    .Range(0, 150)
                    .Select(i => Numbers.Of(product(rows.narrow(0, i, 1).contiguous(), residual.narrow(0, i, 1).contiguous()))),
            ];
            foreach (
                (int first, int count) in ((int, int)[])
                    [(0, 2), (1, 7), (0, 8), (5, 9), (3, 15), (0, 33), (7, 64), (0, 65), (0, 150)]
            )
            {
                Tensor together = product(
                    rows.narrow(0, first, count).contiguous(),
                    residual.narrow(0, first, count).contiguous()
                );
                for (int i = 0; i < count; i++)
                    Assert.Equal(alone[first + i], Numbers.Of(together[i]));
            }
        }
    }

    [Theory]
    [InlineData("float64", 0, 0)]
    [InlineData("float32", 21, 0)]
    [InlineData("bfloat16", 0, 0)]
    [InlineData("bfloat16", 40, 5)]
    public void A_tokens_attention_has_the_same_bits_in_pages_and_in_pieces_of_any_size(string name, int window, double cap)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        Precision precision = Of(name);
        using KernelSet kernels = KernelSet.For(precision);
        kernels.IsBatchInvariant = true;
        var shape = new HeadShape(6, 2, 24, 0.3) { Window = window, SoftCap = cap };
        const int length = 150;
        Tensor rows = Random(length, 10 * 24, precision.Compute, 3);
        double[] expected = [];
        foreach (
            int[] pieces in (int[][])
                [
                    [.. Enumerable.Repeat(1, length)],
                    [100, 50],
                    [1, 31, 1, 60, 57],
                    [149, 1],
                    [64, 86],
                ]
        )
        {
            // Pages in disorder, with garbage in what was never written.
            int[] pages = [5, 0, 3, 9, 1, 2];
            Tensor Memory() => HeldNumbers.Filled(double.NaN, precision.Compute, 11, 2, 2, 32, 24);
            var cache = new CachedHeads(Memory(), Memory(), 0, pages);
            var other = new CachedHeads(cache.Keys, cache.Values, 0, [7, 4, 8, 6, 10]);
            var outputs = new List<double>();
            foreach (int piece in pieces)
            {
                Tensor fresh = rows.narrow(0, cache.Length, piece);
                Tensor both = cat([fresh, rows.narrow(0, other.Length, 1)]);
                Tensor output = kernels.AttendCached(both, TokenLayout.Of((piece, -1), (1, -1)), [cache, other], 1, shape);
                outputs.AddRange(Numbers.Of(output.narrow(0, 0, piece)));
                cache = cache with { Length = cache.Length + piece };
                other = other with { Length = other.Length + 1 };
            }
            expected = expected.Length == 0 ? [.. outputs] : expected;
            Assert.Equal(expected, outputs);
        }
        Assert.DoesNotContain(expected, double.IsNaN);
    }

    private static Precision Of(string name) =>
        name switch
        {
            "float64" => Precision.Float64,
            "float32" => Precision.Float32,
            _ => Precision.BFloat16,
        };

    private static Tensor Random(long rows, long width, ScalarType type, int seed)
    {
        using var generator = new Generator((ulong)seed, CPU);
        return randn([rows, width], dtype: ScalarType.Float64, generator: generator).to(type);
    }
}
