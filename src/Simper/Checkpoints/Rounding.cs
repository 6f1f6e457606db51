namespace Simper.Checkpoints;

/// <summary>Rounding as the reference quantisers do it.</summary>
internal static class Rounding
{
    /// <summary>
    /// The nearest whole number, halves to even ones: by an addition that leaves no bits for a fraction, so that what is too
    /// large gives the same bits as there.
    /// </summary>
    public static int Nearest(float value) => (int)(BitConverter.SingleToUInt32Bits(value + 12582912f) & 0x007fffff) - 0x00400000;
}
