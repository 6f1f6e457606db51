using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Kernels.Torch;

// Legend: T tokens, H query heads, K key-value heads, G = H / K, E head width, n keys, c queries.

/// <summary>Heads within the rows of a projection, and their rotation.</summary>
internal static class TorchHeads
{
    /// <summary>Rows [T, (H + 2 K) E] as heads [T, H + 2 K, E].</summary>
    public static Tensor Of(Tensor rows, HeadShape shape) =>
        rows.view(rows.size(0), shape.Heads + 2 * shape.KeyValueHeads, shape.HeadWidth);

    /// <summary>Rows [c, H, E] as one matrix for each key-value head [K, G c, E].</summary>
    public static Tensor Grouped(Tensor rows, HeadShape shape)
    {
        int groups = shape.Heads / shape.KeyValueHeads;
        return rows.reshape(rows.size(0), shape.KeyValueHeads, groups, -1)
            .permute(1, 2, 0, 3)
            .reshape(shape.KeyValueHeads, groups * rows.size(0), -1);
    }

    /// <summary>The inverse, [K, G c, E] to [c, H, E].</summary>
    public static Tensor Ungrouped(Tensor matrices, HeadShape shape)
    {
        int groups = shape.Heads / shape.KeyValueHeads;
        long rows = matrices.size(1) / groups;
        return matrices.view(shape.KeyValueHeads, groups, rows, -1).permute(2, 0, 1, 3).reshape(rows, shape.Heads, -1);
    }

    /// <summary>Keys and values [K, n, E] of some tokens, in another dtype.</summary>
    public static (Tensor Key, Tensor Value) KeyValue(Tensor heads, long first, long count, HeadShape shape, ScalarType type)
    {
        Tensor rows = heads.narrow(0, first, count);
        return (
            rows.narrow(1, shape.Heads, shape.KeyValueHeads).transpose(0, 1).to(type).contiguous(),
            rows.narrow(1, shape.Heads + shape.KeyValueHeads, shape.KeyValueHeads).transpose(0, 1).to(type).contiguous()
        );
    }

    /// <summary>
    /// Rotates the pairs (i, i + R/2) of the first R values of heads [T, heads, E] by angles [T, R / 2], in the angles' dtype,
    /// and writes them to <paramref name="result"/>, which may be the heads themselves.
    /// </summary>
    public static void Turn(Tensor heads, Tensor cos, Tensor sin, int rotaryWidth, Tensor result)
    {
        long half = rotaryWidth / 2;
        long rest = heads.size(2) - rotaryWidth;
        if (rest > 0 && !ReferenceEquals(heads, result))
            result.narrow(2, rotaryWidth, rest).copy_(heads.narrow(2, rotaryWidth, rest));
        if (half == 0)
            return;
        Tensor first = heads.narrow(2, 0, half).to(cos.dtype);
        Tensor second = heads.narrow(2, half, half).to(cos.dtype);
        (Tensor c, Tensor s) = (cos.unsqueeze(1), sin.unsqueeze(1));
        Tensor turnedFirst = first * c - second * s;
        Tensor turnedSecond = (second * c).Plus(first * s);
        result.narrow(2, 0, half).copy_(turnedFirst);
        result.narrow(2, half, half).copy_(turnedSecond);
    }
}
