using Simper.Kernels;
using Simper.Kernels.Torch;
using Simper.Tensors;
using Simper.Tests.Toys;
using TorchSharp;
using static Simper.Tests.Kernels.Torch.TorchCases;
using static TorchSharp.torch;

namespace Simper.Tests.Kernels.Torch;

/// <summary>Decoding in libtorch's operators against attention of the whole sequences at once.</summary>
public class TorchCachedAttentionTests
{
    private const int Layers = 2;
    private const int Room = 40;

    public static TheoryData<string, int, double, double> Cases =>
        new()
        {
            { "float64", 0, 0.0, 1e-14 },
            { "float64", 5, 2.0, 1e-14 },
            { "float32", 0, 0.0, 1e-6 },
            { "float32", 1, 4.0, 1e-6 },
            { "bfloat16", 0, 0.0, 2e-3 },
            { "bfloat16", 12, 0.0, 2e-3 },
        };

    // Token by token; in pieces, the first of them whole prompts; all of a sequence at its second piece.
    private static readonly int[][][] Pieces =
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
    ];

    [Theory]
    [MemberData(nameof(Cases))]
    public void In_pieces_it_is_that_of_the_whole_sequences(string type, int window, double cap, double tolerance)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        Precision precision = Of(type);
        foreach (long scores in (long[])[1 << 20, 700]) // all queries at once, and one or two of them
        {
            using var torch = new TorchKernels(precision, CPU) { ScoreNumbers = scores };
            var shape = new HeadShape(9, 3, 10, 0.4) { Window = window, SoftCap = cap };
            Tensor[] rows = [Random(precision.Compute, 1, 37, 150), Random(precision.Compute, 2, 11, 150)];
            Tensor[] whole = [.. rows.Select(r => torch.Attend(r, TokenLayout.Of(((int)r.shape[0], -1)), shape).Output)];
            foreach (int[][] pieces in Pieces)
                Expect(torch, precision, shape, rows, whole, pieces, tolerance);
        }
    }

    private static void Expect(
        TorchKernels torch,
        Precision precision,
        HeadShape shape,
        Tensor[] rows,
        Tensor[] whole,
        int[][] pieces,
        double tolerance
    )
    {
        CachedHeads[] caches = [.. rows.Select(_ => new CachedHeads(Empty(), Empty(), 0))];
        for (int piece = 0; piece < pieces[0].Length; piece++)
        {
            Tensor fresh = cat([.. caches.Select((c, i) => rows[i].narrow(0, c.Length, pieces[i][piece]))]);
            TokenLayout layout = TokenLayout.Of([.. pieces.Select(p => (p[piece], -1))]);
            Tensor output = torch.AttendCached(fresh, layout, caches, layer: 1, shape);
            for (int i = 0; i < caches.Length; i++)
            {
                TokenLayout.Segment segment = layout.Segments[i];
                Close(
                    whole[i].narrow(0, caches[i].Length, segment.Length),
                    output.narrow(0, segment.Start, segment.Length),
                    tolerance
                );
                caches[i] = caches[i] with { Length = caches[i].Length + segment.Length };
            }
        }
        for (int i = 0; i < caches.Length; i++)
        {
            // The other layer and the room behind were not touched; keys and values lie head by head.
            Assert.All(Numbers.Of(caches[i].Keys.select(0, 0)), x => Assert.True(double.IsNaN(x)));
            Assert.All(
                Numbers.Of(caches[i].Values.narrow(2, caches[i].Length, Room - caches[i].Length)),
                x => Assert.True(double.IsNaN(x))
            );
            Tensor keys = rows[i].narrow(1, 90, 30).reshape(-1, 3, 10).transpose(0, 1);
            Assert.Equal(Numbers.Of(keys), Numbers.Of(caches[i].Keys.select(0, 1).narrow(1, 0, caches[i].Length)));
        }

        // What was never written is not a number, and must not be read.
        Tensor Empty() => HeldNumbers.Filled(double.NaN, precision.Compute, Layers, 3, Room, 10);
    }

    [Theory]
    [InlineData("float64", 1e-13)]
    [InlineData("float32", 1e-6)]
    [InlineData("bfloat16", 2e-3)]
    public void A_step_is_that_of_the_other_set_and_both_caches_are_the_same(string type, double tolerance)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        (Precision precision, TorchKernels torch, KernelSet cpu) = Sets(type);
        var shape = new HeadShape(4, 2, 16, 0.25) { Window = 9, SoftCap = 2 };
        Tensor fresh = Random(precision.Compute, 1, 4, 128);
        TokenLayout layout = TokenLayout.Of((1, -1), (3, -1));
        CachedHeads[] ours = [Filled(39), Filled(12)];
        CachedHeads[] theirs = [.. ours.Select(c => c with { Keys = c.Keys.clone(), Values = c.Values.clone() })];
        Same(cpu.AttendCached(fresh, layout, ours, 1, shape), torch.AttendCached(fresh, layout, theirs, 1, shape), tolerance);
        for (int i = 0; i < ours.Length; i++)
        {
            Assert.Equal(Numbers.Of(ours[i].Keys), Numbers.Of(theirs[i].Keys));
            Assert.Equal(Numbers.Of(ours[i].Values), Numbers.Of(theirs[i].Values));
        }

        CachedHeads Filled(int length) =>
            new(
                Random(precision.Compute, length, Layers, 2, Room, 16),
                Random(precision.Compute, length + 1, Layers, 2, Room, 16),
                length
            );
    }

    [Fact]
    public void Pages_hold_what_one_piece_holds()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        (Precision precision, TorchKernels torch, _) = Sets("float64");
        var shape = new HeadShape(4, 2, 16, 0.25) { Window = 9 };
        Tensor rows = Random(precision.Compute, 1, 21, 128);
        Tensor Empty(params long[] sizes) => HeldNumbers.Filled(double.NaN, precision.Compute, sizes);
        var paged = new CachedHeads(Empty(5, Layers, 2, 8, 16), Empty(5, Layers, 2, 8, 16), 0, [3, 0, 4]);
        var whole = new CachedHeads(Empty(Layers, 2, 24, 16), Empty(Layers, 2, 24, 16), 0);
        foreach (int piece in (int[])[1, 10, 1, 9])
        {
            Tensor fresh = rows.narrow(0, paged.Length, piece);
            TokenLayout layout = TokenLayout.Of((piece, -1));
            Same(
                torch.AttendCached(fresh, layout, [whole], 1, shape, null),
                torch.AttendCached(fresh, layout, [paged], 1, shape, null),
                1e-14
            );
            paged = paged with { Length = paged.Length + piece };
            whole = whole with { Length = whole.Length + piece };
        }
    }
}
