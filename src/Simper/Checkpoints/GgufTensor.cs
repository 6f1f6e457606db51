using static TorchSharp.torch;

namespace Simper.Checkpoints;

/// <summary>
/// Location of a tensor in its GGUF file, checked to be inside the file. The shape is outermost first, the reverse of the file's
/// order; the offset counts from the start of the file.
/// </summary>
internal sealed record GgufTensor(string Name, BlockType Type, long[] Shape, long Offset, long Bytes)
{
    public ScalarType DType => Type.Plain ?? ScalarType.Float32;
}
