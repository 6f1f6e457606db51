using Simper.Tensors;
using static TorchSharp.torch;

namespace Simper.Kernels.Torch;

/// <summary>
/// Floats split into the nearest bfloat16 (ties away from zero) and the low bits: the upper half of the float's bits plus 0x8000,
/// and its lower half, read as a signed difference. Halves are accessed by viewing the bits as int16, lower half first: all
/// devices are little-endian.
/// </summary>
internal static class TorchSplit
{
    public static void Write(Tensor values, Tensor high, Tensor missing)
    {
        using var scope = NewDisposeScope();
        Tensor flat = values.reshape(-1);
        (high, missing) = (high.view(-1), missing.view(-1));
        foreach ((long first, long count) in Slices.Of(flat.size(0)))
        {
            using var slice = NewDisposeScope();
            Tensor bits = View(flat.narrow(0, first, count).to(ScalarType.Float32).contiguous(), ScalarType.Int32);
            Tensor rounded = bits.Plus(0x8000L);
            missing.narrow(0, first, count).copy_(Halves(bits).select(1, 0));
            View(high.narrow(0, first, count), ScalarType.Int16).copy_(Halves(rounded).select(1, 1));
        }
    }

    public static Tensor Read(Tensor high, Tensor missing)
    {
        using var scope = NewDisposeScope();
        Tensor bits = zeros([high.numel()], dtype: ScalarType.Int32, device: high.device);
        Halves(bits).select(1, 1).copy_(View(high.view(-1), ScalarType.Int16));
        bits.PlusInPlace(missing.view(-1));
        return View(bits, ScalarType.Float32).view(high.shape).MoveToOuterDisposeScope();
    }

    // [n] int32 as [n, 2] int16.
    private static Tensor Halves(Tensor bits) => View(bits, ScalarType.Int16).view(-1, 2);

    private static Tensor View(Tensor numbers, ScalarType type) =>
        Dispatcher.Call("aten::view", "dtype", 1, numbers, (long)type)[0];
}
