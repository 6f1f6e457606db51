using System.Numerics;

namespace Simper.Benchmarks.Mathematics;

/// <summary>An expression that can be evaluated where its symbols have values. Immutable.</summary>
internal abstract record Formula
{
    public abstract Quantity At(Func<string, Quantity> symbols);

    public abstract IEnumerable<Formula> Parts { get; }

    public IEnumerable<string> Symbols =>
        this is Symbol symbol ? [symbol.Name] : Parts.SelectMany(p => p.Symbols).Distinct(StringComparer.Ordinal);

    /// <summary>A number as written; a decimal one is only as exact as its digits where answers are compared.</summary>
    public sealed record Number(Quantity Value, bool IsDecimal) : Formula
    {
        public override Quantity At(Func<string, Quantity> symbols) => Value;

        public override IEnumerable<Formula> Parts => [];
    }

    /// <summary>A variable, or a word.</summary>
    public sealed record Symbol(string Name) : Formula
    {
        public override Quantity At(Func<string, Quantity> symbols) => symbols(Name);

        public override IEnumerable<Formula> Parts => [];
    }

    /// <summary>A sum.</summary>
    public sealed record Sum(Formula Left, Formula Right) : Formula
    {
        public override Quantity At(Func<string, Quantity> symbols) => Left.At(symbols) + Right.At(symbols);

        public override IEnumerable<Formula> Parts => [Left, Right];
    }

    /// <summary>A product.</summary>
    public sealed record Product(Formula Left, Formula Right) : Formula
    {
        public override Quantity At(Func<string, Quantity> symbols) => Left.At(symbols) * Right.At(symbols);

        public override IEnumerable<Formula> Parts => [Left, Right];
    }

    /// <summary>A quotient.</summary>
    public sealed record Quotient(Formula Upper, Formula Lower) : Formula
    {
        public override Quantity At(Func<string, Quantity> symbols) => Upper.At(symbols) / Lower.At(symbols);

        public override IEnumerable<Formula> Parts => [Upper, Lower];
    }

    /// <summary>The opposite.</summary>
    public sealed record Negative(Formula Of) : Formula
    {
        public override Quantity At(Func<string, Quantity> symbols) => -Of.At(symbols);

        public override IEnumerable<Formula> Parts => [Of];
    }

    /// <summary>A power.</summary>
    public sealed record Power(Formula Base, Formula Exponent) : Formula
    {
        public override Quantity At(Func<string, Quantity> symbols) => Base.At(symbols).To(Exponent.At(symbols));

        public override IEnumerable<Formula> Parts => [Base, Exponent];
    }

    /// <summary>A function by its name; one that nobody knows is some function of its arguments, always the same.</summary>
    public sealed record Call(string Name, IReadOnlyList<Formula> Arguments) : Formula
    {
        public override Quantity At(Func<string, Quantity> symbols) =>
            Functions.Of(Name, [.. Arguments.Select(a => a.At(symbols))]);

        public override IEnumerable<Formula> Parts => Arguments;
    }

    public static Formula Whole(int value) => new Number(Quantity.Of(value, BigInteger.One), false);
}
