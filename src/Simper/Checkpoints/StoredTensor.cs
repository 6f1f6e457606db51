using static TorchSharp.torch;

namespace Simper.Checkpoints;

/// <summary>
/// Location of a tensor in its safetensors file. Created by <see cref="SafetensorsHeader"/>, which has checked that the bytes are
/// inside the file and match type and shape. The offset counts from the start of the file.
/// </summary>
internal sealed record StoredTensor(string Name, SafetensorsType Type, long[] Shape, long Offset, long Bytes)
{
    public ScalarType DType => Type.DType!.Value;

    public TensorEntry Entry => new(Type.Name, DType, Shape);
}
