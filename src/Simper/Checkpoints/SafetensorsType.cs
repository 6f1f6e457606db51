using static TorchSharp.torch;

namespace Simper.Checkpoints;

/// <summary>
/// The element types of the safetensors format. Those without a <see cref="DType"/> are refused by name.
/// </summary>
internal sealed record SafetensorsType(string Name, int Bits, ScalarType? DType)
{
    private static readonly SafetensorsType[] All =
    [
        new("BOOL", 8, ScalarType.Bool),
        new("U8", 8, ScalarType.Byte),
        new("I8", 8, ScalarType.Int8),
        new("I16", 16, ScalarType.Int16),
        new("I32", 32, ScalarType.Int32),
        new("I64", 64, ScalarType.Int64),
        new("F16", 16, ScalarType.Float16),
        new("BF16", 16, ScalarType.BFloat16),
        new("F32", 32, ScalarType.Float32),
        new("F64", 64, ScalarType.Float64),
        new("C64", 64, ScalarType.ComplexFloat32),
        new("U16", 16, null),
        new("U32", 32, null),
        new("U64", 64, null),
        new("F4", 4, null),
        new("F6_E2M3", 6, null),
        new("F6_E3M2", 6, null),
        new("F8_E4M3", 8, null),
        new("F8_E4M3FNUZ", 8, null),
        new("F8_E5M2", 8, null),
        new("F8_E5M2FNUZ", 8, null),
        new("F8_E8M0", 8, null),
    ];

    public static SafetensorsType? Named(string name) => Array.Find(All, t => t.Name == name);

    public static SafetensorsType? Of(ScalarType type) => Array.Find(All, t => t.DType == type);
}
