using static TorchSharp.torch;

namespace Simper.Checkpoints;

/// <summary>
/// Where a tensor lies in its safetensors file. Made by <see cref="SafetensorsHeader"/>, which has checked that the bytes lie
/// inside the file and are as many as type and shape ask for. The offset counts from the start of the file.
/// </summary>
internal sealed record StoredTensor(string Name, SafetensorsType Type, long[] Shape, long Offset, long Bytes)
{
    public ScalarType DType => Type.DType!.Value;

    public TensorEntry Entry => new(Type.Name, DType, Shape);
}
