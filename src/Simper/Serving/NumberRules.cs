using System.Globalization;
using System.Numerics;

namespace Simper.Serving;

/// <summary>The rules of numbers between bounds, as JSON writes them without exponents.</summary>
internal static class NumberRules
{
    private const int MostDigits = 15; // before and after the point, that a double keeps

    private static readonly Rule Digit = new Rule.OneOf("0123456789");

    /// <summary>Whole numbers; null if there are none.</summary>
    public static Rule? Integers(NumberBounds bounds)
    {
        Rule? negative = bounds.Negative() is { } below ? Magnitudes(below) : null;
        Rule? others = bounds.NotNegative() is { } above ? Magnitudes(above) : null;
        return Any([Signed(negative), others]);

        static Rule? Magnitudes(NumberBounds bounds)
        {
            (BigInteger first, BigInteger last) = bounds.Whole(MostDigits);
            return Between(first, last);
        }
    }

    /// <summary>Numbers; null if there are none.</summary>
    public static Rule? Numbers(NumberBounds bounds)
    {
        Rule? negative = bounds.Negative() is { } below ? Magnitudes(below) : null;
        Rule? others = bounds.NotNegative() is { } above ? Magnitudes(above) : null;
        return Any([Signed(negative), others]);
    }

    private static Rule? Magnitudes(NumberBounds bounds)
    {
        decimal least = bounds.Least!.Value;
        BigInteger highest = BigInteger.Pow(10, MostDigits) - 1;
        var first = (BigInteger)Math.Floor(least);
        BigInteger last = bounds.Most is { } most ? BigInteger.Min((BigInteger)Math.Floor(most), highest) : highest;
        if (first > last)
            return null;
        var low = new Bound(NumberBounds.Fraction(least), bounds.IsAbove);
        Bound? high =
            bounds.Most is { } upper && (BigInteger)Math.Floor(upper) == last
                ? new Bound(NumberBounds.Fraction(upper), bounds.IsBelow)
                : null;
        if (first == last)
            return Joined(Between(first, first), Fractions(low, high));
        return Any([
            Joined(Between(first, first), Fractions(low, null)),
            Joined(Between(first + 1, last - 1), Fractions(null, null)),
            Joined(Between(last, last), Fractions(null, high)),
        ]);
    }

    private static Rule? Joined(Rule? whole, Rule? fraction) =>
        whole is null || fraction is null ? null : new Rule.Sequence(whole, fraction);

    private static Rule? Signed(Rule? magnitude) => magnitude is null ? null : new Rule.Sequence(JsonRules.Of("-"), magnitude);

    private static Rule? Any(IEnumerable<Rule?> options)
    {
        Rule[] all = [.. options.OfType<Rule>()];
        return all.Length switch
        {
            0 => null,
            1 => all[0],
            _ => new Rule.Any(all),
        };
    }

    // Whole numbers without a sign, from one to another.
    private static Rule? Between(BigInteger first, BigInteger last)
    {
        var options = new List<Rule?>();
        for (int digits = Text(first).Length; first <= last; digits++)
        {
            BigInteger end = BigInteger.Min(last, BigInteger.Pow(10, digits) - 1);
            options.Add(Alike(Text(first), Text(end)));
            first = end + 1;
        }
        return Any(options);

        static string Text(BigInteger number) => number.ToString(CultureInfo.InvariantCulture);
    }

    // Numbers of as many digits, from one to another.
    private static Rule Alike(string first, string last)
    {
        if (first.Length == 0)
            return Rule.Nothing;
        if (first.All(c => c == '0') && last.All(c => c == '9'))
            return new Rule.Repeated(Digit, first.Length, first.Length);
        if (first[0] == last[0])
            return new Rule.Sequence(JsonRules.Of(first[..1]), Alike(first[1..], last[1..]));
        int rest = first.Length - 1;
        List<Rule> options =
        [
            new Rule.Sequence(JsonRules.Of(first[..1]), Alike(first[1..], new string('9', rest))),
            new Rule.Sequence(JsonRules.Of(last[..1]), Alike(new string('0', rest), last[1..])),
        ];
        string between = string.Concat(Enumerable.Range(first[0] + 1, last[0] - first[0] - 1).Select(c => (char)c));
        if (between.Length > 0)
            options.Add(new Rule.Sequence(new Rule.OneOf(between), Alike(new string('0', rest), new string('9', rest))));
        return new Rule.Any(options);
    }

    // What follows a whole number: nothing, or a point and digits between those of bounds.
    private static Rule? Fractions(Bound? low, Bound? high)
    {
        bool mayEnd = Holds(low, high);
        Rule? digits = Digits(low, high, MostDigits, isFirst: true);
        Rule? fraction = digits is null ? null : new Rule.Sequence(JsonRules.Of("."), digits);
        return Any([mayEnd ? Rule.Nothing : null, fraction]);
    }

    // Digits whose beginning was that of the bounds that are left.
    private static Rule? Digits(Bound? low, Bound? high, int most, bool isFirst)
    {
        if (low is null && high is null)
            return new Rule.Repeated(Digit, isFirst ? 1 : 0, most);
        var options = new List<Rule?>();
        if (!isFirst && Holds(low, high))
            options.Add(Rule.Nothing);
        for (char digit = '0'; digit <= '9' && most > 0; digit++)
        {
            if (low?.Next > digit || high?.Next < digit)
                continue;
            Bound? lowLeft = low?.Next == digit ? low.After : null;
            Bound? highLeft = high?.Next == digit ? high.After : null;
            if (Digits(lowLeft, highLeft, most - 1, isFirst: false) is { } rest)
                options.Add(new Rule.Sequence(new Rule.OneOf(digit.ToString()), rest));
        }
        return Any(options);
    }

    // Whether digits may end here, all further ones being 0.
    private static bool Holds(Bound? low, Bound? high) =>
        (low is null || (low.Digits.Length == 0 && !low.IsLeftOut))
        && (high is null || high.Digits.Length > 0 || !high.IsLeftOut);

    /// <summary>The digits of a bound that are left, without zeros at the end.</summary>
    private sealed record Bound(string Digits, bool IsLeftOut)
    {
        public char Next => Digits.Length == 0 ? '0' : Digits[0];

        public Bound After => this with { Digits = Digits.Length == 0 ? "" : Digits[1..] };
    }
}
