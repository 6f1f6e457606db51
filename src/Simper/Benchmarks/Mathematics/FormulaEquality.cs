using System.Numerics;

namespace Simper.Benchmarks.Mathematics;

/// <summary>
/// Whether two expressions are the same, found by evaluating both: exactly where no symbol and no root is in them, else at
/// points drawn with a fixed seed, to nine digits.
/// </summary>
internal static class FormulaEquality
{
    private const int Points = 6;

    /// <summary>Whether they agree wherever both have values.</summary>
    /// <param name="first">One.</param>
    /// <param name="second">The other.</param>
    /// <param name="isReal">Whether symbols stand for real numbers only.</param>
    public static bool Holds(Formula first, Formula second, bool isReal)
    {
        int compared = 0;
        foreach (Func<string, Quantity> point in Draw([first, second], isReal))
        {
            Quantity a = first.At(point);
            Quantity b = second.At(point);
            if (!IsFinite(a) || !IsFinite(b))
                continue;
            if (!a.IsCloseTo(b))
                return false;
            compared++;
        }
        return compared > 0;
    }

    /// <summary>The constant c with first = c · second; null where there is none.</summary>
    public static double? Ratio(Formula first, Formula second)
    {
        Complex? ratio = null;
        foreach (Func<string, Quantity> point in Draw([first, second], isReal: true))
        {
            Complex a = first.At(point).Value;
            Complex b = second.At(point).Value;
            if (Complex.Abs(b) < 1e-12 || !Complex.IsFinite(a) || !Complex.IsFinite(b))
                continue;
            ratio ??= a / b;
            if (Complex.Abs(a / b - ratio.Value) > 1e-9 * Math.Max(1, Complex.Abs(ratio.Value)))
                return null;
        }
        return ratio is { } found && Math.Abs(found.Imaginary) < 1e-9 && Math.Abs(found.Real) > 1e-12 ? found.Real : null;
    }

    // Both have to be made of the same symbols to be the same, but x - x may lack one.
    private static IEnumerable<Func<string, Quantity>> Draw(Formula[] formulas, bool isReal)
    {
        string[] names = [.. formulas.SelectMany(f => f.Symbols).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        var random = new Random(20_240_229);
        for (int p = 0; p < (names.Length == 0 ? 1 : Points); p++)
        {
            Dictionary<string, Quantity> values = names.ToDictionary(
                n => n,
                _ => Quantity.Of(new Complex(Next(random), isReal ? 0 : Next(random))),
                StringComparer.Ordinal
            );
            yield return name => values[name];
        }
    }

    private static double Next(Random random) => (random.NextDouble() * 2 + 0.2) * (random.Next(2) == 0 ? -1 : 1);

    private static bool IsFinite(Quantity quantity) => quantity.Upper is not null || Complex.IsFinite(quantity.Inexact);
}
