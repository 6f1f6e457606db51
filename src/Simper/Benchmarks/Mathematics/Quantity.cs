using System.Numerics;

namespace Simper.Benchmarks.Mathematics;

/// <summary>A number: an exact fraction as long as possible, else a complex one in double precision.</summary>
/// <param name="Upper">Numerator of the exact fraction; null where the number is not exact.</param>
/// <param name="Lower">Its denominator, above 0.</param>
/// <param name="Inexact">The number otherwise.</param>
internal readonly record struct Quantity(BigInteger? Upper, BigInteger Lower, Complex Inexact)
{
    private const int LargestPower = 4096;

    public static Quantity Of(BigInteger upper, BigInteger lower)
    {
        if (lower.IsZero)
            return Of(new Complex(double.NaN, 0));
        BigInteger common = BigInteger.GreatestCommonDivisor(upper, lower) * lower.Sign;
        return new Quantity(upper / common, lower / common, default);
    }

    public static Quantity Of(Complex value) => new(null, BigInteger.One, value);

    public Complex Value => Upper is { } upper ? (double)upper / (double)Lower : Inexact;

    public bool IsWhole => Upper is not null && Lower.IsOne;

    public static Quantity operator +(Quantity a, Quantity b) =>
        a.Upper is { } x && b.Upper is { } y ? Of(x * b.Lower + y * a.Lower, a.Lower * b.Lower) : Of(a.Value + b.Value);

    public static Quantity operator *(Quantity a, Quantity b) =>
        a.Upper is { } x && b.Upper is { } y ? Of(x * y, a.Lower * b.Lower) : Of(a.Value * b.Value);

    public static Quantity operator /(Quantity a, Quantity b) =>
        a.Upper is { } x && b.Upper is { } y ? Of(x * b.Lower, a.Lower * y) : Of(a.Value / b.Value);

    public static Quantity operator -(Quantity a) => a.Upper is { } x ? Of(-x, a.Lower) : Of(-a.Inexact);

    public Quantity To(Quantity power)
    {
        if (
            Upper is { } x
            && power.IsWhole
            && BigInteger.Abs(power.Upper!.Value) <= LargestPower
            && x.GetBitLength() <= LargestPower
        )
        {
            int n = (int)BigInteger.Abs(power.Upper.Value);
            Quantity raised = Of(BigInteger.Pow(x, n), BigInteger.Pow(Lower, n));
            return power.Upper.Value.Sign < 0 ? Of(BigInteger.One, BigInteger.One) / raised : raised;
        }
        return Of(Value == Complex.Zero ? (power.Value == Complex.Zero ? 1 : 0) : Complex.Pow(Value, power.Value));
    }

    /// <summary>Whether two are the same, up to rounding where they are not exact.</summary>
    public bool IsCloseTo(Quantity other, double tolerance = 1e-9)
    {
        if (Upper is { } x && other.Upper is { } y)
            return x == y && Lower == other.Lower;
        double scale = Math.Max(1, Math.Max(Complex.Abs(Value), Complex.Abs(other.Value)));
        return Complex.Abs(Value - other.Value) <= tolerance * scale; // false for NaN
    }
}
