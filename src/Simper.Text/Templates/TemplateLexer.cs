using System.Text;
using System.Text.RegularExpressions;

namespace Simper.Text.Templates;

/// <summary>
/// Splits a template into tokens, with Jinja's white-space rules: as in chat templates (trim_blocks and lstrip_blocks on,
/// keep_trailing_newline off), or verbatim (the other way round), as in prompts of evaluation tasks.
/// </summary>
internal sealed partial class TemplateLexer
{
    private static readonly string[] Operators =
    [
        "//",
        "**",
        "==",
        "!=",
        "<=",
        ">=",
        "+",
        "-",
        "*",
        "/",
        "%",
        "~",
        "<",
        ">",
        "=",
        "|",
        ".",
        ",",
        ":",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
    ];

    private readonly string _source;
    private readonly bool _isVerbatim;
    private readonly List<Token> _tokens = [];
    private int _at;
    private int _line = 1;
    private bool _lineStarting = true;

    private TemplateLexer(string source, bool isVerbatim)
    {
        _isVerbatim = isVerbatim;
        _source = source.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        if (_source.EndsWith('\n') && !isVerbatim)
            _source = _source[..^1]; // keep_trailing_newline is off
    }

    public static List<Token> Tokenize(string source, bool isVerbatim = false)
    {
        var lexer = new TemplateLexer(source, isVerbatim);
        lexer.Run();
        lexer._tokens.Add(new Token(TokenKind.End, "", lexer._line));
        return lexer._tokens;
    }

    private void Run()
    {
        while (_at < _source.Length)
        {
            int tag = NextTag();
            if (tag < 0)
            {
                Data(_source[_at..]);
                _at = _source.Length;
                return;
            }
            char kind = _source[tag + 1];
            char sign = tag + 2 < _source.Length ? _source[tag + 2] : ' ';
            string before = _source[_at..tag];
            string kept =
                sign == '-' ? before.TrimEnd()
                : kind != '{' && sign != '+' ? StripLineStart(before)
                : before;
            Data(kept, before);
            _at = tag + (sign is '-' or '+' ? 3 : 2);
            if (kind == '#')
                Comment();
            else if (kind == '%' && RawBlock().Match(_source, _at) is { Success: true } raw)
                Raw(raw);
            else
                Tag(kind == '{');
        }
    }

    private int NextTag()
    {
        for (int i = _source.IndexOf('{', _at); i >= 0 && i + 1 < _source.Length; i = _source.IndexOf('{', i + 1))
        {
            if (_source[i + 1] is '{' or '%' or '#')
                return i;
        }
        return -1;
    }

    // lstrip_blocks: blanks between the start of a line and a block are removed.
    private string StripLineStart(string text)
    {
        if (_isVerbatim)
            return text;
        int start = text.LastIndexOf('\n') + 1;
        return (start > 0 || _lineStarting) && string.IsNullOrWhiteSpace(text[start..]) ? text[..start] : text;
    }

    private void Data(string kept, string? whole = null)
    {
        whole ??= kept;
        if (kept.Length > 0)
            _tokens.Add(new Token(TokenKind.Data, kept, _line));
        _line += whole.AsSpan().Count('\n');
        if (whole.Length > 0)
            _lineStarting = whole[^1] == '\n';
    }

    private void Comment()
    {
        int end = _source.IndexOf("#}", _at, StringComparison.Ordinal);
        if (end < 0)
            throw new TemplateException(_line, "a comment {# is not closed.");
        _line += _source.AsSpan(_at, end - _at).Count('\n');
        char sign = end > _at ? _source[end - 1] : ' ';
        _at = end + 2;
        AfterTag(sign, trims: true);
    }

    private void Raw(Match begin)
    {
        _line += begin.ValueSpan.Count('\n');
        _at += begin.Length;
        AfterTag(begin.Groups[1].Value is [var s] ? s : ' ', trims: false); // trim_blocks passes over this tag
        Match end = RawEnd().Match(_source, _at);
        if (!end.Success)
            throw new TemplateException(_line, "{% raw %} is not closed.");
        string text = _source[_at..end.Index];
        Data(end.Groups[1].Value == "-" ? text.TrimEnd() : StripLineStart(text), text);
        _at = end.Index + end.Length;
        AfterTag(end.Groups[2].Value is [var e] ? e : ' ', trims: true);
    }

