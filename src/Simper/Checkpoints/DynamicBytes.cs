namespace Simper.Checkpoints;

/// <summary>
/// bitsandbytes' block-wise quantisation to eight bits by a dynamic table (8-bit Approximations for Parallelism in Deep
/// Learning, section 2.2): a value is divided by the largest magnitude of its block and has the code of the nearest table
/// entry; halfway, of the lower one. Of the magnitudes of four-bit blocks it makes nested (double) quantisation.
/// </summary>
internal static class DynamicBytes
{
    private const int Exponents = 7;
    private const float Smallest = 1e-38f;

    private static readonly float[] Entries = MakeTable();
    private static readonly float[] Bounds =
    [
        .. Enumerable.Range(0, Entries.Length - 1).Select(i => (Entries[i] + Entries[i + 1]) / 2),
    ];

    /// <summary>256 numbers between -0.993 and 1, ascending.</summary>
    public static ReadOnlySpan<float> Table => Entries;

    /// <param name="values">The values.</param>
    /// <param name="blockSize">Values of a block; the last one may be shorter.</param>
    /// <param name="codes">As many as values.</param>
    /// <param name="absmax">One for each block.</param>
    public static void Quantise(ReadOnlySpan<float> values, int blockSize, Span<byte> codes, Span<float> absmax)
    {
        for (int block = 0; block * blockSize < values.Length; block++)
        {
            int at = block * blockSize;
            ReadOnlySpan<float> own = values.Slice(at, Math.Min(blockSize, values.Length - at));
            float largest = Magnitudes.Largest(own);
            bool isWhole = own.Length == blockSize;
            float divisor = MathF.Max(largest, Smallest);
            float reciprocal = 1 / divisor;
            absmax[block] = isWhole ? largest : divisor;
            for (int i = 0; i < own.Length; i++)
                codes[at + i] = Code(isWhole ? own[i] * reciprocal : own[i] / divisor);
        }
    }

    /// <summary>The values of codes.</summary>
    /// <param name="codes">The codes.</param>
    /// <param name="blockSize">Values of a block.</param>
    /// <param name="absmax">One for each block.</param>
    /// <param name="table">256 numbers.</param>
    /// <param name="values">As many as codes.</param>
    public static void Dequantise(
        ReadOnlySpan<byte> codes,
        int blockSize,
        ReadOnlySpan<float> absmax,
        ReadOnlySpan<float> table,
        Span<float> values
    )
    {
        for (int i = 0; i < codes.Length; i++)
            values[i] = table[codes[i]] * absmax[i / blockSize];
    }

    // How many bounds are below; for NaN all of them.
    private static byte Code(float value)
    {
        (int low, int high) = (0, Bounds.Length);
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (Bounds[middle] >= value)
                high = middle;
            else
                low = middle + 1;
        }
        return (byte)low;
    }

    // 2^i values of each power of ten, in the middle between equal steps from 0.1 to 1; their negatives; 0 and 1.
    private static float[] MakeTable()
    {
        var table = new List<float> { 0, 1 };
        for (int i = 0; i < Exponents; i++)
        {
            float power = (float)Math.Pow(10, i - (Exponents - 1));
            int steps = 1 << i;
            for (int k = 0; k < steps; k++)
            {
                float value = power * ((Step(k, steps) + Step(k + 1, steps)) / 2);
                table.AddRange([value, -value]);
            }
        }
        table.Sort();
        return [.. table];
    }

    // torch.linspace(0.1, 1) in float32: from the nearer end, fused.
    private static float Step(int k, int steps)
    {
        float step = (1 - 0.1f) / steps;
        return k < (steps + 1) / 2 ? MathF.FusedMultiplyAdd(step, k, 0.1f) : MathF.FusedMultiplyAdd(-step, steps - k, 1);
    }
}
