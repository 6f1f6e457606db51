using Simper.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Checkpoints;

/// <summary>
/// The row order of query and key weights in files of architectures that rotate neighbouring values, while Hugging Face's folders
/// are for the rotation of halves: <c>llama</c>, <c>granite</c>, <c>smollm3</c>.
/// </summary>
internal static class GgufLlama
{
    public const string RopeFactors = GgufRopeScaling.Divisors;

    /// <summary>
    /// Of the first <paramref name="rotated"/> rows of each head (all, for 0) the file has 0, R/2, 1, R/2 + 1, ... of what is
    /// returned.
    /// </summary>
    public static Tensor HalvesFromPairs(Tensor values, long heads, long rotated = 0) =>
        Turned(values, heads, rotated, toHalves: true);

    /// <summary>The opposite: rows as the file has them.</summary>
    public static Tensor PairsFromHalves(Tensor values, long heads, long rotated = 0) =>
        Turned(values, heads, rotated, toHalves: false);

    private static Tensor Turned(Tensor values, long heads, long rotated, bool toHalves)
    {
        using DisposeScope scope = NewDisposeScope();
        long width = values.size(0) / heads;
        long turned = rotated == 0 ? width : rotated;
        Tensor byHead = values.reshape(heads, width, -1);
        Tensor first = byHead
            .narrow(1, 0, turned)
            .reshape(heads, toHalves ? turned / 2 : 2, toHalves ? 2 : turned / 2, -1)
            .transpose(1, 2)
            .reshape(heads, turned, -1);
        Tensor all = turned == width ? first : cat([first, byHead.narrow(1, turned, width - turned)], 1);
        return all.reshape(values.shape).MoveToOuterDisposeScope();
    }
}