    private void Tag(bool isVariable)
    {
        int opened = _line;
        _tokens.Add(new Token(isVariable ? TokenKind.VariableBegin : TokenKind.BlockBegin, "", _line));
        string close = isVariable ? "}}" : "%}";
        int depth = 0;
        while (true)
        {
            SkipBlanks();
            if (_at >= _source.Length)
                throw new TemplateException(opened, $"a tag is not closed: {close} is missing.");
            char sign = _source[_at] is '-' or '+' ? _source[_at] : ' ';
            int length = sign == ' ' ? 0 : 1;
            if (depth == 0 && string.CompareOrdinal(_source, _at + length, close, 0, 2) == 0)
            {
                _tokens.Add(new Token(isVariable ? TokenKind.VariableEnd : TokenKind.BlockEnd, "", _line));
                _at += length + 2;
                AfterTag(sign, trims: !isVariable);
                return;
            }
            Token token = Next();
            depth +=
                token is { Kind: TokenKind.Operator, Text: "(" or "[" or "{" } ? 1
                : token is { Kind: TokenKind.Operator, Text: ")" or "]" or "}" } ? -1
                : 0;
            _tokens.Add(token);
        }
    }

    // "-" removes all white space after the tag; trim_blocks the first line break after a block, unless "+" forbids it.
    private void AfterTag(char sign, bool trims)
    {
        _lineStarting = false;
        int start = _at;
        if (sign == '-')
        {
            while (_at < _source.Length && char.IsWhiteSpace(_source[_at]))
                _at++;
        }
        else if (trims && !_isVerbatim && sign != '+' && _at < _source.Length && _source[_at] == '\n')
        {
            _at++;
        }
        _line += _source.AsSpan(start, _at - start).Count('\n');
        if (_at > start)
            _lineStarting = _source[_at - 1] == '\n';
    }

    private void SkipBlanks()
    {
        for (; _at < _source.Length && char.IsWhiteSpace(_source[_at]); _at++)
            _line += _source[_at] == '\n' ? 1 : 0;
    }

    private Token Next()
    {
        if (_source[_at] is '"' or '\'')
            return Quoted(_source[_at]);
        // After a point comes an index, as in list.0.1, not a fraction.
        if ((_at > 0 && _source[_at - 1] == '.' ? Place() : Number()).Match(_source, _at) is { Success: true } number)
        {
            _at += number.Length;
            bool isFloat =
                number.ValueSpan.ContainsAny('.', 'e', 'E')
                && !number.ValueSpan.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
            return new Token(
                isFloat ? TokenKind.Float : TokenKind.Integer,
                number.Value.Replace("_", "", StringComparison.Ordinal),
                _line
            );
        }
        if (Identifier().Match(_source, _at) is { Success: true } name)
        {
            _at += name.Length;
            return new Token(TokenKind.Name, name.Value, _line);
        }
        foreach (string op in Operators)
        {
            if (string.CompareOrdinal(_source, _at, op, 0, op.Length) == 0)
            {
                _at += op.Length;
                return new Token(TokenKind.Operator, op, _line);
            }
        }
        throw new TemplateException(_line, $"unexpected character '{_source[_at]}'.");
    }

    private Token Quoted(char quote)
    {
        int line = _line;
        var text = new StringBuilder();
        _at++;
        while (_at < _source.Length && _source[_at] != quote)
        {
            int start = _at;
            if (_source[_at] == '\\' && _at + 1 < _source.Length)
                Escape(text);
            else
                text.Append(_source[_at++]);
            _line += _source.AsSpan(start, _at - start).Count('\n');
        }
        if (_at++ >= _source.Length)
            throw new TemplateException(line, "a text is not closed.");
        return new Token(TokenKind.Text, text.ToString(), line);
    }

    private void Escape(StringBuilder text)
    {
        try
        {
            PythonEscapes.Read(_source, ref _at, text);
        }
        catch (FormatException e)
        {
            throw new TemplateException(_line, e.Message);
        }
    }

    [GeneratedRegex(@"\G\s*raw\s*([-+]?)%\}")]
    private static partial Regex RawBlock();

    [GeneratedRegex(@"\{%([-+]?)\s*endraw\s*([-+]?)%\}")]
    private static partial Regex RawEnd();

    [GeneratedRegex(@"\G(?:0[xX][\da-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|[0-9][0-9_]*(?:\.[0-9][0-9_]*)?(?:[eE][+-]?[0-9]+)?)")]
    private static partial Regex Number();

    [GeneratedRegex(@"\G[0-9]+")]
    private static partial Regex Place();

    [GeneratedRegex(@"\G[\p{L}_][\p{L}\p{Nd}\p{Mn}_]*")]
    private static partial Regex Identifier();
}
