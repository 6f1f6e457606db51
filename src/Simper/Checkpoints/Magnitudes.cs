using System.Runtime.Intrinsics;

namespace Simper.Checkpoints;

/// <summary>Magnitudes of values, by which quantisers scale them.</summary>
internal static class Magnitudes
{
    /// <summary>The largest; NaN if a value is.</summary>
    public static float Largest(ReadOnlySpan<float> values)
    {
        Vector512<float> lanes = default;
        int i = 0;
        for (; i + Vector512<float>.Count <= values.Length; i += Vector512<float>.Count)
            lanes = Vector512.Max(lanes, Vector512.Abs(Vector512.Create(values[i..])));
        float largest = 0;
        for (int lane = 0; lane < Vector512<float>.Count; lane++)
            largest = MathF.Max(largest, lanes[lane]);
        for (; i < values.Length; i++)
            largest = MathF.Max(largest, MathF.Abs(values[i]));
        return largest;
    }
}
