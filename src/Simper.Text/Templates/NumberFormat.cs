using System.Numerics;

namespace Simper.Text.Templates;

/// <summary>What the two formatting syntaxes share: a number's sign and its text without it.</summary>
internal static class NumberFormat
{
    /// <summary>Maximum width that a number is padded to.</summary>
    public const int Longest = 1000;

    /// <summary>d, b, o, x or X of an integer.</summary>
    public static (bool IsNegative, string Text) Whole(object? value, char kind)
    {
        BigInteger whole = Numbers.Big(value);
        BigInteger size = BigInteger.Abs(whole);
        return (
            whole.Sign < 0,
            kind switch
            {
                'x' => InBase(size, 4),
                'X' => InBase(size, 4).ToUpperInvariant(),
                'o' => InBase(size, 3),
                'b' => InBase(size, 1),
                _ => Numbers.Text(Numbers.Whole(size)),
            }
        );
    }

    /// <summary>e, f or g of a number.</summary>
    public static (bool IsNegative, string Text) Float(double value, char kind, int precision, bool keepsZeros)
    {
        if (double.IsFinite(value))
            return (
                double.IsNegative(value),
                FloatFormat.Format(Math.Abs(value), kind, Math.Min(precision, Longest), keepsZeros)
            );
        string special = FloatFormat.Special(Math.Abs(value));
        return (value < 0, char.IsUpper(kind) ? special.ToUpperInvariant() : special);
    }

    private static string InBase(BigInteger size, int bits)
    {
        var digits = new List<char>();
        do
        {
            digits.Add("0123456789abcdef"[(int)(size & ((1 << bits) - 1))]);
            size >>= bits;
        } while (!size.IsZero && digits.Count < 4 * Longest);
        digits.Reverse();
        return size.IsZero ? string.Concat(digits) : throw new TemplateException("the number is too large for this format.");
    }
}
