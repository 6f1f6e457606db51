using static TorchSharp.torch;

namespace Simper.Checkpoints;

/// <summary>Rounding as the reference quantisers do it.</summary>
internal static class Rounding
{
    /// <summary>
    /// The nearest whole number, halves to even ones: by an addition that leaves no bits for a fraction, so that what is too
    /// large gives the same bits as there.
    /// </summary>
    public static int Nearest(float value) => (int)(BitConverter.SingleToUInt32Bits(value + 12582912f) & 0x007fffff) - 0x00400000;

    /// <summary>The nearest value of float32, bfloat16 or float16, halves to even ones.</summary>
    public static float To(ScalarType type, float value) =>
        type switch
        {
            ScalarType.BFloat16 => ToBFloat16(value),
            ScalarType.Float16 => (float)(Half)value,
            _ => value,
        };

    private static float ToBFloat16(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        uint rounded = float.IsNaN(value) ? bits : bits + 0x7fff + (bits >> 16 & 1);
        return BitConverter.UInt32BitsToSingle(rounded & 0xffff_0000);
    }
}
