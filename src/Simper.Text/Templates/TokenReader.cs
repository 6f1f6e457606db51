namespace Simper.Text.Templates;

/// <summary>A cursor over the tokens of a template.</summary>
internal sealed class TokenReader(List<Token> tokens)
{
    private const int Deepest = 200;

    private int _at;
    private int _depth;

    public Token Current => tokens[_at];

    public int Line => Current.Line;

    /// <summary>The number of tokens consumed.</summary>
    public int Position => _at;

    /// <summary>Whether a name is mentioned in the tokens consumed since a position.</summary>
    public bool Mentions(string name, int since) =>
        Enumerable
            .Range(since, _at - since)
            .Any(i =>
                tokens[i].Kind == TokenKind.Name
                && tokens[i].Text == name
                && tokens[i - 1] is not { Kind: TokenKind.Operator, Text: "." }
            );

    public Token Take() => tokens[_at < tokens.Count - 1 ? _at++ : _at];

    public bool IsOperator(string text) => Current.Kind == TokenKind.Operator && Current.Text == text;

    public bool IsName(string text) => Current.Kind == TokenKind.Name && Current.Text == text;

    public bool NextIsName(string text) =>
        _at + 1 < tokens.Count && tokens[_at + 1].Kind == TokenKind.Name && tokens[_at + 1].Text == text;

    public bool NextIsOperator(string text) =>
        _at + 1 < tokens.Count && tokens[_at + 1].Kind == TokenKind.Operator && tokens[_at + 1].Text == text;

    public bool SkipOperator(string text) => Skip(IsOperator(text));

    public bool SkipName(string text) => Skip(IsName(text));

    public void ExpectOperator(string text)
    {
        if (!SkipOperator(text))
            throw Unexpected($"'{text}'");
    }

    public string ExpectName() => Current.Kind == TokenKind.Name ? Take().Text : throw Unexpected("a name");

    public void Expect(TokenKind kind, string what)
    {
        if (Current.Kind != kind)
            throw Unexpected(what);
        Take();
    }

    /// <summary>Guards against templates nested so deeply that parsing them would overflow the stack.</summary>
    public T Nested<T>(Func<T> read)
    {
        if (++_depth > Deepest)
            throw new TemplateException(Line, $"it is nested more than {Deepest} levels deep.");
        T result = read();
        _depth--;
        return result;
    }

    public TemplateException Unexpected(string wanted) =>
        new(
            Line,
            Current.Kind switch
            {
                TokenKind.End => $"the template ends where {wanted} is expected.",
                TokenKind.BlockEnd or TokenKind.VariableEnd => $"the tag ends where {wanted} is expected.",
                _ => $"found \"{Current.Text}\" where {wanted} is expected.",
            }
        );

    private bool Skip(bool holds)
    {
        if (holds)
            Take();
        return holds;
    }
}
