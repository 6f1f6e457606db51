namespace Simper.Text.Templates;

// Filters, tests, and the arguments of calls.
internal sealed partial class ExpressionParser
{
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
