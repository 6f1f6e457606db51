using System.Numerics;

namespace Simper.Benchmarks.Mathematics;

/// <summary>
/// Whether an answer says what the right one says: numbers in any notation, percentages, expressions that agree everywhere,
/// sets in any order, tuples, intervals and their unions, equations and inequalities, matrices, words.
/// </summary>
internal static class AnswerEquality
{
    private const int Decimals = 6; // of decimal numbers

    /// <summary>Whether it does, by value or, where neither can be read, by the text.</summary>
    public static bool Holds(FoundAnswer right, FoundAnswer found) =>
        (right.Written is { Length: > 0 } written && written.Trim() == found.Written?.Trim())
        || (right.Answer is not null && found.Answer is not null && AreEqual(right.Answer, found.Answer));

    private static bool AreEqual(MathAnswer right, MathAnswer found)
    {
        // An assignment is its value where the other is none; any equation is, where the right answer is no equation.
        if (found is MathAnswer.Relation { IsEquation: true } equation && right is not MathAnswer.Relation { IsEquation: true })
            found = equation.Last;
        else if (
            right is MathAnswer.Relation { IsAssignment: true } named
            && found is not MathAnswer.Relation { IsEquation: true }
        )
            right = named.Last;
        if (right is MathAnswer.Relation inequality && found is MathAnswer.Range or MathAnswer.Union)
            right = SolutionSet(inequality) ?? right;
        return (right, found) switch
        {
            (MathAnswer.Value a, MathAnswer.Value b) => ValueEquality.Holds(a, b),
            (MathAnswer.Relation a, MathAnswer.Relation b) => Relations(a, b),
            (MathAnswer.Range a, MathAnswer.Range b) => a.IsOpenLow == b.IsOpenLow
                && a.IsOpenHigh == b.IsOpenHigh
                && Same(a.Low, b.Low)
                && Same(a.High, b.High),
            (MathAnswer.Range { IsOpenLow: true, IsOpenHigh: true } a, MathAnswer.Elements b) => AreEqual(Point(a), b),
            (MathAnswer.Elements a, MathAnswer.Range { IsOpenLow: true, IsOpenHigh: true } b) => AreEqual(a, Point(b)),
            (MathAnswer.Elements a, MathAnswer.Elements b) => a.IsOrdered && b.IsOrdered
                ? InOrder(a.Items, b.Items)
                : a.Items.Count == b.Items.Count && InAnyOrder(a.Items, b.Items),
            (MathAnswer.Union a, MathAnswer.Union b) => a.Parts.Count == b.Parts.Count && InAnyOrder(a.Parts, b.Parts),
            (MathAnswer.Elements { Items: [var a] }, _) => AreEqual(a, found),
            (_, MathAnswer.Elements { Items: [var b] }) => AreEqual(right, b),
            (MathAnswer.Matrix a, MathAnswer.Matrix b) => a.Rows.Count == b.Rows.Count
                && a.Rows.Zip(b.Rows)
                    .All(r => r.First.Count == r.Second.Count && r.First.Zip(r.Second).All(c => Same(c.First, c.Second))),
            _ => false,
        };
    }

    private static MathAnswer.Elements Point(MathAnswer.Range range) =>
        new([new MathAnswer.Value(range.Low, false), new MathAnswer.Value(range.High, false)], IsOrdered: true);

    private static bool Same(Formula right, Formula found) =>
        ValueEquality.Holds(new MathAnswer.Value(right, false), new MathAnswer.Value(found, false));

    private static bool InOrder(IReadOnlyList<MathAnswer> right, IReadOnlyList<MathAnswer> found) =>
        right.Count == found.Count && right.Zip(found).All(p => AreEqual(p.First, p.Second));

    private static bool InAnyOrder(IReadOnlyList<MathAnswer> right, IReadOnlyList<MathAnswer> found)
    {
        List<MathAnswer> left = [.. found];
        foreach (MathAnswer item in right)
        {
            int at = left.FindIndex(f => AreEqual(item, f));
            if (at < 0)
                return false;
            left.RemoveAt(at);
        }
        return true;
    }

    private static bool Relations(MathAnswer.Relation right, MathAnswer.Relation found)
    {
        if (right.IsAssignment && found.IsAssignment)
            return Same(right.Sides[0], found.Sides[0]) && Same(right.Sides[^1], found.Sides[^1]);
        if (right.Signs.Count != found.Signs.Count)
            return false;
        if (right.Signs.Count > 1 && right.Signs[0] == LatexRelations.Turned(found.Signs[0]) && right.Signs[0] != found.Signs[0])
            found = new MathAnswer.Relation([.. found.Sides.Reverse()], [.. found.Signs.Reverse().Select(LatexRelations.Turned)]);
        return Enumerable.Range(0, right.Signs.Count).All(i => Relation(right, found, i));
    }

