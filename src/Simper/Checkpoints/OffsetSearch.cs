namespace Simper.Checkpoints;

/// <summary>
/// Finds scale and offset of a group of values, so that codes from 0 to <paramref name="Most"/> come near them: a first guess by
/// the range, then least squares for several stretches of it, of which the one with the least weighted error is taken.
/// </summary>
/// <param name="Most">The largest code.</param>
/// <param name="First">What the first stretch adds to <paramref name="Most"/>.</param>
/// <param name="Step">What each further one adds to that.</param>
/// <param name="Steps">How many steps there are.</param>
internal readonly record struct OffsetSearch(int Most, float First, float Step, int Steps)
{
    /// <summary>The scale, and by how much the smallest value lies below zero; codes are written.</summary>
    public (float Scale, float Min) ScaleAndMin(ReadOnlySpan<float> x, ReadOnlySpan<float> weights, Span<byte> codes)
    {
        float min = x[0];
        float max = x[0];
        float sumWeights = weights[0];
        float sumX = sumWeights * x[0];
        for (int i = 1; i < x.Length; i++)
        {
            min = x[i] < min ? x[i] : min;
            max = x[i] > max ? x[i] : max;
            sumWeights += weights[i];
            sumX += weights[i] * x[i];
        }
        min = min > 0 ? 0 : min;
        if (max == min)
        {
            codes.Clear();
            return (0, -min);
        }
        float inverse = Most / (max - min);
        float scale = 1 / inverse;
        for (int i = 0; i < x.Length; i++)
            codes[i] = Code(inverse * (x[i] - min));
        float error = Error(x, weights, codes, scale, min);
        Span<byte> trial = stackalloc byte[x.Length];
        for (int step = 0; step <= Steps; step++)
        {
            inverse = (First + Step * step + Most) / (max - min);
            float sumL = 0;
            float sumL2 = 0;
            float sumXl = 0;
            for (int i = 0; i < x.Length; i++)
            {
                int l = trial[i] = Code(inverse * (x[i] - min));
                sumL += weights[i] * l;
                sumL2 += weights[i] * l * l;
                sumXl += weights[i] * l * x[i];
            }
            float determinant = sumWeights * sumL2 - sumL * sumL;
            if (!(determinant > 0))
                continue;
            float thisScale = (sumWeights * sumXl - sumX * sumL) / determinant;
            float thisMin = (sumL2 * sumX - sumL * sumXl) / determinant;
            if (thisMin > 0)
                (thisMin, thisScale) = (0, sumXl / sumL2);
            float thisError = Error(x, weights, trial, thisScale, thisMin);
            if (thisError < error)
            {
                trial.CopyTo(codes);
                (error, scale, min) = (thisError, thisScale, thisMin);
            }
        }
        return (scale, -min);
    }

    private byte Code(float value) => (byte)Math.Clamp(Rounding.Nearest(value), 0, Most);

    private static float Error(
        ReadOnlySpan<float> x,
        ReadOnlySpan<float> weights,
        ReadOnlySpan<byte> codes,
        float scale,
        float min
    )
    {
        float error = 0;
        for (int i = 0; i < x.Length; i++)
        {
            float difference = scale * codes[i] + min - x[i];
            error += weights[i] * (difference * difference);
        }
        return error;
    }
}
