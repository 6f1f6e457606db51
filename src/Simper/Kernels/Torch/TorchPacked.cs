using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Kernels.Torch;

/// <summary>
/// Products with packed matrices: a tile of rows is dequantised on the host by the format's reference arithmetic, moved to the
/// device in the compute dtype, and multiplied there. The blocks themselves stay in the host's memory.
/// </summary>
internal static class TorchPacked
{
    /// <summary>Values of a tile.</summary>
    private const long TileNumbers = 1 << 22;

    public static Tensor Unpack(PackedMatrix packed, long first, long count, Precision precision, Device device)
    {
        using var scope = NewDisposeScope();
        Tensor[] runs =
        [
            .. packed
                .Runs((int)first, (int)count)
                .Select(r => r.Part.Dequantise(r.First, r.Count).to(precision.Compute).to(device)),
        ];
        return (runs.Length == 1 ? runs[0] : cat(runs, 0)).MoveToOuterDisposeScope();
    }

    /// <summary>x Wᵀ + b, compute.</summary>
    public static Tensor Forward(Tensor x, PackedMatrix packed, Tensor? bias, Precision precision)
    {
        Tensor product = Multiply(x, packed, precision, precision.Compute);
        if (bias is not null)
            product.PlusInPlace(bias);
        return product;
    }

    /// <summary>x Wᵀ, wide.</summary>
    public static Tensor Wide(Tensor x, PackedMatrix packed, Precision precision) =>
        Multiply(x, packed, precision, precision.Wide);

    /// <summary>dy W, compute; summed over the tiles in the wide dtype.</summary>
    public static Tensor Backward(Tensor dy, PackedMatrix packed, Precision precision)
    {
        Shape.Expect(dy, nameof(dy), -1, packed.Rows);
        using var scope = NewDisposeScope();
        Tensor wide = dy.to(precision.Wide);
        Tensor sum = zeros([dy.size(0), packed.Columns], dtype: precision.Wide, device: dy.device);
        foreach ((long first, long count) in Slices.Of(packed.Rows, packed.Columns, TileNumbers))
        {
            using var slice = NewDisposeScope();
            Tensor tile = Unpack(packed, first, count, precision, dy.device).to(precision.Wide);
            sum.PlusInPlace(wide.narrow(1, first, count).mm(tile));
        }
        return sum.to(precision.Compute).MoveToOuterDisposeScope();
    }

    /// <summary>Rows at the tokens' numbers, wide.</summary>
    public static Tensor Rows(PackedMatrix packed, Tensor ids, Precision precision)
    {
        using var scope = NewDisposeScope();
        long[] numbers = ids.cpu().data<long>().ToArray();
        Tensor[] rows = [.. numbers.Select(id => Unpack(packed, checked((int)id), 1, precision, ids.device))];
        return cat(rows, 0).to(precision.Wide).MoveToOuterDisposeScope();
    }

    private static Tensor Multiply(Tensor x, PackedMatrix packed, Precision precision, ScalarType type)
    {
        Shape.Expect(x, nameof(x), -1, packed.Columns);
        using var scope = NewDisposeScope();
        Tensor input = x.to(type);
        Tensor product = empty([x.size(0), packed.Rows], dtype: type, device: x.device);
        foreach ((long first, long count) in Slices.Of(packed.Rows, packed.Columns, TileNumbers))
        {
            using var slice = NewDisposeScope();
            Tensor tile = Unpack(packed, first, count, precision, x.device).to(type);
            product.narrow(1, first, count).copy_(input.mm(tile.t()));
        }
        return product.MoveToOuterDisposeScope();
    }
}
