using System.Text;

namespace Simper.Text.Tokenization;

/// <summary>
/// A regular expression from tokenizer.json (Oniguruma with Ruby's syntax), translated to .NET's syntax. What means the same in
/// both is copied; what .NET would silently interpret differently is translated or refused.
/// </summary>
internal sealed class OnigurumaPattern
{
    private const int Longest = 1 << 14;

    // Oniguruma matches alphabetic characters, marks, decimal digits and connectors; below U+0100 the table of ISO 8859-1.
    private const string Word = @"\p{L}\p{M}\p{Nd}\p{Nl}\p{Pc}\u00b2\u00b3\u00b9\u00bc-\u00be\u24b6-\u24e9";
    private const string HexDigit = "0-9a-fA-F";

    private readonly string _pattern;
    private readonly string _where;
    private readonly StringBuilder _out = new();
    private readonly Stack<int> _groups = new();
    private int _at;
    private int _atom; // where the next character is read; where the last atom begins in the output

    private OnigurumaPattern(string pattern, string where) => (_pattern, _where) = (pattern, where);

    /// <param name="pattern">The pattern.</param>
    /// <param name="where">File and key, for messages.</param>
    /// <exception cref="SimperException">It uses something without a counterpart.</exception>
    public static string ToDotNet(string pattern, string where) => new OnigurumaPattern(pattern, where).Translate();

    private string Translate()
    {
        if (_pattern.Length > Longest)
            throw Unsupported($"a pattern of more than {Longest} characters");
        if (_pattern.Any(char.IsSurrogate))
            throw Unsupported("a character beyond U+FFFF"); // the text is matched with stand-ins in its place
        while (_at < _pattern.Length)
        {
            switch (_pattern[_at])
            {
                case '\\':
                    Atom(Escape());
                    break;
                case '[':
                    Atom(Class());
                    break;
                case '(':
                    Group();
                    break;
                case ')':
                    _atom = _groups.Count > 0 ? _groups.Pop() : _out.Length;
                    Copy(1);
                    break;
                case '*' or '+' or '?':
                    Quantifier();
                    break;
                case '{':
                    Interval();
                    break;
                default:
                    Atom(_pattern[_at++].ToString());
                    break;
            }
        }
        return _out.ToString();
    }

    private void Atom(string text)
    {
        _atom = _out.Length;
        _out.Append(text);
    }

    private void Copy(int count)
    {
        _out.Append(_pattern, _at, count);
        _at += count;
    }

    private char Peek(int ahead) => _at + ahead < _pattern.Length ? _pattern[_at + ahead] : '\0';

    private string Escape()
    {
        char escaped = Peek(1);
        _at += 2;
        return escaped switch
        {
            '\0' => "\\",
            'w' => $"[{Word}]",
            'W' => $"[^{Word}]",
            'b' => $"(?:(?<=[{Word}])(?![{Word}])|(?<![{Word}])(?=[{Word}]))",
            'B' => $"(?:(?<=[{Word}])(?=[{Word}])|(?<![{Word}])(?![{Word}]))",
            'h' => $"[{HexDigit}]",
            'H' => $"[^{HexDigit}]",
            'p' or 'P' when Peek(0) == '{' => Property(escaped),
            'x' when Peek(0) == '{' => CodePoint(),
            'R' or 'X' or 'K' or 'g' or 'k' or 'O' or 'N' or 'y' or 'Y' => throw Unsupported($"\\{escaped}"),
            _ => $"\\{escaped}",
        };
    }

    private string Property(char sign)
    {
        int close = _pattern.IndexOf('}', _at);
        if (close < 0)
            throw Unsupported($"\\{sign} without its closing brace");
        bool negated = Peek(1) == '^';
        string name = _pattern[(_at + (negated ? 2 : 1))..close];
        _at = close + 1;
        return $"\\{(negated ? (sign == 'p' ? 'P' : 'p') : sign)}{{{name}}}";
    }

