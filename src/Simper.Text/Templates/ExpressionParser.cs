using System.Globalization;

namespace Simper.Text.Templates;

/// <summary>Parses expressions, from the loosest binding to the tightest, as in Jinja.</summary>
internal sealed class ExpressionParser(TokenReader tokens)
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

    private Expression Primary()
    {
        Token token = tokens.Take();
        switch (token.Kind)
        {
            case TokenKind.Name:
                return token.Text switch
                {
                    "true" or "True" => new Expression.Constant(token.Line, true),
                    "false" or "False" => new Expression.Constant(token.Line, false),
                    "none" or "None" => new Expression.Constant(token.Line, null),
                    _ => new Expression.Name(token.Line, token.Text),
                };
            case TokenKind.Text:
                string text = token.Text;
                while (tokens.Current.Kind == TokenKind.Text) // adjacent strings are concatenated, as in Python
                    text += tokens.Take().Text;
                return new Expression.Constant(token.Line, text);
            case TokenKind.Integer:
                return NumberText.Whole(token.Text, 0) is { } whole
                    ? new Expression.Constant(token.Line, whole)
                    : throw new TemplateException(token.Line, $"{token.Text} is no whole number.");
            case TokenKind.Float:
                return new Expression.Constant(token.Line, double.Parse(token.Text, CultureInfo.InvariantCulture));
            case TokenKind.Operator when token.Text == "(":
                return Parenthesis(token.Line);
            case TokenKind.Operator when token.Text == "[":
                return new Expression.List(token.Line, Items("]"));
            case TokenKind.Operator when token.Text == "{":
                return MapLiteral(token.Line);
            default:
                throw new TemplateException(
                    token.Line,
                    token.Kind is TokenKind.BlockEnd or TokenKind.VariableEnd
                        ? "the tag ends where a value is expected."
                        : $"found \"{token.Text}\" where a value is expected."
                );
        }
    }

    private Expression Parenthesis(int line)
    {
        if (tokens.SkipOperator(")"))
            return new Expression.List(line, [], IsTuple: true);
        Expression first = Parse();
        if (tokens.SkipOperator(")"))
            return first;
        tokens.ExpectOperator(",");
        return new Expression.List(line, [first, .. Items(")")], IsTuple: true);
    }

    private List<Expression> Items(string close)
    {
        var items = new List<Expression>();
        while (!tokens.SkipOperator(close))
        {
            items.Add(Parse());
            if (!tokens.IsOperator(close))
                tokens.ExpectOperator(",");
        }
        return items;
    }

    private Expression.Map MapLiteral(int line)
    {
        var entries = new List<(Expression, Expression)>();
        while (!tokens.SkipOperator("}"))
        {
            Expression key = Parse();
            tokens.ExpectOperator(":");
            entries.Add((key, Parse()));
            if (!tokens.IsOperator("}"))
                tokens.ExpectOperator(",");
        }
        return new Expression.Map(line, entries);
    }

    private Expression Postfix(Expression value)
    {
        while (true)
        {
            int line = tokens.Line;
            if (tokens.SkipOperator("."))
                value =
                    tokens.Current.Kind == TokenKind.Integer
                        ? new Expression.Item(
                            line,
                            value,
                            new Expression.Constant(line, long.Parse(tokens.Take().Text, CultureInfo.InvariantCulture))
                        )
                        : new Expression.Attribute(line, value, tokens.ExpectName());
            else if (tokens.SkipOperator("["))
                value = Subscript(line, value);
            else if (tokens.IsOperator("("))
                value = new Expression.Call(line, value, ParseArguments());
            else
                return value;
        }
    }

    private Expression Subscript(int line, Expression value)
    {
        Expression? start = tokens.IsOperator(":") ? null : Parse();
        if (tokens.SkipOperator("]"))
            return new Expression.Item(line, value, start!);
        tokens.ExpectOperator(":");
        Expression? stop = tokens.IsOperator("]") || tokens.IsOperator(":") ? null : Parse();
        Expression? step = tokens.SkipOperator(":") && !tokens.IsOperator("]") ? Parse() : null;
        tokens.ExpectOperator("]");
        return new Expression.Slice(line, value, start, stop, step);
    }

    private Expression FiltersAndTests(Expression value)
    {
        while (true)
        {
            int line = tokens.Line;
            if (tokens.IsOperator("|"))
                value = ParseFilter(value);
            else if (tokens.SkipName("is"))
                value = ParseTest(line, value);
            else if (tokens.IsOperator("(") || tokens.IsOperator(".") || tokens.IsOperator("["))
                value = Postfix(value);
            else
                return value;
        }
    }

    /// <summary>| name(arguments), once.</summary>
    public Expression.Filter ParseFilter(Expression? input)
    {
        int line = tokens.Line;
        tokens.ExpectOperator("|");
        return FilterNamed(line, input);
    }

    /// <summary>name(arguments) of a filter block, whose bar is not written, and the filters chained to it.</summary>
    public Expression.Filter ParseFilterChain()
    {
        Expression.Filter filter = FilterNamed(tokens.Line, null);
        while (tokens.IsOperator("|"))
            filter = ParseFilter(filter);
        return filter;
    }

    private Expression.Filter FilterNamed(int line, Expression? input)
    {
        string name = tokens.ExpectName();
        if (!Filters.Exists(name))
            throw new TemplateException(line, $"the filter \"{name}\" is not supported.");
        return new Expression.Filter(line, input, name, tokens.IsOperator("(") ? ParseArguments() : Arguments.None);
    }

    private Expression.Test ParseTest(int line, Expression value)
    {
        bool negated = tokens.SkipName("not");
        string name = tokens.Current is { Kind: TokenKind.Operator, Text: "==" or "!=" or "<" or "<=" or ">" or ">=" }
            ? tokens.Take().Text
            : tokens.ExpectName();
        if (!TypeTests.Exists(name))
            throw new TemplateException(line, $"the test \"{name}\" is not supported.");
        Arguments given = Arguments.None;
        if (tokens.IsOperator("("))
            given = ParseArguments();
        else if (
            tokens.Current.Kind is TokenKind.Text or TokenKind.Integer or TokenKind.Float
            || tokens.IsOperator("[")
            || tokens.IsOperator("{")
            || (
                tokens.Current.Kind == TokenKind.Name
                && tokens.Current.Text is not ("else" or "or" or "and" or "is" or "if" or "not" or "in")
            )
        )
            given = new Arguments([Postfix(Primary())], []);
        return new Expression.Test(line, value, name, given, negated);
    }

    public Arguments ParseArguments()
    {
        tokens.ExpectOperator("(");
        List<Expression> positional = [];
        List<(string, Expression)> named = [];
        Expression? star = null;
        Expression? doubleStar = null;
        while (!tokens.SkipOperator(")"))
        {
            int line = tokens.Line;
            bool isNamed = tokens.Current.Kind == TokenKind.Name && tokens.NextIsOperator("=");
            // As in Jinja: keyword arguments may follow *, nothing follows **.
            if (
                doubleStar is not null
                || (tokens.IsOperator("*") && star is not null)
                || (!isNamed && !tokens.IsOperator("*") && !tokens.IsOperator("**") && (star is not null || named.Count > 0))
            )
                throw new TemplateException(
                    line,
                    "the arguments of a call stand in another order: values, names, *values, **names."
                );
            if (tokens.SkipOperator("**"))
                doubleStar = Parse();
            else if (tokens.SkipOperator("*"))
                star = Parse();
            else if (isNamed)
            {
                string name = tokens.Take().Text;
                tokens.Take();
                named.Add((name, Parse()));
            }
            else
                positional.Add(Parse());
            if (!tokens.IsOperator(")"))
                tokens.ExpectOperator(",");
        }
        return new Arguments(positional, named) { Star = star, DoubleStar = doubleStar };
    }
}
