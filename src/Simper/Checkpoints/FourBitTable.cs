namespace Simper.Checkpoints;

/// <summary>
/// The sixteen values between -1 and 1 that four bits stand for in bitsandbytes: NF4, quantiles of a normal distribution
/// (QLoRA, appendix E), or FP4, floats of two exponent bits and one of mantissa, the sign in the highest bit. A value has the
/// code of the nearest one; halfway, that of the lower one. Immutable.
/// </summary>
internal sealed class FourBitTable
{
    private readonly float[] _values;
    private readonly float[] _bounds; // between neighbours, in order of their values
    private readonly byte[] _order;

    private FourBitTable(string name, params float[] values)
    {
        (Name, _values) = (name, values);
        // Of FP4's two zeros, code 0 comes first: it takes what is not above zero.
        _order = [.. Enumerable.Range(0, values.Length).OrderBy(i => values[i]).Select(i => (byte)i)];
        _bounds = [.. Enumerable.Range(0, values.Length - 1).Select(i => (values[_order[i]] + values[_order[i + 1]]) / 2)];
    }

    public static FourBitTable Nf4 { get; } =
        new(
            "NF4",
            -1,
            -0.6961928009986877f,
            -0.5250730514526367f,
            -0.39491748809814453f,
            -0.28444138169288635f,
            -0.18477343022823334f,
            -0.09105003625154495f,
            0,
            0.07958029955625534f,
            0.16093020141124725f,
            0.24611230194568634f,
            0.33791524171829224f,
            0.44070982933044434f,
            0.5626170039176941f,
            0.7229568362236023f,
            1
        );

    public static FourBitTable Fp4 { get; } = new("FP4", [.. Magnitudes, .. Magnitudes.Select(m => m == 0 ? 0 : -m)]);

    public string Name { get; }

    /// <summary>By code.</summary>
    public ReadOnlySpan<float> Values => _values;

    /// <summary>The fifteen numbers between neighbouring values, ascending.</summary>
    public ReadOnlySpan<float> Bounds => _bounds;

    /// <summary>The codes by their values, ascending.</summary>
    public ReadOnlySpan<byte> Order => _order;

    private static float[] Magnitudes =>
        [0, 0.0052083334885537624f, 0.6666666865348816f, 1, 0.3333333432674408f, 0.5f, 0.1666666716337204f, 0.25f];

    /// <summary>The code of a value between -1 and 1.</summary>
    public byte Code(float value)
    {
        int rank = _bounds.Length;
        foreach (float bound in _bounds)
            rank -= bound >= value ? 1 : 0; // NaN: the last one
        return _order[rank];
    }
}
