using Simper.Kernels;
using Simper.Tensors;
using Simper.Tests.Toys;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Tests.Kernels;

/// <summary>
/// Attention over a cache against attention of the whole sequences at once, which other tests hold to the definition.
/// </summary>
public class CachedAttentionTests
{
    private const int Layers = 2;
    private const int Room = 40;

    // Query heads over key-value heads, and head widths that fill vectors, two of them, more, and none.
    public static TheoryData<string, int, int, int, double, int, double> Cases
    {
        get
        {
            var cases = new TheoryData<string, int, int, int, double, int, double>();
            foreach ((string type, int heads, int keyValueHeads, int width, double tolerance) in Shapes)
            {
                foreach (
                    (int window, double cap) in ((int, double)[])[(0, 0), (1, 0), (5, 0), (30, 0), (99, 0), (0, 2), (6, 0.7)]
                )
                    cases.Add(type, heads, keyValueHeads, width, tolerance, window, cap);
            }
            return cases;
        }
    }

    private static readonly (string, int, int, int, double)[] Shapes =
    [
        ("float64", 6, 2, 6, 1e-13),
        ("float64", 9, 3, 16, 1e-13),
        ("float64", 5, 1, 20, 1e-13),
        ("float32", 9, 3, 64, 2e-6),
        ("float32", 4, 4, 40, 2e-6),
        ("bfloat16", 9, 3, 64, 1e-2),
        ("bfloat16", 8, 1, 24, 1e-2),
    ];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Token_by_token_and_in_pieces_it_is_that_of_the_whole_sequences(
        string type,
        int heads,
        int keyValueHeads,
        int width,
        double tolerance,
        int window,
        double cap
    )
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        Precision precision = new[] { Precision.Float32, Precision.BFloat16, Precision.Float64 }.Single(p => p.Name == type);
        KernelSet kernels = KernelSet.For(precision);
        var shape = new HeadShape(heads, keyValueHeads, width, 0.4) { Window = window, SoftCap = cap };
        int[] lengths = [37, 11];
        Tensor[] rows = [.. lengths.Select((n, i) => Random(n, (heads + 2 * keyValueHeads) * width, precision, 5 + i))];
        Tensor[] whole = [.. rows.Select(r => kernels.Attend(r, TokenLayout.Of(((int)r.shape[0], -1)), shape).Output)];
        foreach (
            int[][] pieces in (int[][][])
                [
                    [
                        [30, 1, 1, 1, 1, 1, 1, 1],
                        [4, 1, 1, 1, 1, 1, 1, 1],
                    ],
                    [
                        [20, 17],
                        [8, 3],
                    ],
                    [
                        [1, 3, 33],
                        [1, 1, 9],
                    ],
                ]
        )
        {
            CachedHeads[] caches = [.. lengths.Select(_ => new CachedHeads(Empty(), Empty(), 0))];
            for (int piece = 0; piece < pieces[0].Length; piece++)
            {
                Tensor fresh = cat([.. caches.Select((c, i) => rows[i].narrow(0, c.Length, pieces[i][piece]))]);
                TokenLayout layout = TokenLayout.Of([.. pieces.Select(p => (p[piece], -1))]);
                Tensor output = kernels.AttendCached(fresh, layout, caches, layer: 1, shape);
                for (int i = 0; i < caches.Length; i++)
                {
                    TokenLayout.Segment segment = layout.Segments[i];
                    double distance = Numbers.RelativeDistance(
                        output.narrow(0, segment.Start, segment.Length),
                        whole[i].narrow(0, caches[i].Length, segment.Length)
                    );
                    Assert.True(distance < tolerance, $"sequence {i}, piece {piece}: relative distance {distance}");
                    caches[i] = caches[i] with { Length = caches[i].Length + segment.Length };
                }
            }
        }

        // What was never written is not a number, and must not be read.
        Tensor Empty() => HeldNumbers.Filled(double.NaN, precision.Compute, Layers, keyValueHeads, Room, width);
    }

    [Fact]
    public void One_thread_gives_the_bits_of_several()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var shape = new HeadShape(9, 3, 64, 0.125);
        Tensor fresh = Random(2, 15 * 64, Precision.BFloat16, 1);
        Tensor keys = Random(3 * 40, 64, Precision.BFloat16, 2).reshape(1, 3, 40, 64);
        double[] Run() =>
            Numbers.Of(
                KernelSet
                    .For(Precision.BFloat16)
                    .AttendCached(
                        fresh,
                        TokenLayout.Of((1, -1), (1, -1)),
                        [new CachedHeads(keys.clone(), keys.clone(), 39), new CachedHeads(keys.clone(), keys.clone(), 12)],
                        layer: 0,
                        shape
                    )
            );
        int threads = get_num_threads();
        double[] before = Run();
        set_num_threads(1);
        double[] alone = Run();
        set_num_threads(threads);
        Assert.Equal(before, alone);
    }

    private static Tensor Random(long rows, long width, Precision precision, int seed)
    {
        using var generator = new Generator((ulong)seed, CPU);
        return randn([rows, width], dtype: ScalarType.Float64, generator: generator).to(precision.Compute);
    }
}
