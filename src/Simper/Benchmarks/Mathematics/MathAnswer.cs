namespace Simper.Benchmarks.Mathematics;

/// <summary>An answer in one of its shapes. Immutable.</summary>
internal abstract record MathAnswer
{
    /// <summary>A number or an expression; a percentage is the number before the sign.</summary>
    public sealed record Value(Formula Formula, bool IsPercent) : MathAnswer;

    /// <summary>Several answers: a tuple or a vector where their order counts, else a set.</summary>
    public sealed record Elements(IReadOnlyList<MathAnswer> Items, bool IsOrdered) : MathAnswer;

    /// <summary>An interval; (1, 2) may also be meant as a point.</summary>
    public sealed record Range(Formula Low, Formula High, bool IsOpenLow, bool IsOpenHigh) : MathAnswer;

    /// <summary>A union of sets.</summary>
    public sealed record Union(IReadOnlyList<MathAnswer> Parts) : MathAnswer;

    /// <summary>An equation, an inequality or a chain of them.</summary>
    public sealed record Relation(IReadOnlyList<Formula> Sides, IReadOnlyList<string> Signs) : MathAnswer
    {
        public bool IsEquation => Signs.All(s => s == "=");

        /// <summary>Whether it says what one name stands for.</summary>
        public bool IsAssignment => IsEquation && Sides[0] is Formula.Symbol or Formula.Call { Name: ['f', ':', ..] };

        public Value Last => new(Sides[^1], false);
    }

    /// <summary>A matrix, by rows.</summary>
    public sealed record Matrix(IReadOnlyList<IReadOnlyList<Formula>> Rows) : MathAnswer;
}
