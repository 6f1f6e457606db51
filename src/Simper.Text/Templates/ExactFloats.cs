using System.Numerics;

namespace Simper.Text.Templates;

/// <summary>Converts exact numbers to floats and to decimal digits, always to nearest, ties to even, as Python does.</summary>
internal static class ExactFloats
{
    private const int MantissaBits = 53;
    private const int LowestExponent = -1074;

    /// <summary>A quotient of integers as a float; infinite if out of range.</summary>
    public static double Ratio(BigInteger numerator, BigInteger denominator)
    {
        if (numerator.IsZero)
            return 0;
        bool negative = numerator.Sign < 0 != denominator.Sign < 0;
        (numerator, denominator) = (BigInteger.Abs(numerator), BigInteger.Abs(denominator));
        long exponent = numerator.GetBitLength() - denominator.GetBitLength();
        if (exponent > 1030)
            return negative ? double.NegativeInfinity : double.PositiveInfinity;
        // In units of this power of two the quotient has at least three bits more than a float: one to round by, and a sticky bit
        // for the remainder.
        int unit = (int)Math.Max(exponent - MantissaBits - 3, LowestExponent - 2);
        BigInteger quotient =
            unit >= 0
                ? BigInteger.DivRem(numerator, denominator << unit, out BigInteger rest)
                : BigInteger.DivRem(numerator << -unit, denominator, out rest);
        ulong bits = (ulong)quotient | (rest.IsZero ? 0UL : 1UL);
        int drop = Math.Max(64 - BitOperations.LeadingZeroCount(bits) - MantissaBits, LowestExponent - unit);
        ulong half = 1UL << (drop - 1);
        ulong lost = bits & ((half << 1) - 1);
        bits >>= drop;
        if (lost > half || (lost == half && (bits & 1) == 1))
            bits++;
        double value = Math.ScaleB(bits, unit + drop);
        return negative ? -value : value;
    }

    /// <summary>A finite nonnegative number, times a power of ten, as an integer.</summary>
    public static BigInteger Scaled(double value, int powerOfTen)
    {
        (BigInteger numerator, BigInteger denominator) = Exact(value);
        if (powerOfTen >= 0)
            numerator *= BigInteger.Pow(10, powerOfTen);
        else
            denominator *= BigInteger.Pow(10, -powerOfTen);
        return Rounded(numerator, denominator);
    }

    /// <summary>A quotient of positive integers, rounded to an integer.</summary>
    public static BigInteger Rounded(BigInteger numerator, BigInteger denominator)
    {
        BigInteger quotient = BigInteger.DivRem(numerator, denominator, out BigInteger rest);
        int side = (rest * 2).CompareTo(denominator);
        return side > 0 || (side == 0 && !quotient.IsEven) ? quotient + 1 : quotient;
    }

    /// <summary>
    /// A given number of significant digits of a finite positive number, and its decimal exponent: 0.DDD times ten to that power.
    /// </summary>
    public static (string Digits, int Point) Digits(double value, int count)
    {
        int point = (int)Math.Floor(Math.Log10(value)) + 1; // may be off by one
        while (true)
        {
            string digits = Scaled(value, count - point).ToString(System.Globalization.CultureInfo.InvariantCulture);
            if (digits.Length == count)
                return (digits, point);
            point += digits.Length > count ? 1 : -1;
        }
    }

    private static (BigInteger Numerator, BigInteger Denominator) Exact(double value)
    {
        long bits = BitConverter.DoubleToInt64Bits(value);
        int exponent = (int)(bits >> 52) & 0x7ff;
        long mantissa = bits & ((1L << 52) - 1);
        (mantissa, exponent) = exponent == 0 ? (mantissa, LowestExponent) : (mantissa | (1L << 52), exponent - 1075);
        return exponent >= 0 ? (new BigInteger(mantissa) << exponent, BigInteger.One) : (mantissa, BigInteger.One << -exponent);
    }
}
