namespace Simper.Checkpoints;

/// <summary>
/// Finds the scale of a group of values, so that codes around zero come near them: the value of largest magnitude first gets the
/// lowest code, then several stretches of that are tried, each with the scale of least squares, weighted by the values' squares.
/// </summary>
internal static class SymmetricSearch
{
    /// <summary>Below this all values count as zeros.</summary>
    public const float Nothing = 1e-15f;

    /// <summary>The scale; codes from 0 to 2 <paramref name="levels"/> - 1 are written.</summary>
    public static float Scale(int levels, ReadOnlySpan<float> x, Span<byte> codes)
    {
        float largest = 0;
        float signed = 0;
        foreach (float value in x)
        {
            if (Math.Abs(value) > largest)
                (largest, signed) = (Math.Abs(value), value);
        }
        if (largest < Nothing)
        {
            codes.Clear();
            return 0;
        }
        float inverse = -levels / signed;
        (float sumXl, float sumL2) = Sums(levels, x, inverse);
        Write(levels, x, inverse, codes);
        float scale = sumL2 == 0 ? 0 : sumXl / sumL2;
        float best = scale * sumXl;
        for (int stretch = -9; stretch <= 9; stretch++)
        {
            if (stretch == 0)
                continue;
            inverse = -(levels + 0.1f * stretch) / signed;
            (sumXl, sumL2) = Sums(levels, x, inverse);
            if (sumL2 > 0 && sumXl * sumXl > best * sumL2)
            {
                Write(levels, x, inverse, codes);
                scale = sumXl / sumL2;
                best = scale * sumXl;
            }
        }
        return scale;
    }

    private static (float Xl, float L2) Sums(int levels, ReadOnlySpan<float> x, float inverse)
    {
        float xl = 0;
        float l2 = 0;
        foreach (float value in x)
        {
            int l = Code(levels, inverse * value);
            float weight = value * value;
            xl += weight * value * l;
            l2 += weight * l * l;
        }
        return (xl, l2);
    }

    private static void Write(int levels, ReadOnlySpan<float> x, float inverse, Span<byte> codes)
    {
        for (int i = 0; i < x.Length; i++)
            codes[i] = (byte)(levels + Code(levels, inverse * x[i]));
    }

    private static int Code(int levels, float value) => Math.Clamp(Rounding.Nearest(value), -levels, levels - 1);
}
