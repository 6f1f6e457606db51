namespace Simper.Text.Templates;

/// <summary>The kind of a token.</summary>
internal enum TokenKind
{
    /// <summary>Text between tags.</summary>
    Data,
    VariableBegin,
    VariableEnd,
    BlockBegin,
    BlockEnd,
    Name,
    Text,
    Integer,
    Float,
    Operator,
    End,
}

/// <summary>A token with its text and line.</summary>
internal readonly record struct Token(TokenKind Kind, string Text, int Line);
