using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Kernels.Cpu;

// Products of many rows with packed matrices: a tile of rows is unpacked into the cache by all threads, and multiplied there by
// libtorch's operators in the wide dtype. Its float32 products are at least as fast as its bfloat16 ones where the processor has
// no instructions for these.
internal unsafe partial class CpuKernels<TCompute, TWide>
{
    private const long TileNumbers = 1 << 18;

    public override Tensor Rows(WeightMatrix weight, Tensor ids) =>
        weight.Packed is { } packed ? Gather(packed, ids) : weight.Values.index_select(0, ids).to(WideType);

    public override Tensor Unpack(PackedMatrix packed, long first, long count)
    {
        Tensor result = Empty(ComputeType, count, packed.Columns);
        var unpack = new UnpackRows<TCompute>
        {
            Packed = packed,
            First = (int)first,
            Count = (int)count,
            To = Compute(result),
        };
        Workers.Run(unpack, unpack.Items);
        return result;
    }

    // x Wᵀ, compute.
    private Tensor Multiply(Tensor x, PackedMatrix packed)
    {
        Shape.Expect(x, nameof(x), -1, packed.Columns);
        Tensor product = Empty(ComputeType, x.size(0), packed.Rows);
        using var scope = NewDisposeScope();
        Tensor wide = Widened(x);
        foreach ((long first, long count) in Tiles(packed))
        {
            using var tileScope = NewDisposeScope();
            Tensor tile = Widened(Unpack(packed, first, count)).t();
            Tensor place = product.narrow(1, first, count);
            if (ComputeType == WideType)
                Dispatcher.Call("aten::mm", "out", 1, wide, tile, place);
            else
                place.copy_(wide.mm(tile));
        }
        return product;
    }

    // dy W, compute.
    private Tensor MultiplyBackward(Tensor dy, PackedMatrix packed)
    {
        Shape.Expect(dy, nameof(dy), -1, packed.Rows);
        using var scope = NewDisposeScope();
        Tensor wide = Widened(dy);
        Tensor sum = Empty(WideType, dy.size(0), packed.Columns);
        foreach ((long first, long count) in Tiles(packed))
        {
            using var tileScope = NewDisposeScope();
            Tensor tile = Widened(Unpack(packed, first, count));
            sum.addmm_(wide.narrow(1, first, count), tile, beta: first > 0 ? 1 : 0, alpha: 1);
        }
        return Round(sum).MoveToOuterDisposeScope();
    }

    // Rows of W at the tokens' numbers, wide.
    private Tensor Gather(PackedMatrix packed, Tensor ids)
    {
        var numbers = (long*)TensorMemory.Pointer(ids);
        int count = (int)ids.numel();
        for (int i = 0; i < count; i++)
        {
            if ((ulong)numbers[i] >= (ulong)packed.Rows)
                throw new ArgumentOutOfRangeException(nameof(ids), numbers[i], $"The table has {packed.Rows} rows.");
        }
        Tensor result = Empty(WideType, count, packed.Columns);
        Workers.Run(
            new GatherRows<TCompute, TWide>
            {
                Packed = packed,
                Ids = numbers,
                Result = Wide(result),
            },
            count
        );
        return result;
    }

    private static Tensor Widened(Tensor numbers) => ComputeType == WideType ? numbers : numbers.to(WideType);

    private static IEnumerable<(long First, long Count)> Tiles(PackedMatrix packed)
    {
        long rows = Math.Max(16, TileNumbers / packed.Columns);
        for (long first = 0; first < packed.Rows; first += rows)
            yield return (first, Math.Min(rows, packed.Rows - first));
    }
}
