using System.Numerics;

namespace Simper.Text.Templates;

/// <summary>Jinja's filters int, float, abs and round.</summary>
internal static class NumberFilters
{
    public static object? ToInt(object? value, CallArguments given)
    {
        object? otherwise = given.Get(0, "default", 0L);
        switch (value)
        {
            case double d:
                return double.IsNaN(d) ? otherwise : Numbers.Truncated(d);
            case string text:
                object? found = NumberText.Whole(
                    text,
                    (int)Math.Clamp(Filters.Whole(given.Get(1, "base", 10L), given.Line), 0, 64)
                );
                return found
                    ?? (NumberText.Float(text) is { } number && double.IsFinite(number) ? Numbers.Truncated(number) : otherwise);
            case Undefined undefined:
                throw new TemplateException(given.Line, $"\"{undefined.What}\" is not defined.");
            default:
                return Numbers.IsWhole(value) ? Numbers.Whole(Numbers.Big(value)) : otherwise;
        }
    }

    public static object? ToFloat(object? value, CallArguments given)
    {
        if (value is Undefined undefined)
            throw new TemplateException(given.Line, $"\"{undefined.What}\" is not defined.");
        double? found =
            Numbers.IsNumber(value) ? Numbers.Float(value)
            : value is string text ? NumberText.Float(text)
            : null;
        return found is { } number ? number : given.Get(0, "default", 0.0);
    }

    public static object Absolute(object? value, CallArguments given)
    {
        Expect(value, given);
        return value is double d ? Math.Abs(d) : Numbers.Whole(BigInteger.Abs(Numbers.Big(value)));
    }

    public static object Round(object? value, CallArguments given)
    {
        Expect(value, given);
        int precision = (int)Math.Clamp(Filters.Whole(given.Get(0, "precision", 0L), given.Line), -1000, 1000);
        switch (Values.ToText(given.Get(1, "method", "common")))
        {
            case "common":
                return value is double d ? Common(d, precision) : Common(Numbers.Big(value), precision);
            case "ceil":
                return Shifted(value, precision, Math.Ceiling);
            case "floor":
                return Shifted(value, precision, Math.Floor);
            default:
                throw new TemplateException(given.Line, "round knows common, ceil and floor.");
        }
    }

    private static object Common(double value, int precision)
    {
        if (!double.IsFinite(value) || precision > 323)
            return value;
        BigInteger scaled = ExactFloats.Scaled(Math.Abs(value), precision);
        double rounded =
            precision >= 0
                ? ExactFloats.Ratio(scaled, BigInteger.Pow(10, precision))
                : ExactFloats.Ratio(scaled * BigInteger.Pow(10, -precision), BigInteger.One);
        return Math.CopySign(rounded, value);
    }

    private static object Common(BigInteger value, int precision)
    {
        if (precision >= 0)
            return Numbers.Whole(value);
        BigInteger unit = BigInteger.Pow(10, -precision);
        return Numbers.Whole(ExactFloats.Rounded(BigInteger.Abs(value), unit) * unit * value.Sign);
    }

    // Jinja's way: the float of value * 10**precision, rounded to an integer, divided by 10**precision.
    private static object Shifted(object? value, int precision, Func<double, double> rounded)
    {
        object unit = Numbers.Apply("**", 10L, (long)precision);
        object product = Numbers.Apply("*", value, unit);
        object whole = product is double d ? Numbers.Truncated(rounded(d)) : product;
        return Numbers.Apply("/", whole, unit);
    }

    private static void Expect(object? value, CallArguments given)
    {
        if (!Numbers.IsNumber(value))
            throw new TemplateException(given.Line, $"a number is needed, not {Values.Kind(value)}.");
    }
}
