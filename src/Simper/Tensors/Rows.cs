using static TorchSharp.torch;

namespace Simper.Tensors;

/// <summary>
/// Matrices of as many rows as a pass has tokens. Passes differ in length, and buffers of ever other sizes would leave the heap full of
/// holes; so room is taken for a multiple of <see cref="Quantum"/> rows, and passes find the buffers of earlier ones. Rows that are
/// never written are never mapped, so the room costs addresses, not memory.
/// </summary>
internal static class Rows
{
    private const long Quantum = 1024;

    // Below this, buffers are small and come from elsewhere in the heap.
    private const long Few = 128;

    /// <summary>A contiguous matrix [rows, width] of unspecified content.</summary>
    public static Tensor Empty(long rows, long width, ScalarType type)
    {
        if (rows < Few)
            return empty([rows, width], dtype: type);
        using Tensor room = empty([(rows + Quantum - 1) / Quantum * Quantum, width], dtype: type);
        return room.narrow(0, 0, rows);
    }

    /// <summary>a b, for a [N, K] and b [K, M].</summary>
    public static Tensor Multiply(Tensor a, Tensor b)
    {
        Tensor product = Empty(a.shape[0], b.shape[1], a.dtype);
        Dispatcher.Call("aten::mm", "out", 1, a, b, product)[0].Dispose(); // a second handle of the same tensor
        return product;
    }
}
