namespace Simper.Checkpoints;

/// <summary>
/// The magnitudes of four-bit blocks in eight bits (double quantisation): their mean is taken away, and what is left is quantised
/// by <see cref="DynamicBytes"/>.
/// </summary>
/// <param name="Codes">One for each magnitude.</param>
/// <param name="Absmax">The largest difference from the mean of each nested block.</param>
/// <param name="Offset">The mean.</param>
internal sealed record NestedScales(byte[] Codes, float[] Absmax, float Offset)
{
    /// <summary>Magnitudes of a nested block.</summary>
    public const int DefaultBlockSize = 256;

    public int BlockSize { get; init; } = DefaultBlockSize;

    /// <summary>256 numbers.</summary>
    public float[] Table { get; init; } = DynamicBytes.Table.ToArray();

    public static NestedScales Of(ReadOnlySpan<float> magnitudes)
    {
        float offset = CascadeSum.Of(magnitudes) / magnitudes.Length;
        var differences = new float[magnitudes.Length];
        for (int i = 0; i < differences.Length; i++)
            differences[i] = magnitudes[i] - offset;
        var codes = new byte[differences.Length];
        var absmax = new float[(differences.Length + DefaultBlockSize - 1) / DefaultBlockSize];
        DynamicBytes.Quantise(differences, DefaultBlockSize, codes, absmax);
        return new NestedScales(codes, absmax, offset);
    }

    /// <summary>The magnitudes again.</summary>
    public void Restore(Span<float> magnitudes)
    {
        DynamicBytes.Dequantise(Codes, BlockSize, Absmax, Table, magnitudes);
        foreach (ref float magnitude in magnitudes)
            magnitude += Offset;
    }
}
