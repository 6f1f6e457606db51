using System.Globalization;
using System.Numerics;

namespace Simper.Serving;

/// <summary>Between which numbers a number lies; null for no bound.</summary>
/// <param name="Least">The lower bound.</param>
/// <param name="IsAbove">Whether it is itself left out.</param>
/// <param name="Most">The upper bound.</param>
/// <param name="IsBelow">Whether it is itself left out.</param>
internal sealed record NumberBounds(decimal? Least, bool IsAbove, decimal? Most, bool IsBelow)
{
    /// <summary>Any number.</summary>
    public static NumberBounds None { get; } = new(null, false, null, false);

    /// <summary>The magnitudes of the negative numbers among them; null if there are none.</summary>
    public NumberBounds? Negative() =>
        Least >= 0 ? null
        : Most is null or > 0 ? new NumberBounds(0, true, -Least, IsAbove)
        : new NumberBounds(-Most, IsBelow || Most == 0, -Least, IsAbove);

    /// <summary>The others among them; null if there are none.</summary>
    public NumberBounds? NotNegative() =>
        Most < 0 || (Most == 0 && IsBelow) ? null
        : Least is null or < 0 ? this with { Least = 0, IsAbove = false }
        : this;

    /// <summary>The whole numbers among these magnitudes, first and last; the last is cut to a number of digits.</summary>
    public (BigInteger First, BigInteger Last) Whole(int digits)
    {
        BigInteger first = (BigInteger)Math.Ceiling(Least!.Value);
        if (IsAbove && (decimal)first == Least)
            first++;
        BigInteger last = BigInteger.Pow(10, digits) - 1;
        if (Most is { } most)
        {
            var floor = (BigInteger)Math.Floor(most);
            last = BigInteger.Min(last, IsBelow && (decimal)floor == most ? floor - 1 : floor);
        }
        return (first, last);
    }

    /// <summary>The digits of a number after its point.</summary>
    public static string Fraction(decimal number) =>
        number.ToString(CultureInfo.InvariantCulture).Split('.') is [_, var digits] ? digits.TrimEnd('0') : "";
}
