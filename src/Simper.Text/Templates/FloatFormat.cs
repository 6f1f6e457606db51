using System.Globalization;
using System.Numerics;

namespace Simper.Text.Templates;

/// <summary>Floats as text: Python's <c>repr</c>, and its formats e, f and g.</summary>
internal static class FloatFormat
{
    /// <summary>The shortest digits that round-trip, always with a point or an exponent.</summary>
    public static string Repr(double value)
    {
        if (!double.IsFinite(value))
            return Special(value);
        string sign = double.IsNegative(value) ? "-" : "";
        if (value == 0)
            return sign + "0.0";
        (string digits, int point) = Shortest(Math.Abs(value));
        return sign
            + (
                point is > -4 and <= 16
                    ? Plain(digits, point, withPoint: true)
                    : WithExponent(digits, point - 1, 'e', withPoint: false)
            );
    }

    /// <summary>nan, inf or -inf.</summary>
    public static string Special(double value) =>
        double.IsNaN(value) ? "nan"
        : value > 0 ? "inf"
        : "-inf";

    /// <summary>A finite nonnegative number in one of the formats e, E, f, F, g, G.</summary>
    /// <param name="value">The number.</param>
    /// <param name="kind">The format.</param>
    /// <param name="precision">Digits after the point; for g all digits.</param>
    /// <param name="keepsZeros">Whether g keeps trailing zeros, and a point is always written ("#").</param>
    public static string Format(double value, char kind, int precision, bool keepsZeros)
    {
        switch (char.ToLowerInvariant(kind))
        {
            case 'f':
                string whole = ExactFloats
                    .Scaled(value, precision)
                    .ToString(CultureInfo.InvariantCulture)
                    .PadLeft(precision + 1, '0');
                return precision > 0 ? $"{whole[..^precision]}.{whole[^precision..]}" : whole + (keepsZeros ? "." : "");
            case 'e':
                (string digits, int point) =
                    value == 0 ? (new string('0', precision + 1), 1) : ExactFloats.Digits(value, precision + 1);
                return WithExponent(digits, point - 1, kind, keepsZeros);
            default:
                return General(value, kind, Math.Max(precision, 1), keepsZeros);
        }
    }

    private static string General(double value, char kind, int precision, bool keepsZeros)
    {
        (string digits, int point) = value == 0 ? (new string('0', precision), 1) : ExactFloats.Digits(value, precision);
        if (!keepsZeros)
            digits = digits.TrimEnd('0') is { Length: > 0 } trimmed ? trimmed : "0";
        return point is > -4 && point <= precision
            ? Plain(digits, point, withPoint: false) is var plain && keepsZeros && !plain.Contains('.', StringComparison.Ordinal)
                ? plain + "."
                : plain
            : WithExponent(digits, point - 1, kind == 'G' ? 'E' : 'e', keepsZeros);
    }

    // .NET and Python agree on the digits, and lay them out differently; only at powers of two, whose neighbour below is closer
    // than the one above, .NET may write digits that read back as that neighbour.
    private static (string Digits, int Point) Shortest(double value)
    {
        if ((BitConverter.DoubleToInt64Bits(value) & ((1L << 52) - 1)) == 0)
            return ShortestAtPower(value);
        string text = value.ToString("R", CultureInfo.InvariantCulture);
        int e = text.IndexOf('E', StringComparison.Ordinal);
        int exponent = e < 0 ? 0 : int.Parse(text.AsSpan(e + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        string mantissa = e < 0 ? text : text[..e];
        int dot = mantissa.IndexOf('.', StringComparison.Ordinal);
        int point = dot < 0 ? mantissa.Length : dot;
        string digits = mantissa.Replace(".", "", StringComparison.Ordinal);
        int zeros = digits.Length - digits.TrimStart('0').Length;
        return (digits[zeros..].TrimEnd('0'), point - zeros + exponent);
    }

    private static (string Digits, int Point) ShortestAtPower(double value)
    {
        for (int count = 1; ; count++)
        {
            (string nearest, int point) = ExactFloats.Digits(value, count);
            BigInteger digits = BigInteger.Parse(nearest, CultureInfo.InvariantCulture);
            // Above there is more room, so the second nearest may round-trip where the nearest does not.
            foreach (BigInteger candidate in (BigInteger[])[digits, digits + 1])
            {
                string text = candidate.ToString(CultureInfo.InvariantCulture);
                if (
                    double.Parse($"{text}e{(point - count).ToString(CultureInfo.InvariantCulture)}", CultureInfo.InvariantCulture)
                    == value
                )
                    return (text.TrimEnd('0'), point + text.Length - count);
            }
        }
    }

    private static string Plain(string digits, int point, bool withPoint)
    {
        if (point <= 0)
            return "0." + new string('0', -point) + digits;
        return point >= digits.Length
            ? digits.PadRight(point, '0') + (withPoint ? ".0" : "")
            : $"{digits[..point]}.{digits[point..]}";
    }

    private static string WithExponent(string digits, int exponent, char e, bool withPoint)
    {
        string mantissa = digits.Length > 1 ? $"{digits[0]}.{digits[1..]}" : digits + (withPoint ? "." : "");
        return string.Create(CultureInfo.InvariantCulture, $"{mantissa}{e}{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}");
    }
}
