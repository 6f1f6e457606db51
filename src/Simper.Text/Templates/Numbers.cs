using System.Globalization;
using System.Numerics;

namespace Simper.Text.Templates;

/// <summary>
/// Python's numbers: integers of any size, and floats. An integer that fits into 64 bits is always a long, a larger one a
/// BigInteger; booleans count as 0 and 1.
/// </summary>
internal static class Numbers
{
    /// <summary>Python neither writes nor reads integers with more digits.</summary>
    public const int MostDigits = 4300;

    private const long MostBits = 1 << 20;

    private static readonly BigInteger TooLong = BigInteger.Pow(10, MostDigits);

    public static bool IsWhole(object? value) => value is long or bool or BigInteger;

    public static bool IsNumber(object? value) => value is double || IsWhole(value);

    public static BigInteger Big(object? value) =>
        value switch
        {
            BigInteger big => big,
            bool b => b ? 1 : 0,
            _ => (long)value!,
        };

    public static object Whole(BigInteger value) =>
        value >= long.MinValue && value <= long.MaxValue ? (object)(long)value : value;

    /// <summary>An integer clamped to 64 bits, for indices, widths and counts.</summary>
    public static long Clamped(object? value) =>
        value switch
        {
            BigInteger big => big.Sign < 0 ? long.MinValue : long.MaxValue,
            bool b => b ? 1 : 0,
            _ => (long)value!,
        };

    public static double Float(object? value) =>
        value switch
        {
            double d => d,
            BigInteger big => ExactFloats.Ratio(big, BigInteger.One) is var d && double.IsFinite(d)
                ? d
                : throw new TemplateException("a whole number is too large for a float."),
            _ => Clamped(value),
        };

    /// <summary>A float without its fraction.</summary>
    public static object Truncated(double value) =>
        double.IsFinite(value)
            ? Whole(new BigInteger(value))
            : throw new TemplateException($"{FloatFormat.Repr(value)} is no whole number.");

    /// <summary><c>str()</c> of an integer.</summary>
    public static string Text(object? whole) =>
        whole is BigInteger big
            ? BigInteger.Abs(big) < TooLong
                ? big.ToString(CultureInfo.InvariantCulture)
                : throw new TemplateException($"a whole number of more than {MostDigits:N0} digits is not written.")
            : Clamped(whole).ToString(CultureInfo.InvariantCulture);

    /// <summary>The order of two numbers by their exact values; null if one is nan.</summary>
    public static int? Compare(object? a, object? b) =>
        (a, b) switch
        {
            (double x, double y) => double.IsNaN(x) || double.IsNaN(y) ? null : x.CompareTo(y),
            (double x, _) => -CompareWhole(b, x),
            (_, double y) => CompareWhole(a, y),
            (BigInteger, _) or (_, BigInteger) => Big(a).CompareTo(Big(b)),
            _ => Clamped(a).CompareTo(Clamped(b)),
        };

    /// <summary>A hash that is the same for equal numbers of all types.</summary>
    public static int Hash(object number) =>
        number switch
        {
            double d when double.IsFinite(d) && d == Math.Floor(d) => Whole(new BigInteger(d)).GetHashCode(),
            bool => Clamped(number).GetHashCode(),
            _ => number.GetHashCode(),
        };

    public static object Negative(object? value) => value is double d ? -d : Whole(-Big(value));

    /// <summary>a op b of two numbers.</summary>
    public static object Apply(string op, object? a, object? b)
    {
        if (a is double || b is double)
            return FloatArithmetic.Apply(op, Float(a), Float(b));
        if (op is "/" or "//" or "%" && Big(b).IsZero)
            throw new TemplateException("division by zero.");
        if (a is BigInteger || b is BigInteger || op is "/" or "**")
            return Large(op, Big(a), Big(b));
        Int128 x = Clamped(a);
        Int128 y = Clamped(b);
        Int128 result = op switch
        {
            "+" => x + y,
            "-" => x - y,
            "*" => x * y,
            "//" => x / y - (x % y != 0 && x < 0 != y < 0 ? 1 : 0),
            "%" => x % y is var r && r != 0 && r < 0 != y < 0 ? r + y : r,
            _ => throw new InvalidOperationException($"Unknown operator {op}."),
        };
        return result >= long.MinValue && result <= long.MaxValue ? (object)(long)result : (BigInteger)result;
    }

    private static object Large(string op, BigInteger x, BigInteger y)
    {
        switch (op)
        {
            case "+":
                return Whole(x + y);
            case "-":
                return Whole(x - y);
            case "*":
                ExpectRoom(x.GetBitLength() + y.GetBitLength());
                return Whole(x * y);
            case "/" when x.IsZero:
                return y.Sign < 0 ? -0.0 : 0.0;
            case "/":
                return ExactFloats.Ratio(x, y) is var ratio && double.IsFinite(ratio)
                    ? ratio
                    : throw new TemplateException("the quotient is too large for a float.");
            case "//" or "%":
                BigInteger quotient = BigInteger.DivRem(x, y, out BigInteger rest);
                bool down = !rest.IsZero && rest.Sign < 0 != y.Sign < 0;
                return Whole(
                    op == "//" ? (down ? quotient - 1 : quotient)
                    : down ? rest + y
                    : rest
                );
            case "**":
                return y.Sign < 0 ? FloatArithmetic.Apply("**", Float(x), Float(y)) : Power(x, y);
            default:
                throw new InvalidOperationException($"Unknown operator {op}.");
        }
    }

    private static object Power(BigInteger x, BigInteger y)
    {
        if (x.IsZero || x.IsOne || x == BigInteger.MinusOne)
            return y.IsZero ? 1L : Whole(x.Sign < 0 && y.IsEven ? BigInteger.One : x);
        ExpectRoom(y > MostBits ? long.MaxValue : (BigInteger.Abs(x).GetBitLength() - 1) * (long)y);
        return Whole(BigInteger.Pow(x, (int)y));
    }

    private static void ExpectRoom(long bits)
    {
        if (bits > MostBits)
            throw new TemplateException($"a whole number grows beyond {MostBits:N0} bits.");
    }

    private static int? CompareWhole(object? whole, double d)
    {
        if (double.IsNaN(d))
            return null;
        if (double.IsInfinity(d))
            return d > 0 ? -1 : 1;
        double floor = Math.Floor(d);
        int order = Big(whole).CompareTo(new BigInteger(floor));
        return order == 0 && d > floor ? -1 : order;
    }
}
