using System.Globalization;

namespace Simper.Text.Templates;

// What operators stand between: literals, names, and their members, items and calls.
internal sealed partial class ExpressionParser
{
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
}
