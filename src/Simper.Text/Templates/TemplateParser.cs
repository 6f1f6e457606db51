namespace Simper.Text.Templates;

/// <summary>Parses the tags of a template into statements.</summary>
internal sealed class TemplateParser
{
    private readonly TokenReader _tokens;
    private readonly ExpressionParser _expressions;
    private int _loops;

    private TemplateParser(string source, bool isVerbatim)
    {
        _tokens = new TokenReader(TemplateLexer.Tokenize(source, isVerbatim));
        _expressions = new ExpressionParser(_tokens);
    }

    public static IReadOnlyList<Statement> Parse(string source, bool isVerbatim = false)
    {
        var parser = new TemplateParser(source, isVerbatim);
        IReadOnlyList<Statement> body = parser.Body(out string ended);
        return ended.Length == 0 ? body : throw new TemplateException(parser._tokens.Line, $"{{% {ended} %}} closes nothing.");
    }

    // Statements up to one of the tags that end a body, whose name is consumed; or to the end of the template.
    private List<Statement> Body(out string ended, params string[] ends)
    {
        var body = new List<Statement>();
        while (true)
        {
            Token token = _tokens.Take();
            switch (token.Kind)
            {
                case TokenKind.Data:
                    body.Add(new Statement.Data(token.Line, token.Text));
                    break;
                case TokenKind.VariableBegin:
                    body.Add(new Statement.Output(token.Line, _expressions.ParseTuple()));
                    _tokens.Expect(TokenKind.VariableEnd, "}}");
                    break;
                case TokenKind.BlockBegin:
                    string name = _tokens.ExpectName();
                    if (ends.Contains(name) || (ends.Length == 0 && name.StartsWith("end", StringComparison.Ordinal)))
                    {
                        ended = name;
                        return body;
                    }
                    body.Add(_tokens.Nested(() => Block(token.Line, name)));
                    break;
                default:
                    ended = "";
                    return ends.Length == 0
                        ? body
                        : throw new TemplateException(token.Line, $"{{% {ends[^1]} %}} is missing at the end.");
            }
        }
    }

    private List<Statement> BodyTo(string end)
    {
        CloseTag();
        List<Statement> body = Body(out _, end);
        CloseTag();
        return body;
    }

    private (Signature Signature, List<Statement> Body) Signed(
        IReadOnlyList<(string Name, Expression? Default)> parameters,
        string end
    )
    {
        int start = _tokens.Position;
        List<Statement> body = BodyTo(end);
        bool Takes(string name) => _tokens.Mentions(name, start) && parameters.All(p => p.Name != name);
        return (new Signature(parameters, Takes("varargs"), Takes("kwargs"), Takes("caller")), body);
    }

    private void CloseTag() => _tokens.Expect(TokenKind.BlockEnd, "%}");

    private Statement Block(int line, string name)
    {
        switch (name)
        {
            case "if":
                return If(line);
            case "for":
                return For(line);
            case "set":
                return Set(line);
            case "macro":
                string macro = _tokens.ExpectName();
                (Signature signature, List<Statement> body) = Signed(Parameters(), "endmacro");
                return new Statement.Macro(line, macro, signature, body);
            case "call":
                IReadOnlyList<(string, Expression?)> parameters = _tokens.IsOperator("(") ? Parameters() : [];
                if (_expressions.Parse() is not Expression.Call call)
                    throw new TemplateException(line, "{% call %} needs a call.");
                (Signature own, List<Statement> said) = Signed(parameters, "endcall");
                return new Statement.CallBlock(line, own, call, said);
            case "filter":
                return new Statement.FilterBlock(line, _expressions.ParseFilterChain(), BodyTo("endfilter"));
            case "with":
                return With(line);
            case "generation":
                return new Statement.Generation(line, BodyTo("endgeneration"));
            case "break" or "continue":
                if (_loops == 0)
                    throw new TemplateException(line, $"{{% {name} %}} stands outside of a loop.");
                CloseTag();
                return name == "break" ? new Statement.Break(line) : new Statement.Continue(line);
            default:
                throw new TemplateException(line, $"the tag {{% {name} %}} is not supported.");
        }
    }

    private Statement.If If(int line)
    {
        Expression condition = _expressions.ParseTuple();
        CloseTag();
        List<Statement> then = Body(out string ended, "elif", "else", "endif");
        List<Statement> otherwise = [];
        if (ended == "elif")
            otherwise = [_tokens.Nested(() => If(_tokens.Line))];
        else
        {
            CloseTag();
            if (ended == "else")
            {
                otherwise = Body(out _, "endif");
                CloseTag();
            }
        }
        return new Statement.If(line, condition, then, otherwise);
    }

    private Statement.For For(int line)
    {
        var targets = new List<string>();
        bool parenthesis = _tokens.SkipOperator("(");
        do targets.Add(_tokens.ExpectName());
        while (_tokens.SkipOperator(",") && !_tokens.IsName("in"));
        if (parenthesis)
            _tokens.ExpectOperator(")");
        if (!_tokens.SkipName("in"))
            throw _tokens.Unexpected("\"in\"");
        Expression over = _expressions.ParseWithoutConditional();
        Expression? filter = _tokens.SkipName("if") ? _expressions.Parse() : null;
        bool recursive = _tokens.SkipName("recursive");
        CloseTag();
        _loops++;
        List<Statement> body = Body(out string ended, "else", "endfor");
        List<Statement> otherwise = [];
        _loops--;
        CloseTag();
        if (ended == "else")
        {
            otherwise = Body(out _, "endfor");
            CloseTag();
        }
        return new Statement.For(line, targets, over, filter, recursive, body, otherwise);
    }

    private Statement Set(int line)
    {
        var targets = new List<Expression>();
        bool parenthesis = _tokens.SkipOperator("(");
        do
        {
            Expression target = new Expression.Name(_tokens.Line, _tokens.ExpectName());
            if (_tokens.SkipOperator("."))
                target = new Expression.Attribute(line, target, _tokens.ExpectName());
            targets.Add(target);
        } while (_tokens.SkipOperator(",") && !_tokens.IsOperator(")"));
        if (parenthesis)
            _tokens.ExpectOperator(")");
        if (_tokens.SkipOperator("="))
        {
            Expression value = _expressions.ParseTuple();
            CloseTag();
            return new Statement.Set(line, targets, value);
        }
        Expression.Filter? filter = null;
        while (_tokens.IsOperator("|"))
            filter = _expressions.ParseFilter(filter);
        return targets.Count == 1
            ? new Statement.SetBlock(line, targets[0], filter, BodyTo("endset"))
            : throw _tokens.Unexpected("'='");
    }

    private Statement.With With(int line)
    {
        var variables = new List<(string, Expression)>();
        while (_tokens.Current.Kind == TokenKind.Name)
        {
            string name = _tokens.ExpectName();
            _tokens.ExpectOperator("=");
            variables.Add((name, _expressions.Parse()));
            if (!_tokens.SkipOperator(","))
                break;
        }
        return new Statement.With(line, variables, BodyTo("endwith"));
    }

    private List<(string, Expression?)> Parameters()
    {
        var parameters = new List<(string, Expression?)>();
        _tokens.ExpectOperator("(");
        while (!_tokens.SkipOperator(")"))
        {
            string name = _tokens.ExpectName();
            parameters.Add((name, _tokens.SkipOperator("=") ? _expressions.Parse() : null));
            if (!_tokens.IsOperator(")"))
                _tokens.ExpectOperator(",");
        }
        return parameters;
    }
}
