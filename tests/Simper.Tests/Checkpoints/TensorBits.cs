using TorchSharp;
using static TorchSharp.torch;

namespace Simper.Tests.Checkpoints;

/// <summary>The bytes under tensors, so that NaN and the sign of zero count.</summary>
internal static class TensorBits
{
    public static byte[] Of(Tensor tensor)
    {
        using Tensor dense = tensor.contiguous();
        return dense.NumberOfElements == 0 ? [] : dense.bytes.ToArray();
    }

    public static uint[] AsFloat32(Tensor tensor)
    {
        using Tensor wide = tensor.to(ScalarType.Float32);
        byte[] bytes = Of(wide);
        uint[] bits = new uint[bytes.Length / 4];
        Buffer.BlockCopy(bytes, 0, bits, 0, bytes.Length);
        return bits;
    }
}