    private string CodePoint()
    {
        int close = _pattern.IndexOf('}', _at);
        if (
            close < 0
            || !ushort.TryParse(
                _pattern.AsSpan(_at + 1, close - _at - 1),
                System.Globalization.NumberStyles.AllowHexSpecifier,
                null,
                out ushort unit
            )
            || char.IsSurrogate((char)unit)
        )
            throw Unsupported("a character beyond U+FFFF, or a broken one,");
        _at = close + 1;
        return $"\\u{unit:x4}";
    }

    private void Group()
    {
        _groups.Push(_out.Length);
        Copy(1);
        if (Peek(0) != '?')
            return;
        Copy(1);
        // Options: Ruby's m, a dot that matches line ends, is .NET's s.
        for (int i = _at; i < _pattern.Length && _pattern[i] is 'i' or 'm' or 'x' or '-' or ':' or ')'; i++)
        {
            if (_pattern[i] is not (':' or ')'))
                continue;
            _out.Append(_pattern[_at..i].Replace('m', 's'));
            _at = i;
            break;
        }
        if (Peek(0) == ':')
            Copy(1);
    }

    // After *, + and ? a plus makes them possessive.
    private void Quantifier()
    {
        bool possessive = Peek(1) == '+';
        if (possessive)
            _out.Insert(_atom, "(?>");
        Copy(1);
        if (possessive)
        {
            _out.Append(')');
            _at++;
        }
        else if (Peek(0) == '?')
        {
            Copy(1);
        }
    }

    // {,n} starts at 0; a plus after an interval repeats all of it, where .NET sees two quantifiers.
    private void Interval()
    {
        int end = _at + 1;
        while (end < _pattern.Length && (char.IsAsciiDigit(_pattern[end]) || _pattern[end] == ','))
            end++;
        if (end == _at + 1 || end == _pattern.Length || _pattern[end] != '}')
        {
            Atom(@"\{");
            _at++;
            return;
        }
        bool repeated = end + 1 < _pattern.Length && _pattern[end + 1] == '+';
        if (repeated)
            _out.Insert(_atom, "(?:");
        _out.Append(_pattern[_at + 1] == ',' ? "{0" : "{").Append(_pattern, _at + 1, end - _at);
        if (repeated)
            _out.Append(')');
        _at = end + 1;
    }

    /// <summary>A character class; nested classes are merged into it.</summary>
    private string Class()
    {
        var text = new StringBuilder("[");
        _at++;
        if (Peek(0) == '^')
            text.Append(_pattern[_at++]);
        for (int depth = 1; depth > 0; )
        {
            char c = Peek(0);
            if (_at >= _pattern.Length)
                throw Unsupported("a class of characters without its end");
            if (c == '&' && Peek(1) == '&')
                throw Unsupported("an intersection of classes (&&)");
            if (c == '[' && Peek(1) is ':' or '^')
                throw Unsupported($"[{Peek(1)} inside a class of characters");
            if (c == '\\')
            {
                text.Append(EscapeInClass());
                continue;
            }
            depth +=
                c == '[' ? 1
                : c == ']' ? -1
                : 0;
            if (c is not ('[' or ']'))
                text.Append(c == '-' && Peek(1) == '[' ? "\\-" : c.ToString());
            _at++;
        }
        return text.Append(']').ToString();
    }

    private string EscapeInClass()
    {
        switch (Peek(1))
        {
            case 'w':
                _at += 2;
                return Word;
            case 'h':
                _at += 2;
                return HexDigit;
            case 'W' or 'H':
                throw Unsupported($"\\{Peek(1)} inside a class of characters");
            case 'b':
                _at += 2;
                return "\\b"; // a backspace
            default:
                return Escape();
        }
    }

    private SimperException Unsupported(string what) => new($"{_where}: {what} is not supported in a regular expression.");
}
