using System.Numerics;

namespace Simper.Benchmarks.Mathematics;

/// <summary>Functions of formulas by name.</summary>
internal static class Functions
{
    private const int LargestFactorial = 500;

    private static readonly Dictionary<string, Func<Complex, Complex>> OfOne = new(StringComparer.Ordinal)
    {
        ["exp"] = Complex.Exp,
        ["ln"] = Complex.Log,
        ["log"] = Complex.Log,
        ["lg"] = z => Complex.Log(z) / Math.Log(10),
        ["sin"] = Complex.Sin,
        ["cos"] = Complex.Cos,
        ["tan"] = Complex.Tan,
        ["csc"] = z => 1 / Complex.Sin(z),
        ["sec"] = z => 1 / Complex.Cos(z),
        ["cot"] = z => 1 / Complex.Tan(z),
        ["arcsin"] = Complex.Asin,
        ["arccos"] = Complex.Acos,
        ["arctan"] = Complex.Atan,
        ["sinh"] = Complex.Sinh,
        ["cosh"] = Complex.Cosh,
        ["tanh"] = Complex.Tanh,
        ["conjugate"] = Complex.Conjugate,
    };

    public static bool IsKnown(string name) => OfOne.ContainsKey(name);

    public static Quantity Of(string name, IReadOnlyList<Quantity> arguments) =>
        (name, arguments) switch
        {
            ("sqrt", [var a]) => Root(a, 2),
            ("percent", [var a]) => a / Whole(100),
            ("root", [var a, var n]) when n.IsWhole && n.Upper!.Value > 1 && n.Upper.Value < 64 => Root(a, (int)n.Upper.Value),
            ("root", [var a, var n]) => a.To(Whole(1) / n),
            ("abs", [{ Upper: { } x } a]) => Quantity.Of(BigInteger.Abs(x), a.Lower),
            ("abs", [var a]) => Quantity.Of(Complex.Abs(a.Value)),
            ("conjugate", [{ Upper: not null } a]) => a,
            ("floor", [{ Upper: { } x } a]) => Quantity.Of(Floor(x, a.Lower), BigInteger.One),
            ("floor", [var a]) => Quantity.Of(Math.Floor(a.Value.Real)),
            ("ceil", [var a]) => -Of("floor", [-a]),
            ("factorial", [{ IsWhole: true } a]) when a.Upper!.Value >= 0 && a.Upper.Value <= LargestFactorial => Whole(
                Falling(a.Upper.Value, (int)a.Upper.Value)
            ),
            ("binom", [{ IsWhole: true } n, { IsWhole: true } k]) when k.Upper!.Value >= 0 && k.Upper.Value <= LargestFactorial =>
                Quantity.Of(Falling(n.Upper!.Value, (int)k.Upper.Value), Falling(k.Upper.Value, (int)k.Upper.Value)),
            ("log", [var a, var b]) => Quantity.Of(Complex.Log(a.Value) / Complex.Log(b.Value)),
            (_, [var a]) when OfOne.TryGetValue(name, out Func<Complex, Complex>? function) => Quantity.Of(function(a.Value)),
            _ => Unknown(name, arguments),
        };

    // The exact root where there is one: of 4/9, not of 2.
    private static Quantity Root(Quantity a, int n)
    {
        if (a.Upper is { Sign: >= 0 } x && Exact(x, n) is { } upper && Exact(a.Lower, n) is { } lower)
            return Quantity.Of(upper, lower);
        return Quantity.Of(n == 2 ? Complex.Sqrt(a.Value) : Complex.Pow(a.Value, 1.0 / n));
    }

    private static BigInteger? Exact(BigInteger value, int n)
    {
        var root = new BigInteger(Math.Round(Math.Pow((double)value, 1.0 / n)));
        return BigInteger.Pow(root, n) == value ? root : null;
    }

    private static BigInteger Floor(BigInteger upper, BigInteger lower)
    {
        BigInteger quotient = BigInteger.DivRem(upper, lower, out BigInteger rest);
        return rest.Sign < 0 ? quotient - 1 : quotient;
    }

    private static BigInteger Falling(BigInteger from, int count)
    {
        BigInteger product = BigInteger.One;
        for (int i = 0; i < count; i++)
            product *= from - i;
        return product;
    }

    private static Quantity Whole(BigInteger value) => Quantity.Of(value, BigInteger.One);

    // Without a symmetry that two different arguments could share, and of moderate size wherever it is evaluated.
    private static Quantity Unknown(string name, IReadOnlyList<Quantity> arguments)
    {
        Complex value = name.Aggregate(0.5, (sum, c) => (sum * 31 + c) % 97);
        for (int i = 0; i < arguments.Count; i++)
            value = 1 / (value * 0.7 + arguments[i].Value * (1.1 + 0.37 * i) + 0.3);
        return Quantity.Of(value);
    }
}
