namespace Simper.Models;

/// <summary>
/// Rotary position embedding: the angle per position of each pair of dimensions, and a scale on cos and sin. Source: Su et al.
/// 2021; the scalings as transformers' <c>modeling_rope_utils</c> defines them.
/// </summary>
public abstract record RotaryKind
{
    /// <summary>Base of the frequencies (<c>rope_theta</c>).</summary>
    public required double Theta { get; init; }

    /// <summary>Scale of cos and sin.</summary>
    internal virtual double AttentionFactor => 1;

    /// <summary>Radians per position for each of the <paramref name="headWidth"/> / 2 pairs.</summary>
    internal abstract double[] Frequencies(int headWidth);

    /// <summary>Whether all frequencies depend on the length of the whole sequence.</summary>
    internal virtual bool DependsOnLength => false;

    /// <summary>The lengths with the same number have the same frequencies.</summary>
    internal virtual int LengthClass(int length) => 0;

    /// <summary>The frequencies in a sequence of a length.</summary>
    internal virtual double[] Frequencies(int headWidth, int length) => Frequencies(headWidth);

    /// <summary>Theta^(-2i/E).</summary>
    protected double[] Unscaled(int headWidth) => Unscaled(Theta, headWidth);

    private static double[] Unscaled(double theta, int headWidth) =>
        [.. Enumerable.Range(0, headWidth / 2).Select(i => Math.Pow(theta, -2.0 * i / headWidth))];

    /// <summary>No scaling.</summary>
    public sealed record Plain : RotaryKind
    {
        internal override double[] Frequencies(int headWidth) => Unscaled(headWidth);
    }

    /// <summary>All angles divided by <see cref="Factor"/> (<c>linear</c>).</summary>
    public sealed record Linear : RotaryKind
    {
        public required double Factor { get; init; }

        internal override double[] Frequencies(int headWidth) => [.. Unscaled(headWidth).Select(f => f / Factor)];
    }

    /// <summary>
    /// Llama 3.1's scaling: low frequencies are scaled, high ones kept, with a blend in between (<c>llama3</c>).
    /// </summary>
    public sealed record Llama3 : RotaryKind
    {
        public required double Factor { get; init; }

        public required double LowFrequencyFactor { get; init; }

        public required double HighFrequencyFactor { get; init; }

        public required double OriginalMaxPositions { get; init; }

        internal override double[] Frequencies(int headWidth) => [.. Unscaled(headWidth).Select(Scale)];

        private double Scale(double frequency)
        {
            double waveLength = 2 * Math.PI / frequency;
            if (waveLength < OriginalMaxPositions / HighFrequencyFactor)
                return frequency;
            if (waveLength > OriginalMaxPositions / LowFrequencyFactor)
                return frequency / Factor;
            double keep = (OriginalMaxPositions / waveLength - LowFrequencyFactor) / (HighFrequencyFactor - LowFrequencyFactor);
            return (1 - keep) * frequency / Factor + keep * frequency;
        }
    }

    /// <summary>
    /// NTK-aware scaling (<c>dynamic</c>): beyond the original context the base grows with the length of the sequence.
    /// </summary>
    public sealed record Dynamic : RotaryKind
    {
        public required double Factor { get; init; }

        public required int OriginalMaxPositions { get; init; }

        internal override bool DependsOnLength => true;

        internal override int LengthClass(int length) => Math.Max(length, OriginalMaxPositions);

        internal override double[] Frequencies(int headWidth) => Unscaled(headWidth);

        internal override double[] Frequencies(int headWidth, int length)
        {
            double stretch = Factor * LengthClass(length) / OriginalMaxPositions - (Factor - 1);
            return Unscaled(Theta * Math.Pow(stretch, headWidth / (headWidth - 2.0)), headWidth);
        }
    }

    /// <summary>
    /// A divisor for each frequency, from one list up to the original context and from another beyond it (Ding et al. 2024;
    /// <c>longrope</c>).
    /// </summary>
    public sealed record LongRope : RotaryKind
    {
        public required IReadOnlyList<double> ShortFactors { get; init; }

        public required IReadOnlyList<double> LongFactors { get; init; }

        public required int OriginalMaxPositions { get; init; }

        /// <summary>Scale of cos and sin, at every length.</summary>
        public required double GivenAttentionFactor { get; init; }

        internal override double AttentionFactor => GivenAttentionFactor;

        internal override bool DependsOnLength => true;

        internal override int LengthClass(int length) => length > OriginalMaxPositions ? 1 : 0;

        internal override double[] Frequencies(int headWidth) => Divided(headWidth, ShortFactors);

        internal override double[] Frequencies(int headWidth, int length) =>
            Divided(headWidth, LengthClass(length) == 0 ? ShortFactors : LongFactors);

        private double[] Divided(int headWidth, IReadOnlyList<double> factors) =>
            [.. Unscaled(headWidth).Select((f, i) => f / factors[i])];
    }

    /// <summary>YaRN (Peng et al. 2023): a ramp over the pairs between scaled and kept frequencies (<c>yarn</c>).</summary>
    public sealed record Yarn : RotaryKind
    {
        public required double Factor { get; init; }

        public required double OriginalMaxPositions { get; init; }

        public double BetaFast { get; init; } = 32;

        public double BetaSlow { get; init; } = 1;

        /// <summary>Whether the ramp's ends are rounded to whole pairs.</summary>
        public bool Truncate { get; init; } = true;

        /// <summary>Scale of cos and sin; null computes 0.1 ln(factor) + 1.</summary>
        public double? GivenAttentionFactor { get; init; }

        internal override double AttentionFactor => GivenAttentionFactor ?? (Factor <= 1 ? 1 : 0.1 * Math.Log(Factor) + 1);

        internal override double[] Frequencies(int headWidth)
        {
            double low = PairOfRotations(BetaFast, headWidth);
            double high = PairOfRotations(BetaSlow, headWidth);
            if (Truncate)
                (low, high) = (Math.Floor(low), Math.Ceiling(high));
            (low, high) = (Math.Max(low, 0), Math.Min(high, headWidth - 1));
            if (low == high)
                high += 0.001; // As in transformers: a ramp of zero width would divide by zero.
            double[] kept = Unscaled(headWidth);
            return
            [
                .. kept.Select(
                    (f, i) =>
                    {
                        double slowed = Math.Clamp((i - low) / (high - low), 0, 1);
                        return f / Factor * slowed + f * (1 - slowed);
                    }
                ),
            ];
        }

        // The pair that rotates `rotations` times over the original context.
        private double PairOfRotations(double rotations, int headWidth) =>
            headWidth * Math.Log(OriginalMaxPositions / (rotations * 2 * Math.PI)) / (2 * Math.Log(Theta));
    }
}