    // The differences of both sides are the same but for a factor, whose sign may turn the relation.
    private static bool Relation(MathAnswer.Relation right, MathAnswer.Relation found, int i)
    {
        Formula Difference(MathAnswer.Relation r) => new Formula.Sum(r.Sides[i], new Formula.Negative(r.Sides[i + 1]));
        string turned = LatexRelations.Turned(found.Signs[i]);
        if (right.Signs[i] != found.Signs[i] && right.Signs[i] != turned)
            return false;
        return FormulaEquality.Ratio(Difference(right), Difference(found)) is { } factor
            && (factor > 0 ? right.Signs[i] == found.Signs[i] : right.Signs[i] == turned);
    }

    // Of a chain about one variable: 1 < x ≤ 2, x > 3.
    private static MathAnswer? SolutionSet(MathAnswer.Relation relation)
    {
        MathAnswer.Relation chain = relation.Signs[0] is ">" or "≥"
            ? new MathAnswer.Relation([.. relation.Sides.Reverse()], [.. relation.Signs.Reverse().Select(LatexRelations.Turned)])
            : relation;
        if (!chain.Signs.All(s => s is "<" or "≤"))
            return null;
        return chain.Sides switch
        {
            [Formula.Symbol, var high] => new MathAnswer.Range(Infinity(-1), high, true, chain.Signs[0] == "<"),
            [var low, Formula.Symbol] => new MathAnswer.Range(low, Infinity(1), chain.Signs[0] == "<", true),
            [var low, Formula.Symbol, var high] => new MathAnswer.Range(low, high, chain.Signs[0] == "<", chain.Signs[1] == "<"),
            _ => null,
        };
    }

    private static Formula Infinity(int sign) =>
        sign > 0 ? new Formula.Number(Quantity.Of(double.PositiveInfinity), false) : new Formula.Negative(Infinity(1));

    /// <summary>The comparison of single values.</summary>
    private static class ValueEquality
    {
        public static bool Holds(MathAnswer.Value right, MathAnswer.Value found)
        {
            if (right.IsPercent && !found.IsPercent)
                return false; // the sign is part of the right answer
            if (found.IsPercent && !right.IsPercent)
                return Holds(right, found with { IsPercent = false })
                    || Holds(right, new MathAnswer.Value(new Formula.Quotient(found.Formula, Formula.Whole(100)), false));
            return Words(right.Formula, found.Formula) ?? Numbers(right.Formula, found.Formula);
        }

        // A word may have been read as a product of letters.
        private static bool? Words(Formula right, Formula found)
        {
            if (right is not Formula.Symbol && found is not Formula.Symbol)
                return null;
            return (Letters(right), Letters(found)) switch
            {
                ({ Length: 1 } a, { Length: 1 } b) => a == b,
                ({ } a, { } b) => string.Equals(a, b, StringComparison.OrdinalIgnoreCase),
                _ => null,
            };
        }

        private static string? Letters(Formula formula) =>
            formula switch
            {
                Formula.Symbol symbol => symbol.Name,
                Formula.Product product when Letters(product.Left) is { } left && Letters(product.Right) is { } right => left
                    + right,
                Formula.Number { Value: { IsWhole: true } whole } => whole.Upper!.Value.ToString(
                    System.Globalization.CultureInfo.InvariantCulture
                ),
                Formula.Number { IsDecimal: false, Value: { Upper: null } e } when e.Value == Math.E => "e",
                _ => null,
            };

        private static bool Numbers(Formula right, Formula found)
        {
            if ((IsInfinite(right) ?? IsInfinite(found)) is not null)
                return IsInfinite(right) == IsInfinite(found);
            bool isDecimal = IsDecimal(right) || IsDecimal(found);
            if (!isDecimal || right.Symbols.Any() || found.Symbols.Any())
                return FormulaEquality.Holds(right, found, isReal: true);
            Complex x = right.At(_ => default).Value;
            Complex y = found.At(_ => default).Value;
            return Math.Round(x.Real, Decimals) == Math.Round(y.Real, Decimals) && Math.Abs(x.Imaginary - y.Imaginary) < 1e-9;
        }

        private static bool IsDecimal(Formula formula) =>
            formula is Formula.Number { IsDecimal: true } or Formula.Negative { Of: Formula.Number { IsDecimal: true } };

        private static int? IsInfinite(Formula formula) =>
            formula switch
            {
                Formula.Number { Value.Upper: null } number when double.IsPositiveInfinity(number.Value.Value.Real) => 1,
                Formula.Negative negative => -IsInfinite(negative.Of),
                _ => null,
            };
    }
}
