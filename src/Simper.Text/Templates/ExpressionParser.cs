namespace Simper.Text.Templates;

/// <summary>Parses expressions, from the loosest binding to the tightest, as in Jinja.</summary>
internal sealed partial class ExpressionParser(TokenReader tokens)
{
    private static readonly string[] Comparisons = ["==", "!=", "<", "<=", ">", ">="];

    /// <summary>An expression, or several separated by commas: a tuple.</summary>
    public Expression ParseTuple()
    {
        int line = tokens.Line;
        Expression first = Parse();
        if (!tokens.IsOperator(","))
            return first;
        var items = new List<Expression> { first };
        while (tokens.SkipOperator(",") && tokens.Current.Kind is not (TokenKind.BlockEnd or TokenKind.VariableEnd))
            items.Add(Parse());
        return new Expression.List(line, items, IsTuple: true);
    }

    public Expression Parse() => tokens.Nested(Conditional);

    /// <summary>Without the ternary, so that "for x in y if z" ends before its if.</summary>
    public Expression ParseWithoutConditional() => tokens.Nested(Or);

    private Expression Conditional()
    {
        Expression value = Or();
        while (tokens.IsName("if"))
        {
            int line = tokens.Take().Line;
            Expression condition = Or();
            Expression? otherwise = tokens.SkipName("else") ? Parse() : null;
            value = new Expression.Conditional(line, condition, value, otherwise);
        }
        return value;
    }

    private Expression Or()
    {
        Expression left = And();
        while (tokens.IsName("or"))
            left = new Expression.Binary(tokens.Take().Line, "or", left, And());
        return left;
    }

    private Expression And()
    {
        Expression left = Not();
        while (tokens.IsName("and"))
            left = new Expression.Binary(tokens.Take().Line, "and", left, Not());
        return left;
    }

    private Expression Not() =>
        tokens.IsName("not") && !tokens.NextIsName("in")
            ? new Expression.Unary(tokens.Take().Line, "not", tokens.Nested(Not))
            : Comparison();

    private Expression Comparison()
    {
        int line = tokens.Line;
        Expression first = Sum();
        var rest = new List<(string, Expression)>();
        while (true)
        {
            if (tokens.Current.Kind == TokenKind.Operator && Comparisons.Contains(tokens.Current.Text))
                rest.Add((tokens.Take().Text, Sum()));
            else if (tokens.SkipName("in"))
                rest.Add(("in", Sum()));
            else if (tokens.IsName("not") && tokens.NextIsName("in"))
            {
                tokens.Take();
                tokens.Take();
                rest.Add(("not in", Sum()));
            }
            else
                return rest.Count == 0 ? first : new Expression.Comparison(line, first, rest);
        }
    }

    private Expression Sum() => Chain(["+", "-"], Concatenation);

    private Expression Concatenation() => Chain(["~"], Product);

    private Expression Product() => Chain(["*", "/", "//", "%"], Power);

    private Expression Power() => Chain(["**"], () => Unary(withFilters: true));

    private Expression Chain(string[] operators, Func<Expression> operand)
    {
        Expression left = operand();
        while (tokens.Current.Kind == TokenKind.Operator && operators.Contains(tokens.Current.Text))
        {
            Token op = tokens.Take();
            left = new Expression.Binary(op.Line, op.Text, left, operand());
        }
        return left;
    }

    private Expression Unary(bool withFilters)
    {
        Expression value =
            tokens.IsOperator("-") || tokens.IsOperator("+")
                ? new Expression.Unary(tokens.Line, tokens.Take().Text, tokens.Nested(() => Unary(withFilters: false)))
                : Postfix(Primary());
        return withFilters ? FiltersAndTests(value) : value;
    }
}
