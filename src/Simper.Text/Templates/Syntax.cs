namespace Simper.Text.Templates;

/// <summary>An expression.</summary>
internal abstract record Expression(int Line)
{
    public sealed record Constant(int Line, object? Value) : Expression(Line);

    public sealed record Name(int Line, string Text) : Expression(Line);

    public sealed record List(int Line, IReadOnlyList<Expression> Items, bool IsTuple = false) : Expression(Line);

    public sealed record Map(int Line, IReadOnlyList<(Expression Key, Expression Value)> Entries) : Expression(Line);

    public sealed record Attribute(int Line, Expression Of, string Text) : Expression(Line);

    public sealed record Item(int Line, Expression Of, Expression Key) : Expression(Line);

    public sealed record Slice(int Line, Expression Of, Expression? Start, Expression? Stop, Expression? Step) : Expression(Line);

    public sealed record Call(int Line, Expression Callee, Arguments Given) : Expression(Line);

    public sealed record Filter(int Line, Expression? Input, string Text, Arguments Given) : Expression(Line);

    public sealed record Test(int Line, Expression Input, string Text, Arguments Given, bool Negated) : Expression(Line);

    public sealed record Unary(int Line, string Operator, Expression Operand) : Expression(Line);

    public sealed record Binary(int Line, string Operator, Expression Left, Expression Right) : Expression(Line);

    /// <summary>a &lt; b &lt;= c: neighbours are compared, the middle ones evaluated once.</summary>
    public sealed record Comparison(int Line, Expression First, IReadOnlyList<(string Operator, Expression Operand)> Rest)
        : Expression(Line);

    public sealed record Conditional(int Line, Expression Condition, Expression Then, Expression? Else) : Expression(Line);
}

/// <summary>The arguments of a call, a filter or a test.</summary>
internal sealed record Arguments(IReadOnlyList<Expression> Positional, IReadOnlyList<(string Name, Expression Value)> Named)
{
    /// <summary>*args: a list of additional positional arguments.</summary>
    public Expression? Star { get; init; }

    /// <summary>**kwargs: a map of additional keyword arguments.</summary>
    public Expression? DoubleStar { get; init; }

    public static Arguments None { get; } = new([], []);
}

/// <summary>The parameters of a macro, and which implicit names its body mentions.</summary>
internal sealed record Signature(
    IReadOnlyList<(string Name, Expression? Default)> Parameters,
    bool TakesVarargs,
    bool TakesKwargs,
    bool TakesCaller
);

/// <summary>A statement: writes output, or changes variables.</summary>
internal abstract record Statement(int Line)
{
    public sealed record Data(int Line, string Text) : Statement(Line);

    public sealed record Output(int Line, Expression Value) : Statement(Line);

    public sealed record If(int Line, Expression Condition, IReadOnlyList<Statement> Then, IReadOnlyList<Statement> Else)
        : Statement(Line);

    public sealed record For(
        int Line,
        IReadOnlyList<string> Targets,
        Expression Over,
        Expression? Filter,
        bool IsRecursive,
        IReadOnlyList<Statement> Body,
        IReadOnlyList<Statement> Else
    ) : Statement(Line);

    /// <summary>{% set a, b = value %}, {% set ns.a = value %}</summary>
    public sealed record Set(int Line, IReadOnlyList<Expression> Targets, Expression Value) : Statement(Line);

    /// <summary>{% set a | filter %} body {% endset %}</summary>
    public sealed record SetBlock(int Line, Expression Target, Expression.Filter? Filter, IReadOnlyList<Statement> Body)
        : Statement(Line);

    public sealed record Macro(int Line, string Name, Signature Signature, IReadOnlyList<Statement> Body) : Statement(Line);

    public sealed record CallBlock(int Line, Signature Signature, Expression.Call Call, IReadOnlyList<Statement> Body)
        : Statement(Line);

    public sealed record FilterBlock(int Line, Expression.Filter Filter, IReadOnlyList<Statement> Body) : Statement(Line);

    public sealed record With(int Line, IReadOnlyList<(string Name, Expression Value)> Variables, IReadOnlyList<Statement> Body)
        : Statement(Line);

    /// <summary>{% generation %}: marks the assistant's text; renders as its body.</summary>
    public sealed record Generation(int Line, IReadOnlyList<Statement> Body) : Statement(Line);

    public sealed record Break(int Line) : Statement(Line);

    public sealed record Continue(int Line) : Statement(Line);
}
