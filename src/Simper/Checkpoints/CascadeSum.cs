using System.Runtime.Intrinsics;

namespace Simper.Checkpoints;

/// <summary>
/// A sum of float32 numbers in the order in which libtorch sums them on one thread: 4 × 8 running sums, themselves summed in
/// steps, so that rounding errors stay small. Nested quantisation starts from a mean, whose last bit changes codes: written out
/// here, it is the same on every processor.
/// </summary>
internal static class CascadeSum
{
    private const int Lanes = 8;
    private const int Columns = 4;
    private const int Levels = 4;

    public static float Of(ReadOnlySpan<float> values)
    {
        int vectors = values.Length / Lanes;
        Span<Vector256<float>> sums = stackalloc Vector256<float>[Columns];
        AddRows(values, vectors / Columns, sums);
        for (int i = vectors / Columns * Columns; i < vectors; i++)
            sums[0] += Vector256.Create(values[(i * Lanes)..]);
        for (int k = 1; k < Columns; k++)
            sums[0] += sums[k];
        float sum = 0;
        foreach (float value in values[(vectors * Lanes)..])
            sum += value;
        for (int lane = 0; lane < Lanes; lane++)
            sum += sums[0][lane];
        return sum;
    }

    // Rows of 4 × 8 numbers. What one level has summed in a step goes to the next one.
    private static void AddRows(ReadOnlySpan<float> values, int rows, Span<Vector256<float>> sums)
    {
        int power = Math.Max(4, rows <= 1 ? 0 : (32 - int.LeadingZeroCount(rows - 1)) / Levels);
        int step = 1 << power;
        Span<Vector256<float>> levels = stackalloc Vector256<float>[Levels * Columns];
        levels.Clear();
        int row = 0;
        while (row + step <= rows)
        {
            for (int end = row + step; row < end; row++)
                AddRow(values, row, levels);
            for (int level = 1; level < Levels; level++)
            {
                for (int k = 0; k < Columns; k++)
                {
                    levels[level * Columns + k] += levels[(level - 1) * Columns + k];
                    levels[(level - 1) * Columns + k] = default;
                }
                if ((row & (step - 1) << level * power) != 0)
                    break;
            }
        }
        for (; row < rows; row++)
            AddRow(values, row, levels);
        for (int k = 0; k < Columns; k++)
        {
            sums[k] = levels[k];
            for (int level = 1; level < Levels; level++)
                sums[k] += levels[level * Columns + k];
        }
    }

    private static void AddRow(ReadOnlySpan<float> values, int row, Span<Vector256<float>> sums)
    {
        for (int k = 0; k < Columns; k++)
            sums[k] += Vector256.Create(values[((row * Columns + k) * Lanes)..]);
    }
}
