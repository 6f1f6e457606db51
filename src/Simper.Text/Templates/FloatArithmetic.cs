namespace Simper.Text.Templates;

/// <summary>
/// Float arithmetic as in Python: floor division rounds down, and errors where C would return nan.
/// </summary>
internal static class FloatArithmetic
{
    public static double Apply(string op, double a, double b) =>
        op switch
        {
            "+" => a + b,
            "-" => a - b,
            "*" => a * b,
            "/" => a / NotZero(b),
            "//" => Divided(a, NotZero(b)).Quotient,
            "%" => Divided(a, NotZero(b)).Remainder,
            "**" => Power(a, b),
            _ => throw new InvalidOperationException($"Unknown operator {op}."),
        };

    private static double NotZero(double divisor) => divisor != 0 ? divisor : throw new TemplateException("division by zero.");

    // The remainder is exact and has the divisor's sign; the quotient is derived from it, so that they are consistent.
    private static (double Quotient, double Remainder) Divided(double a, double b)
    {
        double rest = a % b;
        double quotient = (a - rest) / b;
        if (rest != 0 && rest < 0 != b < 0)
        {
            rest += b;
            quotient -= 1;
        }
        else if (rest == 0)
            rest = Math.CopySign(0, b);
        if (quotient == 0)
            return (Math.CopySign(0, a / b), rest);
        double floor = Math.Floor(quotient);
        return (quotient - floor > 0.5 ? floor + 1 : floor, rest);
    }

    private static double Power(double a, double b)
    {
        if (a == 0 && b < 0)
            throw new TemplateException("0 cannot be raised to a negative power.");
        if (a < 0 && double.IsFinite(a) && double.IsFinite(b) && b != Math.Floor(b))
            throw new TemplateException(
                "a negative number raised to a fraction is a complex number, which templates do not have."
            );
        double power = a == 1 || b == 0 ? 1 : Math.Pow(a, b);
        return double.IsInfinity(power) && double.IsFinite(a) && double.IsFinite(b)
            ? throw new TemplateException("the power is too large for a float.")
            : power;
    }
}
